"""Requests for a person: what may follow what, who may do it, and that nobody waits twice.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL.
"""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import order, printed, tickets
from bot.handoff.attending import close_ticket, reply_to
from bot.permissions import Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage
from bot.records.staff import Role
from bot.records.tickets import MAY_BECOME, Ticket, TicketEvent, TicketState, Urgency
from tests.asking import LATER, NOW, conversation, reachable
from tests.stores import rows

ROSA, LUIS = Actor("rosa", Role.AGENT), Actor("luis", Role.AGENT)
WAITING, ASSIGNED, SNOOZED, RESOLVED = TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED, TicketState.RESOLVED


@pytest.fixture(scope="module")
def around(live: LiveContent) -> Surroundings:
    content, detector = live.current()
    return Surroundings(content, detector, "desk", "", LATER)


def open_ticket(session: Session, chat: str = "ana", reason: str = "asked") -> int:
    return tickets.open_ticket(session, conversation(session, chat), reason, NOW).id


def ticket_in(session: Session, state: TicketState, chat: str = "ana") -> int:
    """A ticket that somehow got into that state, held by Rosa."""
    ticket = Ticket(
        conversation_id=conversation(session, chat).id, state=state, reason="asked", holder="rosa", opened_at=NOW, changed_at=NOW
    )
    session.add(ticket)
    session.flush()
    return ticket.id


def test_every_state_of_a_ticket_can_be_reached_and_only_the_last_has_no_way_on() -> None:
    assert set(MAY_BECOME) == set(TicketState)
    assert reachable(MAY_BECOME, WAITING) == set(TicketState)
    assert [state for state, following in MAY_BECOME.items() if not following] == [RESOLVED]
    assert all(RESOLVED in following for state, following in MAY_BECOME.items() if state is not RESOLVED)
    assert not any(state in following for state, following in MAY_BECOME.items())


@pytest.mark.parametrize("before", list(TicketState))
def test_a_ticket_changes_as_the_table_allows_and_every_change_leaves_an_event(before: TicketState, database: Database) -> None:
    for after in TicketState:
        ticket_id = database.call(ticket_in, before, f"chat to {after}")
        allowed = after in MAY_BECOME[before]
        assert is_allowed(database, change_ticket, ticket_id, after) is allowed, after
        ticket, events = database.call(ticket_and_events, ticket_id)
        if allowed:
            assert (ticket.state, ticket.changed_at, ticket.opened_at) == (after, LATER, NOW)
            assert [(event.what, event.who, event.why, event.at) for event in events] == [(after, "luis", "reason", LATER)]
        else:
            assert (ticket.state, ticket.changed_at, events) == (before, NOW, [])


def is_allowed(database: Database, change: Callable[[Session, int, Any], None], row: int, after: object) -> bool:
    try:
        database.call(change, row, after)
    except RefusedError:
        return False
    return True


def change_ticket(session: Session, ticket_id: int, after: TicketState) -> None:
    tickets.change(session, session.get_one(Ticket, ticket_id), after, "luis", "reason", LATER)


def ticket_and_events(session: Session, ticket_id: int) -> tuple[Ticket, list[TicketEvent]]:
    return session.get_one(Ticket, ticket_id), list(session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket_id)))


def test_a_conversation_has_one_open_ticket(database: Database) -> None:
    first = database.call(open_ticket, "ana", "asked")
    assert database.call(open_ticket, "ana", "fallback") == first
    [ticket] = rows(database, Ticket)
    assert (ticket.state, ticket.reason, ticket.holder) == (WAITING, "asked", None)
    assert [(event.what, event.who, event.why) for event in rows(database, TicketEvent)] == [("opened", "person", "asked")]
    assert database.call(open_ticket, "beto") != first


@pytest.mark.parametrize("state", [WAITING, ASSIGNED, SNOOZED])
def test_a_ticket_that_is_not_resolved_is_the_open_one(state: TicketState, database: Database) -> None:
    ticket_id = database.call(ticket_in, state)
    assert database.call(open_ticket) == ticket_id


