"""Content that changes while the service runs: what is sound goes live, what is broken does not, and the file is named."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from bot.conversation.live import LiveContent
from bot.errors import ContentError
from bot.settings import ROOT

OWN = """\
version: "3.1"
responses:
  utter_thank:
  - text: {text}
    metadata: {{kind: service}}
"""


class Desk:
    """A copy of the content which an editor of one institution saves in while it is served."""

    def __init__(self, root: Path) -> None:
        self.flows, self.danger = root / "flows", root / "danger.json"
        shutil.copytree(ROOT / "flows", self.flows)
        self.own = self.flows / "institutions" / "ipam" / "domain" / "thanks.yml"

    def open(self) -> LiveContent:
        return LiveContent(self.flows, "ipam", self.danger.parent)

    def add_pattern(self, pattern: str) -> None:
        """To the first category of danger."""
        safety = self.flows / "safety.yml"
        text = safety.read_text(encoding="utf-8")
        safety.write_text(text.replace("    patterns:\n", f"    patterns:\n    - {pattern}\n", 1), encoding="utf-8")

    def save(self, text: str) -> None:
        self.own.write_text(OWN.format(text=text), encoding="utf-8")


def thanks(live: LiveContent) -> str:
    return live.current()[0].responses["utter_thank"].text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_saved_change_is_live_after_the_next_look(desk: Desk) -> None:
    live = desk.open()
    before = live.current()[0]
    desk.save("No hay de qué.")
    assert live.current()[0] is before
    live.refresh()
    assert thanks(live) == "No hay de qué." and live.problems == []
    assert live.current()[0].version != before.version
    assert before.responses["utter_thank"].text != "No hay de qué."  # whoever is in a turn keeps what the turn began with


def test_a_change_of_the_words_of_danger_is_live_too(desk: Desk) -> None:
    live = desk.open()
    assert live.current()[1].category("zapatos verdes voladores") is None
    desk.add_pattern("zapatos verdes voladores")
    live.refresh()
    assert live.current()[1].category("zapatos verdes voladores") == live.current()[0].safety.categories[0].name


@pytest.mark.parametrize("broken", ["{open", "'Llame al 222 213 1000.'", "'Cuesta {no_such_fee}.'"], ids=["yaml", "telephone", "fact"])
def test_a_broken_change_leaves_the_old_content_and_names_the_file(desk: Desk, caplog: pytest.LogCaptureFixture, broken: str) -> None:
    live = desk.open()
    before = live.current()
    desk.save(broken)
    with caplog.at_level(logging.ERROR):
        live.refresh()
    assert live.current() is before
    assert {problem.file for problem in live.problems} == {desk.own}
    assert str(desk.own) in caplog.text


def test_a_broken_change_that_is_mended_is_live(desk: Desk) -> None:
    live = desk.open()
    desk.save("{open")
    live.refresh()
    desk.save("Para servirle.")
    live.refresh()
    assert thanks(live) == "Para servirle." and live.problems == []


def test_a_broken_change_that_is_taken_back_leaves_no_complaint(desk: Desk) -> None:
    desk.save("De nada.")
    live = desk.open()
    desk.save("{open")
    live.refresh()
    assert live.problems
    desk.save("De nada.")
    live.refresh()
    assert thanks(live) == "De nada." and live.problems == []


def test_a_broken_change_is_told_once_and_not_at_every_look(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    live = desk.open()
    desk.save("{open")
    with caplog.at_level(logging.ERROR):
        live.refresh()
        live.refresh()
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    assert live.problems  # but it is still known


def test_a_file_that_is_taken_away_changes_the_content(desk: Desk) -> None:
    desk.save("De nada.")
    live = desk.open()
    desk.own.unlink()
    live.refresh()
    assert thanks(live) != "De nada." and live.problems == []


def test_an_institution_that_vanishes_leaves_the_old_content(desk: Desk) -> None:
    desk.save("De nada.")
    live = desk.open()
    shutil.rmtree(desk.flows / "institutions" / "ipam")
    live.refresh()
    assert thanks(live) == "De nada." and live.problems


@pytest.mark.parametrize("name", ["thanks.yml~", ".thanks.yml.swp", "4913", "thanks.yml.tmp", "#thanks.yml#", "sedAbCdE", ".DS_Store"])
def test_a_temporary_file_of_an_editor_is_ignored(desk: Desk, name: str) -> None:
    desk.save("De nada.")
    live = desk.open()
    before = live.current()
    (desk.own.parent / name).write_text(OWN.format(text="{half"), encoding="utf-8")
    live.refresh()
    assert live.current() is before and live.problems == []


def test_a_file_saved_again_as_it_was_changes_nothing(desk: Desk) -> None:
    desk.save("De nada.")
    live = desk.open()
    before = live.current()
    desk.save("De nada.")
    live.refresh()
    assert live.current() is before and live.problems == []


def test_a_file_replaced_by_renaming_another_over_it_is_live(desk: Desk) -> None:
    desk.save("De nada.")
    live = desk.open()
    new = desk.own.with_name("thanks.yml.new")
    new.write_text(OWN.format(text="Por nada."), encoding="utf-8")
    new.replace(desk.own)
    live.refresh()
    assert thanks(live) == "Por nada."


def test_content_with_a_problem_is_not_published_at_the_start_and_the_file_is_named(desk: Desk) -> None:
    desk.save("{open")
    with pytest.raises(ContentError, match=r"thanks\.yml:\d+"):
        desk.open()


# What was learned of danger


def learned(**weights: float) -> str:
    return json.dumps({"es": {"bias": -9.0, "weights": weights, "categories": {"violence_now": {"bias": 0.0, "weights": {}}}}})


def test_what_was_learned_counts_beside_the_patterns_before_and_after_a_change(desk: Desk) -> None:
    desk.danger.write_text(learned(**{"w sapatos": 99.0}), encoding="utf-8")
    live = desk.open()
    desk.save("De nada.")
    assert live.current()[1].category("zapatos") == "violence_now"
    live.refresh()
    assert thanks(live) == "De nada." and live.current()[1].category("zapatos") == "violence_now"


@pytest.mark.parametrize("text", [None, "", "{", "{}"], ids=["no file", "empty", "cut", "no weights"])
def test_without_what_was_learned_the_patterns_work_alone(desk: Desk, text: str | None) -> None:
    if text is not None:
        desk.danger.write_text(text, encoding="utf-8")
    desk.add_pattern("zapatos verdes voladores")
    content, detector = desk.open().current()
    assert detector.category("zapatos") is None
    assert detector.category("zapatos verdes voladores") == content.safety.categories[0].name


@pytest.mark.parametrize("name", ["safety.yml", "titles.yml", "commands.yml", "directory/municipalities.csv"])
def test_a_file_that_is_gone_leaves_the_old_content(desk: Desk, name: str) -> None:
    desk.save("De nada.")
    live = desk.open()
    (desk.flows / name).unlink()
    live.refresh()
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
    live.refresh()
    assert thanks(live) == "De nada." and live.problems


def test_the_lock_of_an_editor_is_ignored(desk: Desk) -> None:
    """Emacs puts `.#thanks.yml`, a link to nowhere, beside a file with unsaved changes."""
    live = desk.open()
    (desk.own.parent / ".#thanks.yml").symlink_to("ana@office.4321:1763770000")
    desk.save("Por nada.")
    live.refresh()
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
    live = desk.open()
    assert live.current()[1].category("zapatos") is None
