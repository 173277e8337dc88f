"""The audit: who read or wrote what, when and for which office. Each row's keyed digest covers the row before it.

Without the keys nobody can make a row that fits, so an altered, added or missing one is found. Rows cut off at the end leave a chain that
fits: for that, `head` is noted outside (it is logged once a day) and `verify` is given it.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import LargeBinary, select, text, type_coerce
from sqlalchemy.orm import Session, defer

from bot.errors import KeysError
from bot.permissions import Action, Actor, require
from bot.records.audit import AuditEntry
from bot.records.columns import KeyRing
from bot.records.conversations import Conversation

_ONE_AT_A_TIME = 7_238_471  # the name of PostgreSQL's lock; SQLite has one writer anyway
_BATCH = 1000


def write(session: Session, actor: Actor, action: Action | str, subject: str | None, now: datetime, why: str | None = None) -> AuditEntry:
    """One more row, written after what it is about: `subject` is the `reference` of that conversation."""
    if session.get_bind().dialect.name == "postgresql":  # flushes first: who waits for a row must not hold the lock meanwhile
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
    count, last = length_and_head(session)
    entry = AuditEntry(
        id=count + 1, at=now, who=actor.name, role=actor.role or actor.name, office=actor.organization_id,
        action=str(action), subject=subject, why=why or None, why_digest=_hash("why", why) if why else None, digest="",
    )  # fmt: skip
    entry.digest = _digest(entry, last)
    session.add(entry)
    session.flush()
    return entry


def write_about(
    session: Session, actor: Actor, action: Action | str, conversation_id: int, now: datetime, why: str | None = None
) -> AuditEntry:  # fmt: skip
    """One more row about the conversation of that number."""
    return write(session, actor, action, session.get_one(Conversation, conversation_id).reference, now, why)


def head(session: Session) -> str:
    """The digest of the last row: who keeps it elsewhere can tell later that nothing before it was cut off."""
    return length_and_head(session)[1]


def length_and_head(session: Session) -> tuple[int, str]:
    """How many rows there are, and `head`."""
    last = session.execute(select(AuditEntry.id, AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)).first()
    return (last.id, last.digest) if last else (0, "")


def about(session: Session, subject: str, actions: tuple[str, ...] = ()) -> list[AuditEntry]:
    """What was done to one conversation, oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id)
    return list(session.scalars(query.where(AuditEntry.action.in_(actions)) if actions else query))


def has_done(session: Session, actor: Actor, action: Action, since: datetime) -> bool:
    """Stands there, without a reason, that they did that lately?"""
    done = select(AuditEntry.at).where(AuditEntry.who == actor.name, AuditEntry.action == action, AuditEntry.why_digest.is_(None))
    last = session.scalar(done.order_by(AuditEntry.id.desc()).limit(1))
    return last is not None and last > since


def read(session: Session, actor: Actor, subject: str, now: datetime) -> list[AuditEntry]:
    """`about` for somebody who looks at it, which is written down before anything is shown."""
    found = about(session, subject)
    write(session, actor, Action.AUDIT_READ, subject, now)
    return found


@dataclass(frozen=True)
class Sought:
    """Which rows are read, newest first; None: all of them. `before`: the number of the last row that was shown."""

    subject: str | None = None
    who: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def search(session: Session, actor: Actor, sought: Sought, now: datetime, most: int = 50) -> list[AuditEntry]:
    """One more than asked for where there are more. The reading is written down."""
    require(actor, Action.AUDIT_READ)
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(most + 1)
    for column, value in ((AuditEntry.subject, sought.subject), (AuditEntry.who, sought.who), (AuditEntry.action, sought.action)):
        query = query.where(column == value) if value else query
    if sought.since is not None:
        query = query.where(AuditEntry.at >= sought.since)
    if sought.until is not None:
        query = query.where(AuditEntry.at < sought.until)
    if sought.before is not None:
        query = query.where(AuditEntry.id < sought.before)
    found = list(session.scalars(query))
    write(session, actor, Action.AUDIT_READ, sought.subject, now)
    return found


def verify(session: Session, noted: str | None = None) -> tuple[int, int | None]:
    """How many rows there are, and the first that does not fit (0: the `noted` head is not among them); None when all fit."""
    checked = Checked()
    while not checked.is_done:
        checked = verify_some(session, checked, noted)
    return checked.count, checked.wrong(noted)


@dataclass(frozen=True)
class Checked:
    """How far a verification has come: the rows that fit so far, and the digest of the last of them."""

    count: int = 0
    head: str = ""
    has_met: bool = False  # the head that was noted outside
    broken: int | None = None  # the first row that does not fit
    is_done: bool = False

    def wrong(self, noted: str | None) -> int | None:
        return self.broken if self.broken is not None or noted is None or self.has_met else 0


def verify_some(session: Session, so_far: Checked, noted: str | None = None, most: int = _BATCH) -> Checked:
    """The next rows: in steps, so that nobody waits for the whole chain. Rows added meanwhile are verified too."""
    previous, count, met, seen = so_far.head, so_far.count, so_far.has_met, 0
    for entry, why in _after(session, so_far.count, most):
        seen += 1
        if entry.id != count + 1 or entry.digest != _digest(entry, previous) or not _is_the_reason(why, entry.why_digest):
            return Checked(count + 1, previous, met, entry.id, is_done=True)
        previous, count = entry.digest, count + 1
        met = met or entry.digest == noted
    return Checked(count, previous, met, is_done=seen < most)


def _after(session: Session, number: int, most: int) -> list[tuple[AuditEntry, bytes | None]]:
    """Each row and its reason as it is stored: what cannot be decrypted does not fit, and must not stop the search."""
    stored = type_coerce(AuditEntry.__table__.c.why, LargeBinary)
    query = select(AuditEntry, stored).options(defer(AuditEntry.why)).where(AuditEntry.id > number).order_by(AuditEntry.id)
    return [(row[0], row[1]) for row in session.execute(query.limit(most))]


def _is_the_reason(stored: bytes | None, digest: str | None) -> bool:
    """A reason may be erased; its digest stays."""
    if stored is None:
        return True
    try:
        return digest == _hash("why", KeyRing.current().decrypt(stored))
    except KeysError:
        return False


def _digest(entry: AuditEntry, previous: str) -> str:
    at = entry.at.astimezone(UTC).isoformat()
    said = [previous, at, entry.who, entry.role, entry.office, entry.action, entry.subject, entry.why_digest]
    return _hash("row", json.dumps(said))  # nothing and an empty text are not the same


def _hash(*parts: str) -> str:
    return KeyRing.current().hash("audit", *parts)
