"""Who looked at what is kept of a person: from the audit, by role and office and never by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.permissions import Action
from bot.records.audit import AuditEntry

SEEN = {
    Action.TICKET_READ: "conversation",
    Action.FILE_OPEN: "file",
    Action.REFERRAL_READ: "referral",
    Action.IDENTITY_OPEN: "identity",
    Action.CASE_READ: "case",
    Action.PERSON_EXPORT: "copy",
}
"""What was looked at, by the act that the audit names."""


@dataclass(frozen=True)
class Look:
    at: datetime
    role: str
    office: str | None  # organization_id; none: the operator's own staff
    what: str


def looks_at(session: Session, references: Sequence[str]) -> list[Look]:
    """One for each view of what the audit calls so, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject.in_(references), AuditEntry.action.in_([str(each) for each in SEEN]))
    entries = session.scalars(query.order_by(AuditEntry.id))
    return [Look(each.at, each.role, each.office, SEEN[Action(each.action)]) for each in entries if each.role != "person"]
