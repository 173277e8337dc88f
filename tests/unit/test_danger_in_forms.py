"""Danger said where an answer to a question of ours is expected, or beside a command: it is answered first."""

import pytest

from bot.questionnaires.run import Progress
from tests.chats import Chat

DANGER = "me quiero matar"
SAFETY, WAITS = "utter_safety_self_harm", "utter_questionnaire_waits"


def at(ana: Chat, step: str) -> None:
    ana.is_at(Progress("referral_intake", step, {"need": ["work", "Trabajo"]}))


@pytest.mark.parametrize("said", [f"Puebla, {DANGER}", f"Atlixco: {DANGER}"])
def test_danger_beside_the_town_that_is_asked_for_is_danger(ana: Chat, said: str) -> None:
    at(ana, "municipality")
    assert ana.says(said) == [SAFETY, WAITS]
    assert "municipality" not in ana.answers


@pytest.mark.parametrize("said", ["Atlixco", "Atlizco", "vivo en Atlixco", "Atlixco, Puebla", "Atlixco Puebla"])
def test_a_town_and_nothing_else_is_still_the_answer(ana: Chat, said: str) -> None:
    at(ana, "municipality")
    ana.says(said)
    assert ana.answers["municipality"] == "21019"
