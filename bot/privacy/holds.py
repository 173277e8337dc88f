"""Orders of an authority to keep what there is of somebody: while one stands, nothing of it is erased. A person reviews it by its date."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.conversations import Conversation
from bot.records.privacy import LegalHold


def place(session: Session, by: Actor, conversation: Conversation, why: str, review_at: datetime, now: datetime) -> LegalHold:
    """`why`: the authority and its file number. Raises RefusedError without one."""
    if not why.strip():
        raise RefusedError("Falta quién lo ordena y su expediente, por ejemplo: Juzgado …, expediente …")
    hold = LegalHold(conversation_id=conversation.id, why=why.strip(), placed_by=by.name, placed_at=now, review_at=review_at)
    session.add(hold)
    session.flush()
    audit.write(session, by, Action.HOLD_PLACE, conversation.reference, now, why.strip())
    return hold


def lift(session: Session, by: Actor, conversation: Conversation, now: datetime) -> int:
    """Those that stand over this conversation. Returns how many; raises RefusedError when none does."""
    standing = of_conversation(session, conversation)
    if not standing:
        raise RefusedError("No hay ninguna orden de no borrar sobre eso")
    for hold in standing:
        hold.lifted_at, hold.lifted_by = now, by.name
    audit.write(session, by, Action.HOLD_PLACE, conversation.reference, now, "lift")
    return len(standing)


def of_conversation(session: Session, conversation: Conversation) -> list[LegalHold]:
    standing = select(LegalHold).where(LegalHold.conversation_id == conversation.id, LegalHold.lifted_at.is_(None))
    return list(session.scalars(standing.order_by(LegalHold.id)))


def every(session: Session, by: Actor, now: datetime) -> list[tuple[LegalHold, str]]:
    """Those that stand, with the reference of their conversation; what has to be reviewed first stands first."""
    standing = (
        select(LegalHold, Conversation.reference)
        .join(Conversation, Conversation.id == LegalHold.conversation_id)
        .where(LegalHold.lifted_at.is_(None))
        .order_by(LegalHold.review_at)
    )
    audit.write(session, by, Action.HOLD_PLACE, None, now, "list")
    return [(hold, reference) for hold, reference in session.execute(standing)]
