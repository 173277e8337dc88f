"""What the clock does to tickets, on a clock that stands still: silent holders, nobody who takes one, late replies, waking, being told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from bot.content.team import Team
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import attending, clocks, putting_off, returning, tickets
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketState
from bot.referrals import consent
from tests.chats import ON_DUTY, STAFF, Chat
from tests.shifts import alerts, at, events, follow, member, nobody_and_nothing

HALF = Team(silent_after=60, escalate_after=30, tell_every=120, reply_within={"danger": 10, "high": 60, "normal": 120})


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Chat:
    """On a Tuesday at eleven, with somebody on duty."""
    chats_database.call(nobody_and_nothing)
    chats_database.call(member, STAFF)
    content = replace(content_around.content, team=HALF)
    chat = Chat(chats_database, replace(content_around, content=content))
    chat.now = at("2026-11-24 11:00")
    return chat


def time_goes_on(ana: Chat, until: str) -> dict[str, int]:
    """What the jobs do at that moment."""
    ana.now = at(until)
    return follow(ana.database, replace(ana.around, now=ana.now))


def answered(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_says("Buenas tardes")


def state(ana: Chat) -> TicketState:
    return ana.call(lambda session: ana.ticket(session).state)


def responses(ana: Chat) -> list[str | None]:
    return [each.response for each in ana.transcript()]


def told(ana: Chat, name: str) -> int:
    return responses(ana).count(name)


# Silent holders


def test_a_holder_who_does_not_answer_loses_the_ticket_after_the_term_and_not_before(ana: Chat) -> None:
    ana.person_holds()
    assert time_goes_on(ana, "2026-11-24 11:59") == {} and state(ana) is TicketState.ASSIGNED
    assert time_goes_on(ana, "2026-11-24 12:00") == {"went back to the queue": 1}
    ticket = ana.call(ana.ticket)
    assert (ticket.state, ticket.holder, ticket.held_since) == (TicketState.WAITING, None, None)
    assert ticket.waiting_since == at("2026-11-24 11:00"), "they have waited since they asked"
    assert ana.call(lambda session: events(session, ticket))[-1] == ("waiting", "assistant", "silent")
    assert ana.call(lambda session: alerts(session, ticket)) == ["new", "silent"]
    assert told(ana, "utter_person_returned") == 1 and ana.says("gracias") == ["utter_thank"], "the assistant speaks again and has said so"


def test_doing_it_again_does_nothing_more(ana: Chat) -> None:
    ana.person_holds()
    time_goes_on(ana, "2026-11-24 12:00")
    assert time_goes_on(ana, "2026-11-24 12:01") == {} and told(ana, "utter_person_returned") == 1


def test_a_holder_who_has_the_last_word_keeps_the_ticket(ana: Chat) -> None:
    answered(ana)
    assert time_goes_on(ana, "2026-11-26 17:00") == {} and state(ana) is TicketState.ASSIGNED


def test_the_silence_begins_with_the_persons_oldest_word_that_is_not_answered(ana: Chat) -> None:
    answered(ana)
    ana.now = at("2026-11-24 14:00")
    ana.says("¿y mi hijo?")
    ana.now = at("2026-11-24 14:50")
    ana.says("¿sigue ahí?")
    assert time_goes_on(ana, "2026-11-24 14:59") == {}
    assert time_goes_on(ana, "2026-11-24 15:00") == {"went back to the queue": 1}


def test_who_has_just_taken_a_ticket_that_waited_long_has_the_whole_term(ana: Chat) -> None:
    ana.person_waits()
    ana.now = at("2026-11-24 15:00")
    ana.call(lambda session: tickets.claim(session, ana.ticket(session).id, STAFF, ana.now))
    assert "went back to the queue" not in time_goes_on(ana, "2026-11-24 15:59")
    assert "went back to the queue" in time_goes_on(ana, "2026-11-24 16:00")


def test_the_night_is_no_silence(ana: Chat) -> None:
    ana.now = at("2026-11-27 17:30")
    ana.person_holds()
    assert "went back to the queue" not in time_goes_on(ana, "2026-11-30 09:29")
    assert "went back to the queue" in time_goes_on(ana, "2026-11-30 09:30")


def test_a_second_silence_is_another_alert(ana: Chat) -> None:
    ana.person_holds()
    time_goes_on(ana, "2026-11-24 12:00")
    ana.call(lambda session: tickets.claim(session, ana.ticket(session).id, STAFF, ana.now))
    time_goes_on(ana, "2026-11-24 13:00")
    assert ana.call(lambda session: alerts(session, ana.ticket(session))).count("silent") == 2
    assert told(ana, "utter_person_returned") == 2


def test_the_former_holder_writes_no_more_until_they_take_it_again(ana: Chat) -> None:
    ana.person_holds()
    time_goes_on(ana, "2026-11-24 12:00")
    with pytest.raises(RefusedError):
        ana.staff_says("Perdone la demora")
    ana.call(lambda session: attending.claim_ticket(session, ana.ticket(session).id, ON_DUTY, ana._around()))
    ana.staff_says("Perdone la demora")
    assert ana.transcript()[-1].text == "Perdone la demora"


def lets_go(session: Session, ana: Chat) -> None:
    tickets.release(session, ana.ticket(session).id, STAFF, ana.now, HALF)


def is_dismissed(session: Session, ana: Chat) -> None:
    tickets.release_all(session, STAFF, "ines", ana.now)


@pytest.mark.parametrize("change", [lets_go, is_dismissed])
def test_who_is_let_go_is_told_once_that_the_assistant_speaks_again(change: Callable[[Session, Chat], None], ana: Chat) -> None:
    ana.person_holds()
    ana.later(minutes=1)
    ana.call(lambda session: change(session, ana))
    assert time_goes_on(ana, "2026-11-24 11:02") == {"was handed back": 1} and time_goes_on(ana, "2026-11-24 11:03") == {}
    assert told(ana, "utter_person_meanwhile") == 1 and ana.says("gracias") == ["utter_thank"]


def test_who_was_taken_again_at_once_hears_nothing_of_it(ana: Chat) -> None:
    ana.person_holds()
    ana.later(minutes=1)
    ana.call(lambda session: lets_go(session, ana))
    ana.call(lambda session: tickets.claim(session, ana.ticket(session).id, "luis", ana.now))
    assert time_goes_on(ana, "2026-11-24 11:02") == {} and told(ana, "utter_person_meanwhile") == 0


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


# Several processes


def test_of_two_processes_that_do_the_same_one_does_it(ana: Chat) -> None:
    ana.person_holds()
    number = ana.call(lambda session: ana.ticket(session).id)
    around = replace(ana.around, now=at("2026-11-24 12:00"))
    [job] = [each for each in returning.JOBS if each.name == "went back to the queue"]
    start = Barrier(4)

    def go(_: int) -> bool:
        start.wait(10)
        return ana.database.call(returning.follow, job, number, around)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(go, range(4))) == [False, False, False, True]
    assert told(ana, "utter_person_returned") == 1


def test_what_changed_since_it_was_found_due_is_left_alone(ana: Chat) -> None:
    ana.person_holds()
    number = ana.call(lambda session: ana.ticket(session).id)
    around = replace(ana.around, now=at("2026-11-24 12:00"))
    [job] = [each for each in returning.JOBS if each.name == "went back to the queue"]
    assert ana.database.call(returning.due, job, HALF, around.now) == [number]
    ana.now = around.now
    ana.staff_says("Aquí estoy")
    assert ana.database.call(returning.follow, job, number, around) is False and state(ana) is TicketState.ASSIGNED
