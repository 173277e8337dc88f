"""The page of a conversation is opened: everything that it shows, and one row of the audit for each time that somebody opens it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import audit
from bot.conversation.surroundings import Surroundings
from bot.handoff import attending, canned, drafts, packet, presence, proposals, roster, tickets, timeline
from bot.permissions import Action, Actor, may
from bot.records.conversations import Conversation
from bot.records.tickets import Ticket, TicketEvent

STILL_OPEN = timedelta(minutes=2)  # a page that did not come again for longer was closed


@dataclass(frozen=True)
class Proposed:
    id: int
    who: str
    text: str
    at: datetime
    is_mine: bool


@dataclass(frozen=True)
class Opened:
    packet: packet.Packet
    talk: timeline.Talk
    language: str  # of the person
    may_write: bool
    draft: str
    proposed: Proposed | None
    returned: tuple[str, str] | None  # who read it, and what they ask to change
    offered: tuple[canned.Offered, ...]
    inserted: canned.Inserted | None
    colleagues: tuple[str, ...]  # to whom it may be passed


@dataclass(frozen=True)
class Asked:
    """`refreshes`: a script of the open page asks again. `before`: earlier messages. `template`: a prepared reply to put in the box."""

    language: str  # of whoever reads
    refreshes: bool = False
    before: int | None = None
    template: str = ""


def open_page(session: Session, ticket_id: int, actor: Actor, asked: Asked, around: Surroundings) -> Opened:
    """Raises RefusedError."""
    ticket = tickets.get(session, ticket_id)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    if not (asked.refreshes and presence.has_read(session, ticket.id, actor.name, around.now - STILL_OPEN)):
        session.add(TicketEvent(ticket_id=ticket.id, what="viewed", who=actor.name, at=around.now))
        audit.write(session, actor, Action.TICKET_READ, conversation.reference, around.now)
    presence.read(session, ticket.id, actor.name, around.now)
    may_write = attending.may_write(ticket, actor)
    returned = proposals.last_returned(session, ticket.id, actor.name)
    return Opened(
        packet.packet_of(session, ticket, actor, around.content, around.now),
        timeline.read(session, actor, ticket, asked.language, around.now, asked.before),
        conversation.language, may_write, drafts.text_of(session, ticket.id, actor.name), _proposed(session, ticket, actor),
        (returned.decided_by or "", returned.why or "") if returned else None,
        tuple(canned.offered(session, ticket, actor, around)) if may_write else (),
        canned.insert(session, ticket, actor, asked.template, around) if may_write and asked.template else None,
        _colleagues(session, ticket) if may(actor.role, Action.TICKET_ASSIGN) else (),
    )  # fmt: skip


def _proposed(session: Session, ticket: Ticket, actor: Actor) -> Proposed | None:
    found = proposals.waiting_of(session, ticket.id)
    return Proposed(found.id, found.who, found.text, found.proposed_at, found.who == actor.name) if found else None


def _colleagues(session: Session, ticket: Ticket) -> tuple[str, ...]:
    """Who attends people and does not have it."""
    return tuple(name for name in roster.names(session) if name != ticket.holder)
