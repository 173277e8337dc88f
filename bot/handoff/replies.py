"""What staff have written to a person: sent, put before a second reader, or kept as a draft because a colleague was faster."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.conversation import outbox
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import attending, canned, drafts, proposals
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation, Direction, Message
from bot.records.deliveries import Call, OutboxMessage, OutboxState
from bot.records.tickets import TicketEvent


class Outcome(StrEnum):
    SENT = "sent"
    MEANWHILE = "meanwhile"  # sent, and the person has written since the page was shown
    BLOCKED = "blocked"  # written down; the person has blocked the bot
    PROPOSED = "proposed"
    OVERTAKEN = "overtaken"  # not sent: another member has answered since the page was shown


def write(
    session: Session, ticket_id: int, actor: Actor, text: str, around: Surroundings, seen: int | None = None, template: str = ""
) -> Outcome:  # fmt: skip
    """`seen`: the last message that the page showed. `template`: the canned reply it began with. Raises RefusedError."""
    ticket = attending.writable(session, ticket_id, actor)
    said = attending.checked_text(text)
    chosen = canned.usable(session, ticket, actor, template, around) if template else None
    later = _since(session, ticket.conversation_id, seen) if seen is not None else []
    if _another_answered(session, ticket_id, actor, [each.id for each in later if each.direction is Direction.STAFF]):
        drafts.save(session, ticket_id, actor.name, said, around.now)
        return Outcome.OVERTAKEN
    if proposals.is_needed(ticket, around.content):
        proposals.propose(session, ticket, actor, said, around.now)
        return Outcome.PROPOSED
    arrives = attending.reply_to(session, ticket_id, actor, said, around)
    if chosen:
        canned.do_then(session, ticket, actor, chosen, around)
    if not arrives:
        return Outcome.BLOCKED
    return Outcome.MEANWHILE if any(each.direction is Direction.IN for each in later) else Outcome.SENT


def resend(session: Session, ticket_id: int, message_id: int, actor: Actor, now: datetime) -> None:
    """What did not go out is put on its way once more. Raises RefusedError, also when it is on its way already."""
    ticket = attending.writable(session, ticket_id, actor)
    conversation = session.get_one(Conversation, ticket.conversation_id)
    if conversation.blocked_at is not None or conversation.former_chat is not None:
        raise RefusedError("La persona bloqueó al asistente o borró el chat: no le llega nada mientras siga así")
    failed = select(OutboxMessage).where(
        OutboxMessage.message_id == message_id, OutboxMessage.conversation_id == conversation.id, OutboxMessage.call == Call.SEND,
        OutboxMessage.state == OutboxState.FAILED,
    )  # fmt: skip
    found = list(session.scalars(failed.order_by(OutboxMessage.part).with_for_update()))
    if not found:
        raise RefusedError("Ese mensaje ya salió o está en camino; no hace falta volver a mandarlo")
    for row in found:
        outbox.send_again(session, row, now)
    session.add(TicketEvent(ticket_id=ticket.id, what="resent", who=actor.name, why=str(message_id), at=now))
    audit.write(session, actor, Action.TICKET_REPLY, conversation.reference, now, why="resent")


def _since(session: Session, conversation_id: int, seen: int) -> list[Message]:
    query = select(Message).where(Message.conversation_id == conversation_id, Message.id > seen)
    return list(session.scalars(query.order_by(Message.id)))


def _another_answered(session: Session, ticket_id: int, actor: Actor, sent: list[int]) -> bool:
    """Messages of the staff that are not the actor's own, from another window or from the team's group."""
    if not sent:
        return False
    own = select(TicketEvent.why).where(TicketEvent.ticket_id == ticket_id, TicketEvent.what == "wrote", TicketEvent.who == actor.name)
    return bool({str(each) for each in sent} - set(session.scalars(own)))
