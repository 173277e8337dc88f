"""The audit: who read or wrote what, when and for which office. Each row's keyed digest covers the row before it.

Without the keys nobody can make a row that fits, so an altered, added or missing one is found. Rows cut off at the end leave a chain that
fits: for that, `head` is noted outside (it is logged once a day) and `verify` is given it.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.columns import KeyRing

_ONE_AT_A_TIME = 7_238_471  # the name of PostgreSQL's lock; SQLite has one writer anyway
_BATCH = 1000


def write(session: Session, actor: Actor, action: Action | str, subject: str | None, now: datetime, why: str | None = None) -> AuditEntry:
    """One more row. `subject`: the `reference` of the conversation it is about."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
    entry = AuditEntry(
        at=now, who=actor.name, role=actor.role or actor.name, office=actor.organization_id, action=str(action), subject=subject,
        why=why or None, why_digest=_hash("why", why) if why else None, digest="",
    )  # fmt: skip
    entry.digest = _digest(entry, head(session))
    session.add(entry)
    session.flush()
    return entry


def head(session: Session) -> str:
    """The digest of the last row: who keeps it elsewhere can tell later that nothing before it was cut off."""
    return session.scalar(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)) or ""


def about(session: Session, subject: str, actions: tuple[str, ...] = ()) -> list[AuditEntry]:
    """What was done to one conversation, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    return list(session.scalars(query.where(AuditEntry.action.in_(actions)) if actions else query))


def verify(session: Session, noted: str | None = None) -> tuple[int, int | None]:
    """How many rows there are, and the first that does not fit (0: the `noted` head is not among them); None when all fit."""
    previous, count, met = "", 0, noted is None
    for entry in _all(session):
        count += 1
        if entry.digest != _digest(entry, previous) or (entry.why and entry.why_digest != _hash("why", entry.why)):
            return count, entry.id
        previous = entry.digest
        met = met or entry.digest == noted
    return count, None if met else 0


def _all(session: Session) -> Iterator[AuditEntry]:
    yield from session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=_BATCH))


def _digest(entry: AuditEntry, previous: str) -> str:
    said = [previous, entry.at.isoformat(), entry.who, entry.role, entry.office, entry.action, entry.subject, entry.why_digest]
    return _hash(*(each or "" for each in said))


def _hash(*parts: str) -> str:
    return KeyRing.current().hash("audit", *parts)
