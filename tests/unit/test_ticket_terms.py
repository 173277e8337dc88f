"""Every state of a ticket and everything that is done to it: what it becomes, what its clocks say, and what is refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.content.team import Team
from bot.errors import RefusedError
from bot.handoff import clocks, putting_off, sorting, tickets
from bot.questionnaires import run
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.referrals import Referral, ReferralState
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketEvent, TicketState, Urgency
from tests.shifts import alerts, at, events, member

OPENED, NOW, TOMORROW = at("2026-11-24 10:00"), at("2026-11-24 12:00"), at("2026-11-25 10:00")
WAITING, ASSIGNED, SNOOZED, RESOLVED = TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED, TicketState.RESOLVED
TEAM = Team(reply_within={"danger": 10, "high": 60, "normal": 120}, resolve_within={"danger": 540, "high": 1080, "normal": 1620})
STATES = {"waiting": WAITING, "held by Rosa": ASSIGNED, "put off": SNOOZED, "put off by the person": SNOOZED, "resolved": RESOLVED}

type Deed = Callable[[Session, Ticket], object]


@dataclass(frozen=True)
class After:
    """What a deed makes of a ticket; `refused`: it is refused and nothing changes."""

    state: TicketState | None = None
    holder: str | None = None
    refused: bool = False


REFUSED = After(refused=True)
TO_ROSA, TO_LUIS, BACK, CLOSED = After(ASSIGNED, "rosa"), After(ASSIGNED, "luis"), After(WAITING), After(RESOLVED)
PUT_OFF, CALLED = After(SNOOZED, "rosa"), After(SNOOZED)


def wrote(is_word: bool) -> Deed:
    return lambda session, ticket: tickets.person_wrote(session, ticket.conversation_id, NOW, TEAM, is_word=is_word)


def asked_again(session: Session, ticket: Ticket) -> Ticket:
    return tickets.open_ticket(session, session.get_one(Conversation, ticket.conversation_id), "asked", NOW)


DEEDS: dict[str, Deed] = {
    "Rosa takes it": lambda session, ticket: tickets.claim(session, ticket.id, "rosa", NOW),
    "Luis takes it": lambda session, ticket: tickets.claim(session, ticket.id, "luis", NOW),
    "it is given to Luis": lambda session, ticket: tickets.assign(session, ticket.id, "luis", "sofia", NOW),
    "it is let go": lambda session, ticket: tickets.release(session, ticket.id, "rosa", NOW, TEAM),
    "it is put off": lambda session, ticket: putting_off.snooze(session, ticket.id, TOMORROW, "rosa", NOW),
    "the person chooses a time": lambda session, ticket: putting_off.call_back(session, ticket, TOMORROW, NOW, TEAM),
    "it is closed": lambda session, ticket: tickets.close(session, ticket.id, "rosa", NOW),
    "the person writes": wrote(is_word=True),
    "the person presses a button": wrote(is_word=False),
    "danger is said": lambda session, ticket: tickets.alert(session, ticket, "threat", NOW, TEAM),
}
TABLE: dict[str, dict[str, After]] = {
    "waiting": {
        "Rosa takes it": TO_ROSA, "Luis takes it": TO_LUIS, "it is given to Luis": TO_LUIS, "it is let go": REFUSED,
        "it is put off": REFUSED,
        "the person chooses a time": CALLED, "it is closed": CLOSED, "the person writes": BACK, "the person presses a button": BACK,
        "danger is said": BACK,
    },
    "held by Rosa": {
        "Rosa takes it": TO_ROSA, "Luis takes it": REFUSED, "it is given to Luis": TO_LUIS, "it is let go": BACK, "it is put off": PUT_OFF,
        "the person chooses a time": REFUSED, "it is closed": After(RESOLVED, "rosa"), "the person writes": TO_ROSA,
        "the person presses a button": TO_ROSA, "danger is said": TO_ROSA,
    },
    "put off": {
        "Rosa takes it": TO_ROSA, "Luis takes it": TO_LUIS, "it is given to Luis": TO_LUIS, "it is let go": REFUSED,
        "it is put off": REFUSED,
        "the person chooses a time": PUT_OFF, "it is closed": After(RESOLVED, "rosa"), "the person writes": BACK,
        "the person presses a button": PUT_OFF, "danger is said": BACK,
    },
    "put off by the person": {
        "Rosa takes it": TO_ROSA, "Luis takes it": TO_LUIS, "it is given to Luis": TO_LUIS, "it is let go": REFUSED,
        "it is put off": REFUSED,
        "the person chooses a time": CALLED, "it is closed": CLOSED, "the person writes": CALLED, "the person presses a button": CALLED,
        "danger is said": BACK,
    },
    "resolved": {
        "Rosa takes it": REFUSED, "Luis takes it": REFUSED, "it is given to Luis": REFUSED, "it is let go": REFUSED,
        "it is put off": REFUSED,
        "the person chooses a time": REFUSED, "it is closed": REFUSED, "the person writes": After(RESOLVED, "rosa"),
        "the person presses a button": After(RESOLVED, "rosa"),
    },
}  # fmt: skip
CELLS = [(before, deed) for before, row in TABLE.items() for deed in row]


@pytest.fixture(scope="module")
def database(chats_database: Database) -> Database:
    for name in ("rosa", "luis"):
        chats_database.call(member, name)
    return chats_database


def conversation(session: Session, chat: str) -> Conversation:
    made = Conversation(bot_id="telegram:1", chat=chat, chat_id="1", created_at=OPENED, updated_at=OPENED)
    session.add(made)
    session.flush()
    return made


def brought(session: Session, state: str, chat: str) -> Ticket:
    """A ticket of two hours ago in that state."""
    ticket = tickets.open_ticket(session, conversation(session, chat), "asked", OPENED)
    if state == "put off by the person":
        putting_off.call_back(session, ticket, TOMORROW, OPENED, TEAM)
    elif state != "waiting":
        tickets.claim(session, ticket.id, "rosa", OPENED)
    if state == "put off":
        putting_off.snooze(session, ticket.id, TOMORROW + timedelta(hours=1), "rosa", OPENED)
    if state == "resolved":
        tickets.close(session, ticket.id, "rosa", OPENED)
    session.flush()
    return ticket


@pytest.mark.parametrize(("before", "deed"), CELLS)
def test_what_each_deed_makes_of_a_ticket(before: str, deed: str, database: Database) -> None:
    expected = TABLE[before][deed]

    def do(session: Session) -> None:
        ticket = brought(session, before, f"{before} {deed}")
        seen = events(session, ticket)
        was = (ticket.state, ticket.holder, ticket.changed_at)
        if expected.refused:
            with pytest.raises(RefusedError):
                DEEDS[deed](session, ticket)
            session.flush()
            assert (ticket.state, ticket.holder, ticket.changed_at) == was and events(session, ticket) == seen
            return
        DEEDS[deed](session, ticket)
        session.flush()
        assert (ticket.state, ticket.holder) == (expected.state, expected.holder)
        if (ticket.state, ticket.holder) != was[:2]:
            assert len(events(session, ticket)) > len(seen) and ticket.changed_at == NOW, "a change leaves its event"
        its_clocks_agree(ticket, before)

    database.call(do)


def its_clocks_agree(ticket: Ticket, before: str) -> None:
    """Whatever was done."""
    assert ticket.resolve_by is not None
    assert (ticket.resolved_at is None) is (ticket.state is not RESOLVED)
    assert (ticket.snoozed_until is None) is (ticket.state is not SNOOZED)
    if ticket.state is WAITING:
        assert ticket.waiting_since is not None and ticket.reply_by is not None and ticket.held_since is None
    if ticket.state is ASSIGNED:
        assert ticket.held_since in (OPENED, NOW) and (ticket.held_since == OPENED) is (
            ticket.holder == "rosa" and before == "held by Rosa"
        )


def test_the_table_has_every_state_and_every_deed() -> None:
    assert set(TABLE) == set(STATES)
    for state, row in TABLE.items():
        assert set(row) == set(DEEDS) - ({"danger is said"} if state == "resolved" else set())


# Words and replies


def test_the_person_waits_from_their_oldest_word_that_is_not_answered(database: Database) -> None:
    def do(session: Session) -> None:
        ticket = brought(session, "held by Rosa", "oldest word")
        tickets.replied(session, ticket, NOW)
        assert (ticket.waiting_since, ticket.reply_by, ticket.first_replied_at) == (None, None, NOW)
        for minutes in (10, 20):
            tickets.person_wrote(session, ticket.conversation_id, NOW + timedelta(minutes=minutes), TEAM)
        assert ticket.waiting_since == NOW + timedelta(minutes=10) and ticket.reply_by == NOW + timedelta(minutes=130)
        tickets.replied(session, ticket, NOW + timedelta(minutes=30))
        assert ticket.first_replied_at == NOW and ticket.waiting_since is None
        replies = [why for what, _, why in events(session, ticket) if what == "replied"]
        assert replies == [OPENED.isoformat(), (NOW + timedelta(minutes=10)).isoformat()], "for how long each answer took"
        replied = session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.what == "replied"))
        waited = [(datetime.fromisoformat(str(each.why)), each.at) for each in replied]
        assert [clocks.open_minutes_between(TEAM, since, until) for since, until in waited] == [120, 20]

    database.call(do)


def test_danger_shortens_every_term_and_lengthens_none(database: Database) -> None:
    def do(session: Session) -> None:
        ticket = brought(session, "waiting", "danger")
        assert ticket.resolve_by is not None and ticket.urgency == Urgency.NORMAL
        tickets.alert(session, ticket, "threat", NOW, TEAM)
        assert (ticket.urgency, ticket.reply_by) == (Urgency.DANGER, at("2026-11-24 12:00")), "the term it had ends sooner still"
        assert ticket.resolve_by == at("2026-11-25 12:00") and ticket.waiting_since == OPENED
        tickets.press(session, ticket, "not_attended", NOW + timedelta(minutes=5), TEAM)
        assert (ticket.urgency, ticket.reply_by) == (Urgency.DANGER, at("2026-11-24 12:00"))
        assert alerts(session, ticket) == ["new", "danger", "escalated"]

    database.call(do)


def test_a_ticket_is_given_only_to_who_answers_and_is_here(database: Database) -> None:
    def do(session: Session) -> None:
        member(session, "elias", Role.EDITOR)
        member(session, "ana.away", away=True)
        member(session, "gone", revoked=True)
        member(session, "invited", accepted=False)
        session.flush()
        ticket = brought(session, "held by Rosa", "given")
        for name in ("elias", "ana.away", "gone", "invited", "nobody"):
            with pytest.raises(RefusedError, match=name):
                tickets.assign(session, ticket.id, name, "sofia", NOW)
        assert ticket.holder == "rosa"

    database.call(do)


def test_nothing_is_put_off_into_the_past(database: Database) -> None:
    def do(session: Session) -> None:
        ticket = brought(session, "held by Rosa", "past")
        with pytest.raises(RefusedError):
            putting_off.snooze(session, ticket.id, NOW, "rosa", NOW)

    database.call(do)


# What is known when it is opened


def opened(session: Session, content: Content, reason: str, **of_conversation: object) -> Ticket:
    person = conversation(session, f"{reason} {len(of_conversation)} {session.query(Ticket).count()}")
    for name, value in of_conversation.items():
        setattr(person, name, value)
    return tickets.open_ticket(session, person, reason, NOW, content=replace(content, team=replace(TEAM, high=("women",))))


@pytest.mark.parametrize(
    ("reason", "topic", "urgency"),
    [
        ("asked", None, Urgency.NORMAL), ("asked", "employment", Urgency.NORMAL), ("fallback", "women", Urgency.HIGH),
        ("not_attended", None, Urgency.HIGH), ("referral_late", "employment", Urgency.HIGH), ("minor_alone", None, Urgency.DANGER),
        ("suicide", None, Urgency.DANGER),
    ],
)  # fmt: skip
def test_how_urgent_it_is(reason: str, topic: str | None, urgency: Urgency, database: Database, content: Content) -> None:
    if reason == "suicide":
        reason = content.safety.categories[0].name

    def do(session: Session) -> None:
        ticket = opened(session, content, reason, state={"slots": {"topic": topic}})
        assert (ticket.urgency, ticket.topic) == (urgency, topic)
        assert ticket.reply_by == clocks.reply_by(TEAM, urgency, NOW) and ticket.resolve_by == clocks.resolve_by(TEAM, urgency, NOW)

    database.call(do)


@pytest.mark.parametrize(("hours", "urgency"), [(1, Urgency.DANGER), (23, Urgency.DANGER), (25, Urgency.NORMAL)])
def test_who_told_of_a_danger_and_then_asks_for_a_person_is_in_danger(
    hours: int, urgency: Urgency, database: Database, content: Content
) -> None:
    def do(session: Session) -> None:
        person = conversation(session, f"danger {hours}")
        said = Message(
            conversation_id=person.id, direction=Direction.IN, text="…", safety="threat", created_at=NOW - timedelta(hours=hours)
        )
        session.add(said)
        assert sorting.urgency_of(session, person, "asked", None, content, NOW) is urgency

    database.call(do)


def test_the_place_is_that_of_the_request_being_filled_in_or_else_of_the_last_one(database: Database, content: Content) -> None:
    def do(session: Session) -> None:
        person = conversation(session, "place")
        assert sorting.municipality_of(session, person) is None
        for number, key in enumerate(("21114", "21019", None)):
            session.add(
                Referral(
                    folio=f"PTE-26-AAAAA{number}", idempotency_key=str(number), conversation_id=person.id, organization_id="ipam",
                    state=ReferralState.SENT, need="work", municipality=key, details={}, created_at=OPENED, changed_at=OPENED,
                )
            )  # fmt: skip
        session.flush()
        assert sorting.municipality_of(session, person) == "21019"
        progress = replace(run.start(content.questionnaires["referral_intake"]), answers={"municipality": ["15057", "Naucalpan"]})
        waits = replace(run.start(content.questionnaires["find_office"]), waiting=progress.to_json())
        person.questionnaire = waits.to_json()
        assert sorting.municipality_of(session, person) == "15057"

    database.call(do)
