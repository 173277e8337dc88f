"""What the clock does to tickets that wait: nobody takes one, a reply comes late, what was put off wakes, the person is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.conversation.surroundings import Surroundings
from bot.handoff import clocks, putting_off, returning, tickets
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketState
from bot.referrals import consent
from tests.chats import STAFF, Chat
from tests.shifts import HALF, alerts, answered, at, follow, on_duty, state, time_goes_on, told


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Chat:
    return on_duty(chats_database, content_around)


# Nobody takes it, late


def test_a_ticket_that_nobody_takes_is_told_to_those_who_supervise_once(ana: Chat) -> None:
    ana.person_waits()
    assert time_goes_on(ana, "2026-11-24 11:29") == {}
    assert time_goes_on(ana, "2026-11-24 11:30") == {"is taken by nobody": 1}
    assert time_goes_on(ana, "2026-11-24 11:31") == {}
    assert ana.call(lambda session: alerts(session, ana.ticket(session))) == ["new", "escalated"]


def test_once_more_when_it_waits_again(ana: Chat) -> None:
    ana.person_waits()
    time_goes_on(ana, "2026-11-24 11:30")
    ana.later(minutes=1)
    ana.call(lambda session: tickets.claim(session, ana.ticket(session).id, STAFF, ana.now))
    ana.call(lambda session: tickets.release(session, ana.ticket(session).id, STAFF, ana.now, HALF))
    assert "is taken by nobody" not in time_goes_on(ana, "2026-11-24 12:00")
    assert "is taken by nobody" in time_goes_on(ana, "2026-11-24 12:01")


def test_what_somebody_has_seen_is_not_told_to_those_who_supervise(ana: Chat) -> None:
    ana.person_waits()

    def see(session: Session) -> None:
        ana.ticket(session).acknowledged_at = ana.now

    ana.call(see)
    assert time_goes_on(ana, "2026-11-24 12:30") == {}


def test_who_asks_at_night_is_not_late_in_the_morning(ana: Chat) -> None:
    ana.now = at("2026-11-23 22:00")
    ana.person_waits()
    assert time_goes_on(ana, "2026-11-24 09:29") == {}
    assert time_goes_on(ana, "2026-11-24 09:30") == {"is taken by nobody": 1}


def test_a_late_reply_is_told_once_for_each_time_that_the_person_waits(ana: Chat) -> None:
    ana.person_waits()
    assert "is late" not in time_goes_on(ana, "2026-11-24 13:00")
    assert "is late" in time_goes_on(ana, "2026-11-24 13:01") and "is late" not in time_goes_on(ana, "2026-11-24 13:02")
    ana.call(lambda session: tickets.claim(session, ana.ticket(session).id, STAFF, ana.now))
    ana.staff_says("Buenas tardes")
    ana.later(minutes=1)
    ana.says("¿y entonces?")
    ana.call(lambda session: tickets.release(session, ana.ticket(session).id, STAFF, ana.now, HALF))
    assert "is late" not in time_goes_on(ana, "2026-11-24 15:00") and "is late" in time_goes_on(ana, "2026-11-24 15:04")
    assert ana.call(lambda session: alerts(session, ana.ticket(session))).count("late") == 2


def test_a_ticket_without_terms_gets_them(ana: Chat) -> None:
    ana.person_waits()

    def forget(session: Session) -> None:
        ticket = ana.ticket(session)
        ticket.reply_by = ticket.resolve_by = None

    ana.call(forget)
    assert time_goes_on(ana, "2026-11-24 11:05") == {"has its terms": 1} and time_goes_on(ana, "2026-11-24 11:06") == {}
    ticket = ana.call(ana.ticket)
    assert ticket.reply_by == at("2026-11-24 13:00") and ticket.resolve_by is not None


# Put off


def test_what_staff_put_off_waits_again_at_its_time_and_not_before(ana: Chat) -> None:
    answered(ana)
    ana.later(minutes=1)
    ana.call(lambda session: putting_off.snooze(session, ana.ticket(session).id, at("2026-11-25 10:00"), STAFF, ana.now))
    assert time_goes_on(ana, "2026-11-24 11:02") == {"was handed back": 1} and told(ana, "utter_person_meanwhile") == 1
    assert time_goes_on(ana, "2026-11-25 09:59") == {} and ana.says("gracias") == ["utter_thank"]


def test_what_staff_put_off_wakes_and_the_staff_are_told(ana: Chat) -> None:
    answered(ana)
    ana.call(lambda session: putting_off.snooze(session, ana.ticket(session).id, at("2026-11-25 10:00"), STAFF, ana.now))
    time_goes_on(ana, "2026-11-24 11:01")
    assert time_goes_on(ana, "2026-11-25 10:00") == {"has woken": 1} and time_goes_on(ana, "2026-11-25 10:00") == {}
    ticket = ana.call(ana.ticket)
    assert (ticket.state, ticket.holder, ticket.snoozed_until, ticket.waiting_since) == (TicketState.WAITING, None, None, ana.now)
    assert ana.call(lambda session: alerts(session, ticket)) == ["new", "new"]


def test_who_chose_a_time_is_called_then_and_counts_as_waiting_from_then(ana: Chat) -> None:
    ana.now = at("2026-11-23 20:00")
    ana.person_waits()
    assert ana.presses("/call_back=20261124T1400") == ["utter_callback_noted"]
    assert "martes 24/11/2026, a las 14:00" in ana.transcript()[-1].text
    ticket = ana.call(ana.ticket)
    assert (ticket.state, ticket.callback_at) == (TicketState.SNOOZED, at("2026-11-24 14:00"))
    assert ticket.reply_by == at("2026-11-24 16:00")
    assert time_goes_on(ana, "2026-11-24 13:59") == {}, "neither late nor taken by nobody before their time"
    assert ana.says("gracias") == ["utter_thank"] and state(ana) is TicketState.SNOOZED, "they chose the time themselves"
    assert time_goes_on(ana, "2026-11-24 14:00") == {"has woken": 1}
    assert clocks.times_of(HALF, ana.call(ana.ticket), ana.now).is_late is False


def test_as_soon_as_it_opens_keeps_their_place(ana: Chat) -> None:
    ana.now = at("2026-11-23 20:00")
    ana.person_waits()
    assert ana.presses("/call_back=20261124T0900") == ["utter_callback_noted"] and state(ana) is TicketState.WAITING
    ana.presses("/call_back=20261124T1400")
    assert state(ana) is TicketState.SNOOZED
    ana.presses("/call_back=20261124T0900")
    assert state(ana) is TicketState.WAITING, "they changed their mind"


@pytest.mark.parametrize("payload", ["/call_back=20261124T1400", "/call_back=20261124T0900"])
def test_an_old_button_of_a_time_that_has_passed_says_so(payload: str, ana: Chat) -> None:
    ana.now = at("2026-11-23 20:00")
    ana.person_waits()
    ana.now = at("2026-11-26 10:00")
    assert ana.presses(payload) == ["utter_button_old"] and state(ana) is TicketState.WAITING


def test_a_time_that_was_not_offered_is_not_taken(ana: Chat) -> None:
    ana.now = at("2026-11-23 20:00")
    ana.person_waits()
    assert ana.presses("/call_back=20261224T0300") == ["utter_button_unknown"]


def test_danger_does_not_wait_for_the_time_they_chose(ana: Chat) -> None:
    ana.now = at("2026-11-23 20:00")
    ana.person_waits()
    ana.presses("/call_back=20261124T1400")
    ana.says("me quiero matar")
    ticket = ana.call(ana.ticket)
    assert (ticket.state, ticket.urgency) == (TicketState.WAITING, 0)
    assert ana.presses("/call_back=20261124T1400") == ["utter_callback_noted"] and state(ana) is TicketState.WAITING


# Being told


def test_who_waits_hears_how_it_stands_three_times_a_day_at_most_and_not_at_night(ana: Chat) -> None:
    ana.around = replace(ana.around, content=replace(ana.around.content, team=replace(HALF, tell_every=60)))
    ana.now = at("2026-11-24 09:00")
    ana.person_waits()
    said = []
    for quarter in range(1, 4 * 48):
        ana.now = at("2026-11-24 09:00") + timedelta(minutes=15 * quarter)
        if "its person was told how it stands" in follow(ana.database, replace(ana.around, now=ana.now)):
            said.append(ana.now)
    expected = ["24 10:00", "24 11:00", "24 12:00", "25 09:00", "25 10:00", "25 11:00"]
    assert said == [at(f"2026-11-{each}") for each in expected]
    assert told(ana, returning.NOT_FORGOTTEN) == 6


def blocks(session: Session, ana: Chat) -> None:
    ana.conversation(session).blocked_at = ana.now


def forgets(session: Session, ana: Chat) -> None:
    ana.conversation(session).former_chat = "x"


def is_erased(session: Session, ana: Chat) -> None:
    ana.conversation(session).leaves_at = ana.now


@pytest.mark.parametrize("change", [blocks, forgets, is_erased])
def test_nobody_is_told_who_cannot_or_must_not_be_written_to(change: Callable[[Session, Chat], None], ana: Chat) -> None:
    ana.person_waits()
    number = ana.call(lambda session: ana.ticket(session).id)
    ana.call(lambda session: change(session, ana))
    assert "its person was told how it stands" not in time_goes_on(ana, "2026-11-24 16:00")
    assert ana.call(lambda session: session.get_one(Ticket, number).state) is TicketState.WAITING


def test_who_said_that_they_want_no_messages_is_not_told(ana: Chat) -> None:
    ana.person_waits()
    ana.call(lambda session: consent.forbid_writing(session, ana.conversation(session), "no me escriban", ana.now))
    time_goes_on(ana, "2026-11-24 16:00")
    assert told(ana, returning.NOT_FORGOTTEN) == 0
