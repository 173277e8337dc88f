"""Who of the staff answers people, and who of them is here."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.records.staff import Role, Staff

DESK = (Role.AGENT, Role.SUPERVISOR)


def names(session: Session) -> Sequence[str]:
    """In order."""
    return session.scalars(select(Staff.name).where(_answers()).order_by(Staff.name)).all()


def has_anyone(session: Session) -> bool:
    """Has anybody of the desk an account that can be used?"""
    return session.scalar(select(Staff.id).where(_answers()).limit(1)) is not None


def is_anyone_here(session: Session) -> bool:
    """Does anybody of the desk take new ones?"""
    return session.scalar(select(Staff.id).where(_answers(), Staff.is_away.is_(False)).limit(1)) is not None


def check_takes(session: Session, name: str) -> None:
    """Raises RefusedError when that member cannot be given a ticket."""
    member = session.scalar(select(Staff).where(Staff.name == name, _answers()))
    if member is None:
        raise RefusedError(f"{name} no contesta peticiones; elija a alguien de atención o de supervisión")
    if member.is_away:
        raise RefusedError(f"{name} no está ahora; elija a otra persona o espere a que vuelva")


def _answers() -> ColumnElement[bool]:
    return and_(Staff.role.in_(DESK), Staff.accepted_at.is_not(None), Staff.revoked_at.is_(None))
