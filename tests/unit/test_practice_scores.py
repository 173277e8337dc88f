"""Each practice case in the chat, attended to well, carelessly and with harm: what is shown of it is what was done."""

from typing import Any

import pytest
import yaml

from bot.conversation.surroundings import Surroundings
from bot.records.conversations import Direction
from bot.records.database import Database
from bot.settings import ROOT
from tests.practice import Practising

SCRIPTS: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "tests/content/simulation_scripts.yml").read_text(encoding="utf-8"))
EVERY = pytest.mark.parametrize(("name", "script"), [(name, script) for name, scripts in SCRIPTS.items() for script in scripts])


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Practising:
    official = Practising(chats_database, content_around)
    official.joins()
    return official


def shown(official: Practising) -> dict[str, bool]:
    """Title of a criterion to whether it is shown as kept."""
    lines = [line for line in official.texts[-1].splitlines() if line[:1] in "✔✘" and line]
    criteria = official.simulation(official.runs()[-1].simulation).criteria
    return {each.title: line[0] == "✔" for line in lines for each in criteria if line[2:].startswith(f"{each.title}.")}


def test_the_scripts_are_of_every_case(ana: Practising) -> None:
    assert sorted(SCRIPTS) == sorted(ana.around.content.simulations)


@EVERY
def test_exactly_what_was_missed_is_shown_as_missed(ana: Practising, name: str, script: str) -> None:
    ana.begins(name).handles(SCRIPTS[name][script]["moves"])
    missed, criteria = SCRIPTS[name][script]["misses"], ana.simulation(name).criteria
    assert shown(ana) == {each.title: each.id not in missed for each in criteria}
    points = sum(each.points for each in criteria if each.id not in missed)
    said = "utter_learning_practice_passed" if script == "good" else "utter_learning_practice_failed"
    assert ana.said.replies[-1].response == said and f"{points} de 100 puntos" in ana.texts[-1]
    assert (ana.runs()[-1].points, ana.runs()[-1].passed) == (points, script == "good")


def test_the_same_handling_is_answered_in_the_same_words(ana: Practising) -> None:
    def said() -> list[str]:
        first = len(ana.transcript())
        ana.begins("missing_son").handles(SCRIPTS["missing_son"]["careless"]["moves"])
        return [each.text for each in ana.transcript()[first:] if each.direction is Direction.OUT]

    before, after = said(), said()
    assert before == after and len(before) > 10


def test_a_case_that_was_passed_counts_once_in_what_they_have_done(ana: Practising) -> None:
    for _ in range(2):
        ana.begins("entrepreneur").handles(SCRIPTS["entrepreneur"]["good"]["moves"])
    ana.says("avance")
    assert "superados: 1" in ana.texts[0]