def test_after_a_resolved_ticket_there_may_be_another(database: Database) -> None:
    first = database.call(open_ticket)
    database.call(tickets.close, first, "rosa", LATER)
    second = database.call(open_ticket)
    assert second != first
    database.call(tickets.close, second, "rosa", LATER)
    assert {ticket.state for ticket in rows(database, Ticket)} == {RESOLVED}


@pytest.mark.parametrize(("first", "second"), list(itertools.product([WAITING, ASSIGNED, SNOOZED], repeat=2)))
def test_the_database_itself_refuses_a_second_open_ticket(first: TicketState, second: TicketState, database: Database) -> None:
    database.call(ticket_in, first)
    with pytest.raises(IntegrityError):
        database.call(ticket_in, second)
    database.call(ticket_in, second, "beto")
    database.call(ticket_in, RESOLVED)
    database.call(ticket_in, RESOLVED)


def test_who_claims_a_ticket_holds_it(database: Database) -> None:
    ticket_id = database.call(open_ticket)
    database.call(tickets.claim, ticket_id, "rosa", LATER)
    [ticket] = rows(database, Ticket)
    assert (ticket.state, ticket.holder, ticket.changed_at) == (ASSIGNED, "rosa", LATER)


def test_a_ticket_that_somebody_holds_is_refused_to_others(database: Database) -> None:
    ticket_id = database.call(open_ticket)
    database.call(tickets.claim, ticket_id, "rosa", NOW)
    with pytest.raises(RefusedError, match="rosa"):
        database.call(tickets.claim, ticket_id, "luis", LATER)
    assert rows(database, Ticket)[0].holder == "rosa"


def test_claiming_ones_own_ticket_again_changes_nothing(database: Database) -> None:
    ticket_id = database.call(open_ticket)
    database.call(tickets.claim, ticket_id, "rosa", NOW)
    database.call(tickets.claim, ticket_id, "rosa", LATER)
    assert [event.what for event in rows(database, TicketEvent)] == ["opened", "assigned"]
    assert rows(database, Ticket)[0].changed_at == NOW


def test_a_closed_ticket_can_neither_be_claimed_nor_closed_again(database: Database) -> None:
    ticket_id = database.call(open_ticket)
    database.call(tickets.close, ticket_id, "rosa", NOW)
    for refused in (tickets.claim, tickets.close):
        with pytest.raises(RefusedError):
            database.call(refused, ticket_id, "rosa", LATER)
    assert [event.what for event in rows(database, TicketEvent)] == ["opened", "resolved"]


@pytest.mark.parametrize("refused", [tickets.claim, tickets.close])
def test_a_ticket_that_does_not_exist_is_refused(refused: Callable[..., Ticket], database: Database) -> None:
    with pytest.raises(RefusedError, match="77"):
        database.call(refused, 77, "rosa", NOW)


def test_of_many_who_claim_at_once_one_wins(database: Database) -> None:
    ticket_id = database.call(open_ticket)
    start = threading.Barrier(8)

    def claim(who: str) -> str | None:
        start.wait(10)
        try:
            database.call(tickets.claim, ticket_id, who, NOW)
        except RefusedError:
            return None
        return who

    with ThreadPoolExecutor(8) as threads:
        winners = [who for who in threads.map(claim, [f"staff {number}" for number in range(8)]) if who]
    [ticket] = rows(database, Ticket)
    assert winners == [ticket.holder]
    assert [event.what for event in rows(database, TicketEvent)] == ["opened", "assigned"]


def test_only_the_holder_writes_to_the_person(database: Database, around: Surroundings) -> None:
    ticket_id = database.call(open_ticket)
    for who in ("rosa", "luis", ""):
        with pytest.raises(RefusedError):
            database.call(reply_to, ticket_id, Actor(who, Role.AGENT), "Buenas tardes", around)
    database.call(tickets.claim, ticket_id, "rosa", NOW)
    with pytest.raises(RefusedError):
        database.call(reply_to, ticket_id, LUIS, "Buenas tardes", around)
    assert rows(database, Message) == []
    database.call(reply_to, ticket_id, ROSA, "  Buenas tardes  ", around)
    [message], [delivery] = rows(database, Message), rows(database, OutboxMessage)
    assert (message.direction, message.text) == (Direction.STAFF, "Buenas tardes")
    assert (delivery.chat_id, delivery.message_id) == ("number of ana", message.id)


