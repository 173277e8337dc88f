"""The team as its page and its command list it: who, in which state, last seen when, with how many conversations."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.records.conversations import of_migrants
from bot.records.staff import Role, Staff, StaffSession
from bot.records.tickets import Ticket, TicketState


@dataclass(frozen=True)
class Colleague:
    """`state`: active, away, invited (the link can be followed), expired (it cannot any more), locked, revoked."""

    name: str
    role: Role
    organization_id: str | None
    state: str
    seen_at: datetime | None
    holds: int
    is_enrolled: bool


def read(session: Session, now: datetime) -> list[Colleague]:
    """Those who work here first."""
    last = select(StaffSession.staff_id, func.max(StaffSession.seen_at)).group_by(StaffSession.staff_id)
    theirs = select(Ticket.holder, func.count()).where(of_migrants(Ticket.conversation_id))
    held = theirs.where(Ticket.state.in_((TicketState.ASSIGNED, TicketState.SNOOZED))).group_by(Ticket.holder)
    seen, holds = ({row[0]: row[1] for row in session.execute(query)} for query in (last, held))
    members = session.scalars(select(Staff).order_by(Staff.revoked_at.is_not(None), Staff.name))
    return [
        Colleague(
            each.name, each.role, each.organization_id, state_of(each, now), seen.get(each.id), holds.get(each.name, 0),
            is_enrolled=each.totp is not None,
        )
        for each in members
    ]  # fmt: skip


def state_of(member: Staff, now: datetime) -> str:
    if member.revoked_at:
        return "revoked"
    if not member.totp:
        return "invited" if member.invitation and member.invitation_expires_at and member.invitation_expires_at >= now else "expired"
    if member.locked_until and member.locked_until > now:
        return "locked"
    return "away" if member.is_away else "active"
