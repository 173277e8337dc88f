"""The one way in which what staff write goes out. Who may, and whether a second person has to read it first, others have seen to."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import audit
from bot.conversation.replies import Reply
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import put
from bot.handoff import drafts, tickets
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.tickets import Ticket, TicketEvent


def deliver(session: Session, ticket: Ticket, writer: str, actor: Actor, action: Action, text: str, around: Surroundings) -> bool:
    """The writer's words go out, by the leave of `actor`. The caller has seen to it that they may."""
    conversation = session.get_one(Conversation, ticket.conversation_id)
    put(session, conversation, [Reply(text)], Direction.STAFF, around)
    sent = session.scalar(select(func.max(Message.id)).where(Message.conversation_id == conversation.id))
    session.add(TicketEvent(ticket_id=ticket.id, what="wrote", who=writer, why=str(sent), at=around.now))
    tickets.replied(session, ticket, around.now)
    drafts.drop(session, ticket.id, writer)
    audit.write(session, actor, action, conversation.reference, around.now)
    return conversation.blocked_at is None
