"""From the first step of a questionnaire to the last: going on, back, skipping, correcting, pausing."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import Answer
from tests.questionnaire import ANSWERS, CHAT, INTAKE, STEPS, TO_THE_END, after, asked, skip, step, stored, take


def test_steps_are_asked_one_after_another() -> None:
    assert run.start(INTAKE).step == "need"
    assert [after(*TO_THE_END[:count]).step for count in range(1, 7)] == [
        "story", "municipality", "way", "telephone", "private", "consent",
    ]  # fmt: skip


def test_the_last_answer_ends_it() -> None:
    at_consent = after(*TO_THE_END)
    assert take(INTAKE, at_consent, asked("consent"), Answer(True, "")) is None


def test_a_step_is_only_asked_if_its_condition_holds() -> None:
    assert after("need", "story", "municipality", "way").step == "telephone"
    assert after("need", "story", "municipality", "way", way=CHAT).step == "private"


@pytest.mark.parametrize(("given_answer", "is_asked"), [("chat", True), ("telephone", True), ("letter", False)])
def test_a_condition_may_list_several_answers(given_answer: str, is_asked: bool) -> None:
    conditional = step("text", only_if=MappingProxyType({"way": ["chat", "telephone"]}))
    assert run.is_asked(conditional, Progress("intake", "way", {"way": [given_answer, "x"]})) is is_asked


def test_all_conditions_of_a_step_must_hold() -> None:
    conditional = step("text", only_if=MappingProxyType({"way": "chat", "need": "work"}))
    assert run.is_asked(conditional, Progress("intake", "x", {"way": ["chat", ""], "need": ["work", ""]}))
    assert not run.is_asked(conditional, Progress("intake", "x", {"way": ["chat", ""], "need": ["health", ""]}))
    assert not run.is_asked(conditional, Progress("intake", "x", {"way": ["chat", ""]}))


def test_an_answer_ends_the_misses_and_the_offer_of_places() -> None:
    missed = replace(run.miss(run.miss(after("need", "story"))), offered=(("21019", "Atlixco, Puebla"),))
    assert missed.misses == 2
    taken = take(INTAKE, missed, asked("municipality"), ANSWERS["municipality"])
    assert taken is not None and (taken.misses, taken.offered) == (0, ())


def test_going_back_asks_the_step_before_again_and_forgets_its_answer() -> None:
    gone_back = run.back(INTAKE, after("need", "story", "municipality"))
    assert (gone_back.step, sorted(gone_back.answers)) == ("municipality", ["need", "story"])
    gone_back = run.back(INTAKE, gone_back)
    assert (gone_back.step, sorted(gone_back.answers)) == ("story", ["need"])


def test_going_back_from_the_first_step_changes_nothing() -> None:
    start = run.start(INTAKE)
    assert run.back(INTAKE, start) == start
    again = run.back(INTAKE, run.back(INTAKE, after("need")))
    assert (again.step, dict(again.answers)) == ("need", {})


def test_going_back_passes_over_what_was_not_asked() -> None:
    at_private = after("need", "story", "municipality", "way", way=CHAT)
    assert run.back(INTAKE, at_private).step == "way"


def test_going_back_forgets_the_misses_and_the_offer_of_places() -> None:
    at_place = replace(run.miss(after("need", "story")), offered=(("21019", "Atlixco, Puebla"),))
    gone_back = run.back(INTAKE, at_place)
    assert (gone_back.misses, gone_back.offered) == (0, ())


def test_correcting_asks_one_step_and_returns_to_where_we_were() -> None:
    corrected = run.correct(INTAKE, run.choose_correction(after(*TO_THE_END)), "need")
    assert corrected is not None and (corrected.step, corrected.correcting) == ("need", False)
    taken = take(INTAKE, corrected, asked("need"), Answer("health", "Salud"))
    assert taken is not None and taken.step == "consent"
    assert taken.value("need") == "health"
    assert {name: taken.value(name) for name in TO_THE_END[1:]} == {name: ANSWERS[name].value for name in TO_THE_END[1:]}


def test_a_correction_that_makes_another_step_necessary_asks_it_too() -> None:
    at_consent = after("need", "story", "municipality", "way", "private", way=CHAT)
    corrected = run.correct(INTAKE, at_consent, "way")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("way"), ANSWERS["way"])
    assert taken is not None and taken.step == "telephone"
    taken = take(INTAKE, taken, asked("telephone"), ANSWERS["telephone"])
    assert taken is not None and taken.step == "consent"


def test_a_correction_that_makes_a_step_needless_no_longer_shares_its_answer() -> None:
    at_consent = after(*TO_THE_END)
    assert "telephone" in run.shared_answers(INTAKE, at_consent)
    corrected = run.correct(INTAKE, at_consent, "way")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("way"), CHAT)
    assert taken is not None and taken.step == "consent"
    assert "telephone" not in run.shared_answers(INTAKE, taken)


@pytest.mark.parametrize("name", ["municipality", "telephone", "consent", "no such step"])
def test_what_was_not_answered_cannot_be_corrected(name: str) -> None:
    assert run.correct(INTAKE, after("need", "story"), name) is None


def test_a_skipped_step_is_not_asked_again_and_not_shared() -> None:
    skipped = skip(INTAKE, after("need"), asked("story"))
    assert skipped is not None and skipped.step == "municipality"
    assert sorted(run.shared_answers(INTAKE, skipped)) == ["need"]
    assert run.back(INTAKE, skipped).step == "story"


def test_skipping_the_last_step_ends_it() -> None:
    short = replace(INTAKE, steps=STEPS[:2])
    assert skip(short, after("need", questionnaire=short), asked("story")) is None


def test_only_what_is_marked_is_shared_and_as_it_was_shown() -> None:
    assert run.shared_answers(INTAKE, after(*TO_THE_END)) == {
        "need": ("Necesidad", "work", "Trabajo"),
        "story": ("Lo que cuenta", "me corrieron", "me corrieron"),
        "municipality": ("Municipio", "21019", "Atlixco, Puebla"),
        "way": ("Cómo", "telephone", "Por teléfono"),
        "telephone": ("Teléfono", "2221234567", "2221234567"),
    }


def test_progress_survives_being_stored() -> None:
    kept = replace(run.miss(after("need", "story")), correcting=True, offered=(("21019", "Atlixco, Puebla"), ("", "")))
    assert stored(kept) == kept
    paused = run.pause(kept, "threat")
    assert stored(paused) == paused != kept
    corrected = run.correct(INTAKE, after(*TO_THE_END), "need")
    assert corrected is not None and stored(corrected) == corrected


def test_leaving_the_choice_of_what_to_correct_changes_nothing() -> None:
    at_consent = after(*TO_THE_END)
    assert run.back(INTAKE, stored(run.choose_correction(at_consent))) == at_consent


@pytest.mark.parametrize("name", TO_THE_END[:-1])
def test_leaving_a_correction_keeps_the_answer_as_it_was(name: str) -> None:
    at_consent = after(*TO_THE_END)
    corrected = run.correct(INTAKE, run.choose_correction(at_consent), name)
    assert corrected is not None and corrected.step == name
    assert run.back(INTAKE, run.miss(stored(corrected))) == at_consent


def test_going_back_after_a_correction_does_not_bring_the_old_answer_back() -> None:
    corrected = run.correct(INTAKE, after(*TO_THE_END), "need")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("need"), Answer("health", "Salud"))
    assert taken is not None
    assert (run.back(INTAKE, taken).step, run.back(INTAKE, taken).value("need")) == ("private", "health")


def test_an_answer_that_was_corrected_does_not_come_back_later() -> None:
    corrected = run.correct(INTAKE, after("need", "story"), "need")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("need"), Answer("health", "Salud"))
    assert taken is not None and taken.step == "municipality"
    at_the_start = run.back(INTAKE, run.back(INTAKE, taken))
    assert (at_the_start.step, dict(at_the_start.answers)) == ("need", {})
    assert run.back(INTAKE, at_the_start) == at_the_start


def test_a_pause_ends_when_the_question_is_asked_again_and_changes_no_answer() -> None:
    before = after("need", "story")
    paused = run.pause(before, "threat")
    assert paused.paused and paused.alarmed == "threat"
    assert replace(run.unpause(paused), alarmed=None) == before
