"""Danger said where an answer to a question of ours is expected, or beside a command: it is answered first."""

import pytest

from tests import intake
from tests import telegram_json as telegram
from tests.chats import Chat, names

DANGER = "me quiero matar"
SAFETY, WAITS = "utter_safety_self_harm", "utter_questionnaire_waits"


def at(ana: Chat, step: str) -> None:
    ana.is_at(intake.at(step))


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


def went_on(ana: Chat) -> None:
    """The danger was answered, and the person went on to the story that is asked for."""
    at(ana, "story")
    assert ana.says(DANGER) == [SAFETY, WAITS]
    ana.says("seguir")


def test_the_same_danger_told_as_the_story_is_the_story(ana: Chat) -> None:
    went_on(ana)
    assert ana.says(DANGER) == ["ask_referral_intake_municipality"]
    assert ana.answers["story"] == DANGER


@pytest.mark.parametrize("said", [f"¿qué hago si {DANGER}?", f"/persona {DANGER}"])
def test_the_same_danger_that_is_no_story_is_answered_again(ana: Chat, said: str) -> None:
    went_on(ana)
    assert ana.says(said) == [SAFETY, WAITS]
    assert ana.heard()[-1].safety == "self_harm" and said not in ana.asked


def test_the_same_danger_forwarded_is_answered_again(ana: Chat) -> None:
    went_on(ana)
    assert ana.says(DANGER, **telegram.FORWARDED) == [SAFETY, WAITS]


def test_danger_beside_the_word_that_forgets_is_answered_first_and_the_chat_is_forgotten(ana: Chat) -> None:
    at(ana, "story")
    danger = ana.takes(telegram.text(f"/olvidar {DANGER}"))
    assert names(danger) == [SAFETY, "utter_forgotten"] and danger.safety == "self_harm"
    assert ana.pending is None
