"""A folder of sound content, for tests that spoil it: see tests/gate.py."""

from pathlib import Path

import pytest

from tests.gate import Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder()