@pytest.mark.parametrize("state", [WAITING, SNOOZED, RESOLVED])
def test_who_held_a_ticket_before_writes_no_more(state: TicketState, database: Database, around: Surroundings) -> None:
    ticket_id = database.call(ticket_in, state)  # its holder is still Rosa
    with pytest.raises(RefusedError):
        database.call(reply_to, ticket_id, ROSA, "Buenas tardes", around)
    assert rows(database, OutboxMessage) == []


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_reply_is_refused(text: str, database: Database, around: Surroundings) -> None:
    ticket_id = database.call(ticket_in, ASSIGNED)
    with pytest.raises(RefusedError):
        database.call(reply_to, ticket_id, ROSA, text, around)
    assert rows(database, Message) == []


def test_handing_back_tells_the_person_once_and_forgets_the_misses(database: Database, around: Surroundings) -> None:
    ticket_id = database.call(ticket_in, ASSIGNED)

    def missed(session: Session) -> None:
        conversation(session).misses = 5

    database.call(missed)
    database.call(close_ticket, ticket_id, ROSA, around)
    with pytest.raises(RefusedError):
        database.call(close_ticket, ticket_id, ROSA, around)
    assert [message.response for message in rows(database, Message)] == ["utter_ticket_closed"]
    assert rows(database, Conversation)[0].misses == 0
    assert rows(database, Ticket)[0].state is RESOLVED


def test_only_those_who_wait_and_came_before_are_ahead(database: Database) -> None:
    for chat in ("one", "two", "three"):
        database.call(open_ticket, chat)
    held = database.call(open_ticket, "held")
    mine = database.call(open_ticket, "mine")
    database.call(open_ticket, "after")
    database.call(tickets.claim, held, "rosa", NOW)

    def ahead(session: Session) -> int:
        return order.ahead_of(session, session.get_one(Ticket, mine))

    assert database.call(ahead) == 3
    database.call(tickets.close, 1, "rosa", NOW)
    assert database.call(ahead) == 2


def test_an_alert_is_an_event_and_changes_no_state(database: Database) -> None:
    ticket_id = database.call(ticket_in, ASSIGNED)

    def alert(session: Session) -> None:
        tickets.alert(session, session.get_one(Ticket, ticket_id), "threat", LATER)

    database.call(alert)
    assert [(event.what, event.who, event.why, event.at) for event in rows(database, TicketEvent)] == [
        ("alert", "assistant", "threat", LATER)
    ]
    assert (rows(database, Ticket)[0].state, rows(database, Ticket)[0].changed_at) == (ASSIGNED, NOW)


def printed_list(database: Database, around: Surroundings) -> list[str]:
    return database.call(printed.listed, Actor("rosa", Role.AGENT), replace(around, now=LATER))


def test_the_desk_shows_what_is_open_as_staff_take_it(database: Database, around: Surroundings) -> None:
    ids = [database.call(ticket_in, state, f"chat {number}") for number, state in enumerate([SNOOZED, RESOLVED, WAITING, ASSIGNED])]

    def press(session: Session) -> None:
        session.get_one(Ticket, ids[3]).urgency = Urgency.DANGER

    database.call(press)
    assert [int(line.split()[0]) for line in printed_list(database, around)] == [ids[3], ids[0], ids[2]]


def test_a_long_list_says_that_there_are_more(database: Database, around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "LISTED", 2)
    for number in range(3):
        database.call(ticket_in, WAITING, f"chat {number}")
    *lines, last = printed_list(database, around)
    assert len(lines) == 2 and last.startswith("Hay más: aquí están las 2 ")
    database.call(tickets.close, 1, "rosa", LATER)
    assert len(printed_list(database, around)) == 2 and "Hay más" not in "".join(printed_list(database, around))
