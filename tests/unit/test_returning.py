"""What the clock does to tickets that somebody holds or has let go, on a clock that stands still."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import attending, proposals, replies, returning, tickets
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import Alert, TicketState
from tests.chats import ON_DUTY, STAFF, Chat
from tests.shifts import HALF, alerts, answered, at, events, member, on_duty, state, time_goes_on, told


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Chat:
    return on_duty(chats_database, content_around)


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


# A second reader


def waits_for_reader(ana: Chat) -> None:
    """The holder has answered on a topic on which two people read."""
    ana.person_holds()
    ana.later(minutes=5)

    def propose(session: Session) -> None:
        ticket = ana.ticket(session)
        ticket.topic = "women"
        assert replies.write(session, ticket.id, ON_DUTY, "Le ayudamos", ana._around()) is replies.Outcome.PROPOSED

    ana.call(propose)


def test_who_has_written_and_waits_for_a_second_reader_keeps_the_ticket_and_those_who_supervise_are_told_once(ana: Chat) -> None:
    ana.call(lambda session: member(session, "vera", Role.SUPERVISOR, email="vera@example.org"))
    ana.call(lambda session: member(session, "olga", email="olga@example.org"))
    waits_for_reader(ana)
    assert time_goes_on(ana, "2026-11-24 12:00") == {} and time_goes_on(ana, "2026-11-24 12:04") == {}
    assert time_goes_on(ana, "2026-11-24 12:05") == {"its reply is read by nobody": 1}
    assert time_goes_on(ana, "2026-11-24 12:30") == {} and state(ana) is TicketState.ASSIGNED
    query = select(Alert.channel, Alert.recipient).where(Alert.kind == "late", Alert.ticket_id == ana.call(ana.ticket).id)
    assert ana.call(lambda session: {tuple(row) for row in session.execute(query)}) == {("group", ""), ("email", "vera")}
    assert told(ana, "utter_person_returned") == 0


def test_who_has_their_reply_back_has_the_whole_term_to_change_it(ana: Chat) -> None:
    waits_for_reader(ana)
    ana.now = at("2026-11-24 12:30")

    def give_back(session: Session) -> None:
        found = proposals.waiting_of(session, ana.ticket(session).id)
        assert found
        proposals.give_back(session, found.ticket_id, found.id, Actor("vera", Role.SUPERVISOR), "diga el horario", ana.now)

    ana.call(give_back)
    assert "went back to the queue" not in time_goes_on(ana, "2026-11-24 13:29")
    assert "went back to the queue" in time_goes_on(ana, "2026-11-24 13:30")


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
