"""What staff do with a ticket: take it, write to the person, open what they sent, hand the chat back. Each is one row of the audit."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.conversation.replies import Reply
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import put
from bot.conversation.unasked import rendered, tell
from bot.errors import RefusedError
from bot.handoff import attachments, tickets
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Direction
from bot.records.tickets import Ticket
from bot.referrals import visible


def open_file(session: Session, ticket_id: int, number: int, actor: Actor, why: str, now: datetime) -> str:
    """What the file is fetched by, and the opening written down with its reason. Raises RefusedError."""
    reason = visible.checked_reason(why)
    file_id = attachments.open_for(session, ticket_id, number, actor.name, now)
    conversation = session.get_one(Conversation, tickets.get(session, ticket_id).conversation_id)
    audit.write(session, actor, Action.FILE_OPEN, conversation.reference, now, why=reason)
    return file_id


def claim_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> Ticket:
    ticket = tickets.claim(session, ticket_id, actor.name, around.now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    audit.write(session, actor, Action.TICKET_CLAIM, conversation.reference, around.now)
    return ticket


def release_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> Ticket:
    """Back to the queue: the assistant speaks again and others can take it."""
    ticket = tickets.release(session, ticket_id, actor.name, around.now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    audit.write(session, actor, Action.TICKET_CLAIM, conversation.reference, around.now, "release")
    return ticket


def reply_to(session: Session, ticket_id: int, actor: Actor, text: str, around: Surroundings) -> bool:
    """False: it is written down, but the person has blocked the bot."""
    if not text.strip():
        raise RefusedError('Falta el texto: ./puente tickets reply 12 "Buenas tardes…"')
    ticket = tickets.held(session, ticket_id, actor.name)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    put(session, conversation, [Reply(text.strip())], Direction.STAFF, around)
    tickets.replied(session, ticket, around.now)
    audit.write(session, actor, Action.TICKET_REPLY, conversation.reference, around.now)
    return conversation.blocked_at is None


def close_ticket(session: Session, ticket_id: int, actor: Actor, around: Surroundings) -> None:
    ticket = tickets.close(session, ticket_id, actor.name, around.now)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    conversation.misses = 0
    tell(session, conversation, rendered(conversation, "utter_ticket_closed", around), around)
    audit.write(session, actor, Action.TICKET_CLOSE, conversation.reference, around.now)
