"""What live content does wrong today, as tests that fail: an exception out of refresh() ends LiveContent.watch, and with it `serve`."""

from pathlib import Path

import pytest

from tests.unit.test_live_content import OWN, Desk, thanks


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("name", ["safety.yml", "titles.yml", "commands.yml", "directory/municipalities.csv"])
def test_a_file_that_is_gone_leaves_the_old_content(desk: Desk, name: str) -> None:
    desk.save("De nada.")
    live = desk.open()
    (desk.flows / name).unlink()
    live.refresh()  # FileNotFoundError from read_table (yaml_lines.py) or read_municipalities
    assert thanks(live) == "De nada." and live.problems


ANSWER = "{{owner: a, office: ipam, sources: [{{title: b}}], review_in: 9, reviewed_on: 2026-01-15 10:00:00}}"


@pytest.mark.parametrize(
    ("old", "new"),
    [("text: {text}", "text: {{{{fee}}}}"), ("{{kind: service}}", ANSWER)],
    ids=["double braces", "time of day"],
)
def test_a_mistake_that_the_gate_does_not_foresee_leaves_the_old_content(desk: Desk, old: str, new: str) -> None:
    desk.save("De nada.")
    live = desk.open()
    desk.own.write_text(OWN.replace(old, new).format(text="Hola."), encoding="utf-8")
    live.refresh()  # TypeError from yaml_lines._table or check._reviews
    assert thanks(live) == "De nada." and live.problems


def test_the_lock_of_an_editor_is_ignored(desk: Desk) -> None:
    """Emacs puts `.#thanks.yml`, a link to nowhere, beside a file with unsaved changes."""
    live = desk.open()
    (desk.own.parent / ".#thanks.yml").symlink_to("ana@office.4321:1763770000")
    desk.save("Por nada.")
    live.refresh()  # FileNotFoundError from load.version_of
    assert thanks(live) == "Por nada."


@pytest.mark.parametrize("name", [".thanks.yml", "._thanks.yml"])
def test_a_hidden_file_is_ignored(desk: Desk, name: str) -> None:
    """Editors and file shares write such copies; Path.glob("*.yml") finds them."""
    desk.save("De nada.")
    live = desk.open()
    (desk.own.parent / name).write_bytes(b"\x00\x05\x16\x07 half a file")
    live.refresh()
    assert thanks(live) == "De nada." and live.problems == []


@pytest.mark.parametrize("text", ["[]", "null", '{"bias": 0, "weights": {}, "categories": {}}'])
def test_what_was_learned_badly_is_left_out(desk: Desk, text: str) -> None:
    desk.danger.write_text(text, encoding="utf-8")
    live = desk.open()  # TypeError from LearnedWords, or ValueError from max() at every message
    assert live.current()[1].category("zapatos") is None
