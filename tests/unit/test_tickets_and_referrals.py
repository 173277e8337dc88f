"""Requests for a person and referrals: what may follow what, who may do it, and that nothing is made twice or without consent.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL.
"""

import itertools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import tickets
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.desk import close_ticket, reply_to
from bot.errors import RefusedError
from bot.permissions import Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage
from bot.records.referrals import MAY_BECOME as REFERRAL_MAY_BECOME
from bot.records.referrals import Consent, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.records.tickets import MAY_BECOME as TICKET_MAY_BECOME
from bot.records.tickets import Ticket, TicketEvent, TicketState
from bot.referrals import creation, lifecycle
from bot.referrals.creation import Consented

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BOT = "telegram:1"
ROSA, LUIS = Actor("rosa", Role.AGENT), Actor("luis", Role.AGENT)
WAITING, ASSIGNED, SNOOZED, RESOLVED = TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED, TicketState.RESOLVED
AGREED = Consented(
    "2026-11-21", "the text as it was shown", "es", "ipam", "referral_intake", {"need": "work", "story": "me corrieron"}, 180
)  # fmt: skip


@pytest.fixture(scope="module")
def around(live: LiveContent) -> Surroundings:
    content, detector = live.current()
    return Surroundings(content, detector, "desk", "", LATER)


def conversation(session: Session, chat: str = "ana") -> Conversation:
    found = session.scalar(select(Conversation).where(Conversation.chat == chat))
    if found is None:
        found = Conversation(bot_id=BOT, chat=chat, chat_id=f"number of {chat}", created_at=NOW, updated_at=NOW)
        session.add(found)
        session.flush()
    return found


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


def rows[T](database: Database, table: type[T]) -> list[T]:
    return database.call(lambda session: list(session.scalars(select(table))))


def reachable[S](table: Mapping[S, set[S]], start: S) -> set[S]:
    found, new = {start}, {start}
    while new:
        new = set().union(*(table[state] for state in new)) - found
        found |= new
    return found


# Tickets.


def test_every_state_of_a_ticket_can_be_reached_and_only_the_last_has_no_way_on() -> None:
    assert set(TICKET_MAY_BECOME) == set(TicketState)
    assert reachable(TICKET_MAY_BECOME, WAITING) == set(TicketState)
    assert [state for state, following in TICKET_MAY_BECOME.items() if not following] == [RESOLVED]
    assert all(RESOLVED in following for state, following in TICKET_MAY_BECOME.items() if state is not RESOLVED)
    assert not any(state in following for state, following in TICKET_MAY_BECOME.items())


@pytest.mark.parametrize("before", list(TicketState))
def test_a_ticket_changes_as_the_table_allows_and_every_change_leaves_an_event(before: TicketState, database: Database) -> None:
    for after in TicketState:
        ticket_id = database.call(ticket_in, before, f"chat to {after}")
        allowed = after in TICKET_MAY_BECOME[before]
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
    tickets._change(session, session.get_one(Ticket, ticket_id), after, "luis", "reason", LATER)


def ticket_and_events(session: Session, ticket_id: int) -> tuple[Ticket, list[TicketEvent]]:
    return session.get_one(Ticket, ticket_id), list(session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket_id)))


def test_a_conversation_has_one_open_ticket(database: Database) -> None:
    first = database.call(open_ticket, "ana", "asked")
    assert database.call(open_ticket, "ana", "danger") == first
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
        return tickets.ahead_of(session, session.get_one(Ticket, mine))

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


def test_the_desk_shows_what_is_open_in_the_order_it_came(database: Database) -> None:
    ids = [database.call(ticket_in, state, f"chat {number}") for number, state in enumerate([SNOOZED, RESOLVED, WAITING, ASSIGNED])]
    assert [ticket.id for ticket in database.call(tickets.waiting_or_held)] == [ids[0], ids[2], ids[3]]


# Referrals.

ENDED = {ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED, ReferralState.REJECTED, ReferralState.DONE}


def create(session: Session, key: str = "web:1", chat: str = "ana", consented: Consented = AGREED) -> Referral:
    return creation.create(session, conversation(session, chat), key, "work", "21019", consented, NOW)


