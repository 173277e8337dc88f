"""What stays of a practice case, whom it reaches, and what becomes of it when its file is changed under it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.simulations import Simulation
from bot.conversation.surroundings import Surroundings
from bot.records.database import Database
from bot.records.learning import SimulationRun
from bot.records.referrals import Consent, Referral
from bot.records.tickets import Ticket
from tests.practice import ASK, END, GO_ON, LEAVE, MARK, Practising

CASE = "beaten_woman"
DANGER = "Me están golpeando, ayuda, me quiere matar"
NOTHING_OF_MIGRANTS = (Ticket, Referral, Consent)


@pytest.fixture
def within(chats_database: Database, content_around: Surroundings) -> Practising:
    """An official in a case."""
    official = Practising(chats_database, content_around)
    official.joins()
    return official.begins(CASE)


def rows(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in NOTHING_OF_MIGRANTS]


# Whom it reaches


def test_a_danger_in_a_case_is_the_made_up_persons_and_is_answered_by_her(within: Practising) -> None:
    assert within.says(DANGER) == [f"practice_{CASE}"]
    assert within.said.safety is None and within.moves == [DANGER]
    assert LEAVE in within.titles


def test_the_same_words_are_a_real_danger_once_they_have_left(within: Practising) -> None:
    within.touches(LEAVE)
    within.says(DANGER)
    assert within.said.safety is not None and "911" in within.texts[0]


def test_the_same_words_are_a_real_danger_once_it_has_ended(within: Practising) -> None:
    within.touches(END)
    within.says(DANGER)
    assert within.said.safety is not None and "911" in within.texts[0]


def test_nothing_of_a_case_reaches_requests_referrals_or_consents(within: Practising) -> None:
    before = within.call(rows)
    within.says(DANGER)
    within.touches(MARK)
    within.touches(ASK)
    within.refers_to(within.simulation(CASE).refer_to[0])
    within.says("Necesito hablar con una persona")
    within.touches(END)
    assert within.call(rows) == before


def test_what_is_written_stands_in_no_figure_of_migrants(within: Practising) -> None:
    within.says(DANGER)
    within.says("¿Está sola?")
    heard = within.heard()
    assert {each.decision for each in heard} == {"official"} and len(heard) > 4
    assert [each for each in heard if each.safety or each.intent or each.unanswered] == []


# What stays


def kept_words(official: Practising) -> list[object]:
    return official.call(lambda session: list(session.scalars(select(SimulationRun.moves))))


def test_the_words_are_kept_until_the_end_and_then_only_the_score(within: Practising) -> None:
    within.says("Una frase irrepetible")
    assert "Una frase irrepetible" in str(kept_words(within))
    within.touches(END)
    assert "Una frase irrepetible" not in str(kept_words(within))
    [run] = within.runs()
    assert run.moves is None and run.points is not None and run.passed is False and run.ended_at is not None
    assert set(run.kept or {}) == {each.id for each in within.simulation(CASE).criteria}


@pytest.mark.parametrize("leaves", [LEAVE, "salir", "/practica"])
def test_of_a_case_that_was_given_up_nothing_is_kept(within: Practising, leaves: str) -> None:
    within.says("Una frase irrepetible")
    if leaves == "/practica":
        within.begins("trafficking")
    else:
        within.says(leaves)
    assert "Una frase irrepetible" not in str(kept_words(within))


def test_the_messages_stay_in_the_chat_of_who_wrote_them(within: Practising) -> None:
    within.says("Una frase irrepetible")
    within.touches(END)
    assert [each.text for each in within.transcript() if "irrepetible" in each.text] == ["Una frase irrepetible"]


def test_a_telephone_written_in_a_case_is_not_kept_in_the_chat(within: Practising) -> None:
    within.says("Márqueme al 55 1234 5678")
    assert [each.text for each in within.heard() if "1234 5678" in each.text] == []


def test_every_try_stands_by_itself_and_a_case_is_passed_once(within: Practising) -> None:
    within.touches(END)
    within.begins(CASE)
    within.touches(END)
    assert [run.passed for run in within.runs()] == [False, False]
    within.says("avance")
    assert "superados: 0" in within.texts[0]


# Its file is changed under it


def publish(official: Practising, simulations: Mapping[str, Simulation]) -> None:
    official.around = replace(official.around, content=replace(official.around.content, simulations=simulations))


def take_away(official: Practising) -> None:
    publish(official, {name: each for name, each in official.around.content.simulations.items() if name != CASE})


def change(official: Practising) -> None:
    publish(official, {**official.around.content.simulations, CASE: replace(official.simulation(CASE), version="2")})


def test_who_is_in_a_case_that_was_taken_away_is_told(within: Practising) -> None:
    take_away(within)
    assert within.says("¿Está sola?") == ["utter_learning_practice_gone"]
    assert within.runs() == [] and within.titles == ["Practicar un caso", "Menú"]


def test_who_is_in_a_case_that_was_changed_may_begin_again(within: Practising) -> None:
    within.says("Hola")
    change(within)
    assert within.says("¿Está sola?") == ["utter_learning_practice_gone"]
    within.touches("Intentar otra vez")
    assert within.run is not None and within.run.version == "2" and within.moves == []


def test_a_press_in_a_case_that_was_changed_is_told_too(within: Practising) -> None:
    change(within)
    assert within.touches(MARK) == ["utter_learning_practice_gone"]


def test_who_waits_in_a_case_that_was_changed_is_told_when_going_on(within: Practising) -> None:
    within.says("/inicio")
    row = within.buttons
    change(within)
    assert within.presses(next(each.payload for each in row if each.title == GO_ON)) == ["utter_learning_practice_gone"]
    assert within.runs() == []


def test_something_else_is_answered_after_a_case_was_taken_away(within: Practising) -> None:
    take_away(within)
    assert within.says("/cursos") == ["utter_learning_courses"]
    assert GO_ON not in within.titles and within.runs() == []


def test_a_real_danger_is_heard_after_a_case_was_taken_away(within: Practising) -> None:
    take_away(within)
    within.says(DANGER)
    assert within.said.safety is not None and "911" in within.texts[0]


def test_a_case_mended_without_another_version_goes_on(within: Practising) -> None:
    within.says("Hola")
    mended = replace(within.simulation(CASE), otherwise=("No sé qué decirle.",))
    publish(within, {**within.around.content.simulations, CASE: mended})
    within.says("zzz")
    assert within.texts == ["» No sé qué decirle."] and within.moves == ["Hola", "zzz"]


def test_what_was_said_in_a_case_that_was_left_does_not_count_in_the_next(within: Practising) -> None:
    within.says("Le prometo que todo va a salir bien")
    within.touches(LEAVE)
    within.begins(CASE)
    within.touches(END)
    assert (within.runs()[-1].kept or {})["no_promise"]


def test_what_may_never_be_said_cannot_be_taken_back(within: Practising) -> None:
    within.says("Le prometo que todo va a salir bien")
    within.says("Perdón, no le puedo prometer nada")
    within.touches(END)
    assert not (within.runs()[-1].kept or {})["no_promise"]
