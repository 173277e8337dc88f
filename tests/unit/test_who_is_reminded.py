"""Only who may be written to is reminded: one who cannot be stops no other, and two doors with one number are two people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.conversation.surroundings import Surroundings
from bot.courses import learners, reminders
from bot.records.database import Database
from bot.records.deliveries import OutboxState
from bot.records.learning import Learner
from tests.learning import INVITES, Official
from tests.reminded import MONDAY, at, begins, names, payloads, starts, through


@pytest.fixture
def eva(database: Database, content_around: Surroundings) -> Official:
    return starts(database, content_around)


def _blocks(session: Session, eva: Official) -> None:
    eva.conversation(session).blocked_at = eva.now


def _chat_is_gone(session: Session, eva: Official) -> None:
    eva.conversation(session).chat = "another"


def _is_withdrawn(session: Session, eva: Official) -> None:
    learners.withdraw(session, INVITES, eva.learner(session).reference, eva.now)


def _leaves(session: Session, eva: Official) -> None:
    eva.conversation(session).leaves_at = eva.now + timedelta(hours=48)


@pytest.mark.parametrize("happens", [_blocks, _chat_is_gone, _is_withdrawn, _leaves])
def test_who_cannot_or_must_not_be_written_to_is_not(happens: Callable[[Session, Official], None], eva: Official) -> None:
    eva.does(begins(eva))
    eva.database.call(happens, eva)
    assert through(eva, 30) == []


def test_who_took_reminders_off_gets_none_and_again_when_they_are_on(eva: Official) -> None:
    begins(eva)
    [said] = at(eva, MONDAY + timedelta(days=3, hours=1))
    assert payloads([said])[-1] == "/reminders=off"
    eva.presses("/reminders=off")
    since = eva.now
    assert through(eva, 30, since) == []
    eva.says("recordatorios")
    eva.presses("/reminders=on")
    assert [day for day, _ in through(eva, 5, eva.now)] != []


def test_who_joined_and_began_nothing_is_left_in_peace(eva: Official) -> None:
    assert through(eva, 30) == []


# How


def test_one_failure_stops_no_other(
    database: Database, content_around: Surroundings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    three = [starts(database, content_around) for _ in range(3)]
    for each in three:
        begins(each)
    broken = three[1].of_learner("id")
    real = reminders.urging.of_course

    def of_course(session: Session, learner: Learner, *more: Any) -> Any:
        if learner.id == broken:
            raise ValueError("unforeseen")
        return real(session, learner, *more)

    monkeypatch.setattr(reminders.urging, "of_course", of_course)
    at(three[0], MONDAY + timedelta(days=3, hours=1))
    assert [names(each.transcript()[-1:]) == ["utter_learning_reminder"] for each in three] == [True, False, True]
    assert [each.of_learner("reminders") for each in three] == [1, 0, 1]
    assert f"Learner {broken} cannot be followed up" in caplog.text and "Ana" not in caplog.text
    monkeypatch.undo()
    at(three[0], MONDAY + timedelta(days=3, hours=2))
    assert names(three[1].transcript()[-1:]) == ["utter_learning_reminder"]


def test_more_than_a_batch_are_all_reminded(database: Database, content_around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "BATCH", 2)
    five = [starts(database, content_around) for _ in range(5)]
    for each in five:
        begins(each)
        each.delivers()
    at(five[0], MONDAY + timedelta(days=3, hours=1))
    assert [len(each.outbox(state=OutboxState.QUEUED)) for each in five] == [1] * 5


def test_two_doors_with_one_number_are_two_people(database: Database, content_around: Surroundings) -> None:
    """The migrant who has the same number elsewhere hears nothing."""
    eva = starts(database, content_around)
    begins(eva)
    bot = eva.bot_id.removesuffix(":officials")
    migrant = Official(database, content_around)
    migrant.bot_id, migrant.now = bot, MONDAY
    migrant.says("gracias")
    said = len(migrant.transcript())
    assert at(eva, MONDAY + timedelta(days=3, hours=1)) and len(migrant.transcript()) == said
