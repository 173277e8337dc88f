"""How long it will take, from what it has taken: at this hour of this day, or at any, or not known."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.content.team import Team
from bot.handoff import clocks, waiting
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketState
from tests.chats import STAFF, Chat
from tests.shifts import at, member, nobody_and_nothing

NOW = at("2026-11-24 11:00")  # a Tuesday
TEAM = Team()


def answered(session: Session, chat: str, opened_at: datetime, minutes: int, **more: object) -> None:
    """A ticket that was answered after so many minutes of the team's hours."""
    conversation = Conversation(bot_id="telegram:1", chat=chat, chat_id="1", created_at=opened_at, updated_at=opened_at)
    session.add(conversation)
    session.flush()
    replied_at = clocks.add_open_minutes(TEAM, opened_at, minutes)
    session.add(
        Ticket(
            conversation_id=conversation.id, state=TicketState.RESOLVED, reason="asked", opened_at=opened_at, changed_at=replied_at,
            first_replied_at=replied_at, **more,
        )
    )  # fmt: skip


def waits(database: Database, tickets: Iterable[tuple[datetime, int]], now: datetime = NOW) -> int | None:
    for number, (opened_at, minutes) in enumerate(tickets):
        database.call(answered, f"chat {number}", opened_at, minutes)
    return database.call(waiting.expected_wait, TEAM, now)


LAST_FRIDAY, LAST_TUESDAY = at("2026-11-20 16:00"), at("2026-11-17 10:00")


def test_of_few_tickets_nothing_is_said(database: Database) -> None:
    assert waits(database, [(LAST_FRIDAY, 20)] * 4) is None


def test_five_are_enough_and_the_middle_one_counts(database: Database) -> None:
    assert waits(database, [(LAST_FRIDAY, minutes) for minutes in (500, 10, 20, 30, 15)]) == 20


def test_ten_of_the_same_hour_and_day_count_before_all_others(database: Database) -> None:
    assert waits(database, [(LAST_TUESDAY, 7)] * 10 + [(LAST_FRIDAY, 90)] * 40) == 7


def test_nine_of_the_same_hour_and_day_do_not(database: Database) -> None:
    assert waits(database, [(LAST_TUESDAY, 7)] * 9 + [(LAST_FRIDAY, 90)] * 40) == 90


def test_what_is_older_than_thirty_days_does_not_count(database: Database) -> None:
    assert waits(database, [(at("2026-10-20 10:00"), 20)] * 40 + [(LAST_FRIDAY, 20)] * 4) is None


def test_the_night_does_not_count(database: Database) -> None:
    assert waits(database, [(at("2026-11-19 17:50"), 30)] * 5) == 30


def test_who_chose_a_time_has_waited_since_then(database: Database) -> None:
    for number in range(5):
        database.call(answered, f"chat {number}", at("2026-11-19 10:00"), 240, callback_at=at("2026-11-19 13:30"))
    assert database.call(waiting.expected_wait, TEAM, NOW) == 30


SAID = {
    0: "unos 5 minutos", 5: "unos 5 minutos", 6: "unos 10 minutos", 16: "unos 20 minutos", 30: "unos 30 minutos", 31: "unos 40 minutos",
    50: "unos 50 minutos", 51: "una hora", 60: "una hora", 61: "unas 2 horas", 120: "unas 2 horas", 121: "unas 3 horas",
}  # fmt: skip


@pytest.mark.parametrize("minutes", SAID)
def test_a_wait_in_words(minutes: int, content: Content) -> None:
    assert waiting.duration(content, minutes, "es") == SAID[minutes]


@given(minutes=st.integers(0, 5000))
def test_a_wait_is_never_said_to_be_shorter_than_it_is(minutes: int, content: Content) -> None:
    words = waiting.duration(content, minutes, "es").split()
    said = 60 if words[0] == "una" else int(words[1]) * (60 if words[2] == "horas" else 1)
    assert minutes <= said <= max(5, minutes + 59)


def test_the_person_is_told_in_hours_and_the_next_day_when_today_is_not_enough(ana: Chat) -> None:
    ana.call(nobody_and_nothing)
    ana.call(lambda session: member(session, STAFF))
    for number in range(5):
        ana.call(lambda session, chat=f"slow {number}": answered(session, chat, LAST_FRIDAY, 100))  # type: ignore[misc]
    ana.now = NOW
    ana.person_waits()
    assert "En el último mes ha tardado unas 2 horas en contestar; hoy puede ser distinto." in ana.transcript()[-1].text
    ana.now = at("2026-11-24 17:00")
    ana.says("persona")
    assert "quizá ya no alcance hoy. Puede ser el miércoles 25/11/2026." in ana.transcript()[-1].text


def test_those_in_greater_need_and_who_wait_longer_are_before(ana: Chat) -> None:
    ana.call(nobody_and_nothing)
    others = [Chat(ana.database, ana.around) for _ in range(3)]
    for number, each in enumerate((*others, ana)):
        each.now = NOW + timedelta(minutes=number)
        each.person_waits()
    assert "Personas antes que usted: 3." in ana.transcript()[-1].text
    ana.later(minutes=1)
    ana.says("me quiero matar")
    ana.says("persona")
    assert "Personas antes que usted: 0." in ana.transcript()[-1].text
    others[0].now = ana.now
    others[0].says("persona")
    assert "Personas antes que usted: 1." in others[0].transcript()[-1].text


@pytest.mark.parametrize("language", ["es", "en", "fr", "pt", "ht"])
def test_the_hours_are_said_in_every_language_without_a_gap(language: str, content: Content) -> None:
    for view in (
        waiting.Outlook(2, False, False, None, at("2026-11-17 09:00"), at("2026-11-16 12:00").date()),
        waiting.Outlook(2, False, False, None, None),
        waiting.Outlook(2, True, False, 25),
        waiting.Outlook(2, True, True),
        waiting.Outlook(2, False, False, callback_at=at("2026-11-17 14:00")),
    ):
        said = waiting.in_words(content, view, language, at("2026-11-13 20:00"))
        assert said["ahead"] == "2" and len(said["when"]) > 20 and "{" not in said["when"]


def test_no_other_time_is_offered_while_it_is_open_closed_for_long_or_in_danger(content: Content) -> None:
    ticket = Ticket(urgency=2)
    assert waiting.callbacks(content, waiting.Outlook(0, True, False), ticket, "es") == ()
    assert waiting.callbacks(content, waiting.Outlook(0, False, False, None, None), ticket, "es") == ()
    assert waiting.callbacks(content, waiting.Outlook(0, False, False, None, at("2026-11-25 09:00")), Ticket(urgency=0), "es") == ()


def test_an_afternoon_that_is_not_worked_is_not_offered(content: Content) -> None:
    closing = replace(content.team.schedules[0], closes_at=time(13))
    mornings = replace(content, team=replace(content.team, schedules=(closing,)))
    view = waiting.Outlook(0, False, False, None, at("2026-11-25 09:00"))
    assert [each.title for each in waiting.callbacks(mornings, view, Ticket(urgency=2), "es")] == ["En cuanto abran", "Jueves en la mañana"]
