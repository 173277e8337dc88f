"""The scripts of others that the console brings along are their packages' own files, unchanged."""

import hashlib

import pytest

from bot.console.pages import HERE

SUMS = {
    "htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "sse.min.js": "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
}


@pytest.mark.parametrize("name", list(SUMS))
def test_a_script_of_others_is_as_it_was_published(name: str) -> None:
    assert hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest() == SUMS[name]
    assert name in (HERE / "static" / "LICENSES.md").read_text(encoding="utf-8")