def referral_in(session: Session, state: ReferralState, folio: str = "PTE-26-ABCDEF") -> int:
    referral = Referral(
        folio=folio, idempotency_key=f"key of {folio}", conversation_id=conversation(session).id, organization_id="ipam", state=state,
        need="work", municipality=None, details={}, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    return referral.id


def withdraw(session: Session, folio: str, chat: str = "ana") -> Referral:
    return lifecycle.withdraw(session, conversation(session, chat), folio, LATER)


def test_every_state_of_a_referral_can_be_reached_and_what_has_ended_stays_so() -> None:
    assert set(REFERRAL_MAY_BECOME) == set(ReferralState)
    assert reachable(REFERRAL_MAY_BECOME, ReferralState.DRAFT) == set(ReferralState)
    assert {state for state, following in REFERRAL_MAY_BECOME.items() if not following} == ENDED
    assert set(lifecycle.OPEN) == set(ReferralState) - ENDED
    for state in lifecycle.OPEN:
        assert ReferralState.WITHDRAWN in REFERRAL_MAY_BECOME[state], "the person cannot take it back"
        assert ReferralState.DRAFT not in REFERRAL_MAY_BECOME[state] and state not in REFERRAL_MAY_BECOME[state]


def test_a_referral_stands_on_its_consent(database: Database) -> None:
    made = database.call(create)
    [referral], [consent] = rows(database, Referral), rows(database, Consent)
    assert (referral.id, referral.state, referral.organization_id) == (made.id, ReferralState.SENT, "ipam")
    assert (referral.need, referral.municipality, referral.details) == ("work", "21019", {"need": "work", "story": "me corrieron"})
    assert (consent.referral_id, consent.version, consent.text) == (made.id, "2026-11-21", "the text as it was shown")
    assert (consent.language, consent.recipient, consent.purpose) == ("es", "ipam", "referral_intake")
    assert (consent.fields, consent.given_at, consent.withdrawn_at) == (["need", "story"], NOW, None)
    assert consent.expires_at == NOW + timedelta(days=180)
    assert [(event.before, event.after, event.who) for event in rows(database, ReferralEvent)] == [
        (None, ReferralState.DRAFT, "person"),
        (ReferralState.DRAFT, ReferralState.SENT, "person"),
    ]


@pytest.mark.parametrize("refused", [replace(AGREED, text=""), replace(AGREED, fields={}), replace(AGREED, text="", fields={})])
def test_without_consent_there_is_no_referral(refused: Consented, database: Database) -> None:
    with pytest.raises(RefusedError):
        database.call(create, "web:1", "ana", refused)
    tables: tuple[type[Any], ...] = (Referral, Consent, ReferralEvent)
    assert [rows(database, table) for table in tables] == [[], [], []]


def test_the_same_key_makes_one_referral(database: Database) -> None:
    first = database.call(create)
    again = database.call(create, "web:1", "ana", replace(AGREED, recipient="naucalpan", fields={"need": "health"}))
    assert (again.id, again.folio, again.details) == (first.id, first.folio, first.details)
    assert (len(rows(database, Referral)), len(rows(database, Consent)), len(rows(database, ReferralEvent))) == (1, 1, 2)
    other = database.call(create, "web:2")
    assert other.id != first.id and other.folio != first.folio


def test_of_many_who_make_the_same_referral_at_once_one_is_made(database: Database) -> None:
    database.call(conversation)
    start = threading.Barrier(6)

    def make(_: int) -> int | None:
        start.wait(10)
        try:
            return database.call(create).id
        except IntegrityError:  # PostgreSQL lets both try; the turn of the second is rolled back and finds the first
            return None

    with ThreadPoolExecutor(6) as threads:
        made = {each for each in threads.map(make, range(6)) if each}
    [referral], [_] = rows(database, Referral), rows(database, Consent)
    assert made == {referral.id}
    assert database.call(create).id == referral.id


def test_a_person_withdraws_the_referral_and_its_consent(database: Database) -> None:
    referral = database.call(create)
    kept = database.call(create, "web:2")
    database.call(withdraw, referral.folio)
    states = {each.folio: each.state for each in rows(database, Referral)}
    assert states == {referral.folio: ReferralState.WITHDRAWN, kept.folio: ReferralState.SENT}
    assert {each.referral_id: each.withdrawn_at for each in rows(database, Consent)} == {referral.id: LATER, kept.id: None}
    last = rows(database, ReferralEvent)[-1]
    assert (last.before, last.after, last.who, last.at) == (ReferralState.SENT, ReferralState.WITHDRAWN, "person", LATER)


@pytest.mark.parametrize("folio", ["", "PTE-26-AAAAAA", "of ana"])
def test_nobody_withdraws_what_is_not_theirs(folio: str, database: Database) -> None:
    of_ana = database.call(create).folio
    database.call(create, "web:2", "beto")
    with pytest.raises(RefusedError):
        database.call(withdraw, of_ana if folio == "of ana" else folio, "beto")
    assert {each.state for each in rows(database, Referral)} == {ReferralState.SENT}
    assert {each.withdrawn_at for each in rows(database, Consent)} == {None}


@pytest.mark.parametrize("state", sorted(ENDED))
def test_what_has_ended_cannot_be_withdrawn(state: ReferralState, database: Database) -> None:
    database.call(referral_in, state)
    with pytest.raises(RefusedError):
        database.call(withdraw, "PTE-26-ABCDEF")
    assert rows(database, Referral)[0].state is state


def test_a_person_sees_their_own_referrals_newest_first(database: Database) -> None:
    folios = [database.call(create, f"web:{number}").folio for number in range(3)]
    database.call(create, "web:9", "beto")

    def seen(session: Session) -> list[str]:
        return [each.folio for each in lifecycle.of_conversation(session, conversation(session))]

    assert database.call(seen) == folios[::-1]


def test_a_folio_says_the_year_and_has_no_letters_that_are_misread(database: Database) -> None:
    folios = {database.call(create, f"web:{number}").folio for number in range(30)}
    assert len(folios) == 30
    for folio in folios:
        start, letters = folio[:7], folio[7:]
        assert start == "PTE-26-" and len(letters) == 6
        assert not set(letters) & set("01ILOU"), folio


@pytest.mark.parametrize("twin", [{"folio": "PTE-26-ABCDEF"}, {"idempotency_key": "key of PTE-26-ABCDEF"}])
def test_the_database_itself_refuses_a_second_referral_of_the_same_folio_or_key(twin: dict[str, str], database: Database) -> None:
    database.call(referral_in, ReferralState.SENT)

    def again(session: Session) -> None:
        values = {"folio": "PTE-26-OTHER1", "idempotency_key": "other", **twin}
        session.add(
            Referral(
                **values, conversation_id=conversation(session).id, organization_id="ipam", state=ReferralState.SENT, need="work",
                details={}, created_at=NOW, changed_at=NOW,
            )
        )  # fmt: skip

    with pytest.raises(IntegrityError):
        database.call(again)
