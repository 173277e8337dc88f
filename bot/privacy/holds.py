"""Orders of an authority to keep what there is of somebody: while one stands, nothing of it is erased. A person reviews it by its date."""

from datetime import datetime

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.privacy import person
from bot.privacy.person import Person
from bot.records.conversations import Conversation, of_migrants
from bot.records.learning import Learner
from bot.records.privacy import LegalHold


def place(session: Session, by: Actor, whose: Person, why: str, review_at: datetime, now: datetime) -> LegalHold:
    """`why`: the authority and its file number. Raises RefusedError without one."""
    if not why.strip():
        raise RefusedError("Falta quién lo ordena y su expediente, por ejemplo: Juzgado …, expediente …")
    hold = LegalHold(
        conversation_id=whose.named.id if whose.named else None, learner_id=whose.learner.id if whose.learner else None,
        why=why.strip(), placed_by=by.name, placed_at=now, review_at=review_at,
    )  # fmt: skip
    session.add(hold)
    session.flush()
    audit.write(session, by, Action.HOLD_PLACE, whose.reference, now, why.strip())
    return hold


def lift(session: Session, by: Actor, whose: Person, now: datetime) -> int:
    """Those that stand over the conversation by which they were found, and over the official. Returns how many; raises RefusedError when
    none does."""
    named = LegalHold.conversation_id == whose.named.id if whose.named else false()
    theirs = person.of_whom(whose) if whose.is_official else named
    standing = list(session.scalars(select(LegalHold).where(theirs, LegalHold.lifted_at.is_(None)).order_by(LegalHold.id)))
    if not standing:
        raise RefusedError("No hay ninguna orden de no borrar sobre eso")
    for hold in standing:
        hold.lifted_at, hold.lifted_by = now, by.name
    audit.write(session, by, Action.HOLD_PLACE, whose.reference, now, "lift")
    return len(standing)


def every(session: Session, by: Actor, now: datetime) -> list[tuple[LegalHold, str]]:
    """Those over migrants that stand, with the reference of their conversation; what has to be reviewed first stands first."""
    standing = (
        select(LegalHold, Conversation.reference)
        .join(Conversation, Conversation.id == LegalHold.conversation_id)
        .where(LegalHold.lifted_at.is_(None), LegalHold.learner_id.is_(None), of_migrants())
    )
    audit.write(session, by, Action.HOLD_PLACE, None, now, "list")
    return [(hold, reference) for hold, reference in session.execute(standing.order_by(LegalHold.review_at))]


def of_officials(session: Session) -> list[tuple[LegalHold, str]]:
    """The same over officials who learn, with their own reference where they have one; shown beside `every`, which is written down."""
    standing = (
        select(LegalHold, func.coalesce(Learner.reference, Conversation.reference))
        .outerjoin(Learner, Learner.id == LegalHold.learner_id)
        .outerjoin(Conversation, Conversation.id == LegalHold.conversation_id)
        .where(LegalHold.lifted_at.is_(None), or_(LegalHold.learner_id.is_not(None), ~of_migrants()))
    )
    return [(hold, reference) for hold, reference in session.execute(standing.order_by(LegalHold.review_at))]
