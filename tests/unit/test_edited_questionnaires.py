"""A questionnaire that is edited while somebody is in the middle of it."""

from dataclasses import replace

from bot.content.asking import Questionnaire
from bot.questionnaires import run
from tests.questionnaire import ANSWERS, CHAT, INTAKE, after, asked, take


def edited(*names: str) -> Questionnaire:
    """The questionnaire with these steps only, in this order."""
    return replace(INTAKE, steps=tuple(asked(name) for name in names))


def test_a_step_taken_away_while_it_is_asked_gives_way_to_the_first_unanswered_one() -> None:
    pending = after("need", "story")
    assert run.current(edited("need", "story", "way", "consent"), pending).id == "way"
    assert run.current(edited("need", "story"), pending).id == "story", "with all answered the last one is asked again"


def test_a_new_step_is_asked_and_the_answers_are_kept() -> None:
    before, now = edited("need", "way", "consent"), edited("need", "story", "way", "consent")
    at_consent = after("need", "way", questionnaire=before, way=CHAT)
    assert run.current(now, at_consent).id == "consent"
    corrected = run.correct(now, at_consent, "way")
    assert corrected is not None
    taken = take(now, corrected, asked("way"), CHAT)
    assert taken is not None and taken.step == "story"
    taken = take(now, taken, asked("story"), ANSWERS["story"])
    assert taken is not None and taken.step == "consent"
    assert taken.value("need") == "work"


def test_steps_put_in_another_order_keep_their_answers() -> None:
    pending = after("need", "story")
    now = edited("municipality", "story", "need", "consent")
    taken = take(now, pending, asked("municipality"), ANSWERS["municipality"])
    assert taken is not None and taken.step == "consent"
    assert list(run.shared_answers(now, taken)) == ["municipality", "story", "need"]


def test_an_answer_to_a_step_that_was_taken_away_is_not_shared() -> None:
    assert sorted(run.shared_answers(edited("need", "consent"), after("need", "story"))) == ["need"]


def test_an_answer_to_a_step_that_was_taken_away_cannot_be_corrected() -> None:
    assert run.correct(edited("need", "consent"), after("need", "story"), "story") is None


def test_going_back_from_a_step_that_was_taken_away_asks_the_last_answered_one() -> None:
    assert run.back(edited("need", "story", "way", "consent"), after("need", "story")).step == "story"
