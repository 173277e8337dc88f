"""What a page of the console shows has another mark when it has changed, and the same as long as it has not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.conversation.surroundings import Surroundings
from bot.handoff import changes, presence, tickets
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage, OutboxState
from bot.records.tickets import ProposalState, ReplyProposal, Ticket, TicketNote, Viewing
from tests.chats import Chat

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ticket(database: Database, content_around: Surroundings) -> int:
    """Held by rosa, who wrote last; luis looks at it, and one reply waits for a second reader."""
    chat = Chat(database, content_around)
    chat.says("persona")

    def hold(session: Session) -> int:
        ticket = session.scalars(select(Ticket)).one()
        tickets.claim(session, ticket.id, "rosa", NOW)
        tickets.replied(session, ticket, NOW)
        session.add(ReplyProposal(ticket_id=ticket.id, who="rosa", text="…", proposed_at=NOW))
        presence.mark(session, ticket.id, "luis", NOW)
        return ticket.id

    return database.call(hold)


def outgoing(session: Session) -> OutboxMessage:
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()


def becomes(state: OutboxState) -> Callable[[Session, int], None]:
    return lambda session, _: setattr(outgoing(session), "state", state)


def decided(session: Session, ticket_id: int) -> None:
    proposal = session.scalars(select(ReplyProposal)).one()
    proposal.state, proposal.decided_at = ProposalState.APPROVED, LATER


CHANGES: dict[str, Callable[[Session, int], object]] = {
    "the person wrote": lambda session, _: tickets.person_wrote(session, session.scalars(select(Conversation.id)).one(), LATER),
    "a note": lambda session, ticket: session.add(TicketNote(ticket_id=ticket, who="luis", text="…", at=LATER)),
    "back to the queue": lambda session, _: tickets.release_all(session, "rosa", "eva", LATER),
    "closed": lambda session, ticket: tickets.close(session, ticket, "rosa", LATER),
    "danger": lambda session, ticket: tickets.alert(session, session.get_one(Ticket, ticket), "suicide", LATER),
    "another topic": lambda session, ticket: setattr(session.get_one(Ticket, ticket), "topic", "health"),
    "on its way": becomes(OutboxState.SENDING),
    "delivered": becomes(OutboxState.SENT),
    "not delivered": becomes(OutboxState.FAILED),
    "approved": decided,
    "somebody else looks": lambda session, ticket: presence.mark(session, ticket, "eva", NOW),
    "somebody writes": lambda session, ticket: presence.mark(session, ticket, "luis", NOW, is_writing=True),
    "nobody looks any more": lambda session, ticket: presence.leave(session, ticket, "luis", NOW),
}
OF_THE_LIST = ("the person wrote", "back to the queue", "closed", "danger", "somebody else looks", "nobody looks any more")


@pytest.mark.parametrize("what", list(CHANGES))
def test_the_page_of_a_conversation_hears_of(what: str, database: Database, ticket: int) -> None:
    before, again = (database.call(changes.look, [ticket], NOW).mark(ticket, "rosa") for _ in range(2))
    assert before == again
    database.call(CHANGES[what], ticket)
    assert database.call(changes.look, [ticket], NOW).mark(ticket, "rosa") != before


@pytest.mark.parametrize("what", list(CHANGES))
def test_the_list_hears_only_of_what_it_shows(what: str, database: Database, ticket: int) -> None:
    before = database.call(changes.look, [], NOW).mark(None, "rosa")
    database.call(CHANGES[what], ticket)
    assert (database.call(changes.look, [], NOW).mark(None, "rosa") != before) is (what in OF_THE_LIST)


def test_a_message_is_heard_of_and_one_in_another_conversation_is_not(
    database: Database, content_around: Surroundings, ticket: int
) -> None:
    other = Chat(database, content_around)
    other.says("hola")
    before = database.call(changes.look, [ticket], NOW).mark(ticket, "rosa")
    other.says("hola")
    assert database.call(changes.look, [ticket], NOW).mark(ticket, "rosa") == before
    database.call(lambda session: session.execute(text("UPDATE message SET conversation_id = (SELECT conversation_id FROM ticket)")))
    assert database.call(changes.look, [ticket], NOW).mark(ticket, "rosa") != before


def test_that_somebody_looks_themselves_is_no_news_to_them(database: Database, ticket: int) -> None:
    before = [database.call(changes.look, [ticket], NOW).mark(each, "rosa") for each in (None, ticket)]
    database.call(presence.mark, ticket, "rosa", NOW, is_writing=True)
    assert [database.call(changes.look, [ticket], NOW).mark(each, "rosa") for each in (None, ticket)] == before


def test_a_sign_of_presence_fades_and_is_forgotten(database: Database, ticket: int) -> None:
    database.call(presence.mark, ticket, "luis", NOW, is_writing=True)
    at = {seconds: database.call(presence.others, ticket, "rosa", NOW + timedelta(seconds=seconds)) for seconds in (9, 29, 30)}
    assert at == {9: [presence.Viewer("luis", True)], 29: [presence.Viewer("luis", False)], 30: []}
    assert database.call(presence.forget, NOW + presence.KEPT_FOR) == 0
    assert database.call(presence.forget, NOW + presence.KEPT_FOR + timedelta(seconds=1)) == 1


def test_a_page_that_was_closed_a_moment_ago_still_has_its_row(database: Database, ticket: int) -> None:
    """Opened again within two minutes it is no other opening for the audit."""
    database.call(presence.leave, ticket, "luis", NOW)
    [seen_at] = database.call(lambda session: list(session.scalars(select(Viewing.seen_at))))
    assert NOW - timedelta(minutes=1) < seen_at <= NOW - presence.SEEN_FOR
    assert database.call(presence.others, ticket, "rosa", NOW) == []


def test_a_ticket_that_is_erased_meanwhile_is_left_alone(database: Database, ticket: int) -> None:
    database.call(presence.mark, ticket + 1, "luis", NOW)
    database.call(presence.leave, ticket + 1, "luis", NOW)
    assert database.call(changes.look, [ticket + 1], NOW).tickets == {}
