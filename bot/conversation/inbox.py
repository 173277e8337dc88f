"""Every update is written here before it is acknowledged, and dealt with exactly once, in order for each chat.

A row is leased while it is dealt with: a process that dies leaves a lease that runs out, and a process that comes back late
finds that the row is no longer its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from bot.conversation.incoming import Incoming
from bot.records.columns import KeyRing
from bot.records.deliveries import InboxUpdate

LEASE = timedelta(seconds=30)  # far longer than a turn can take: Rasa is given 2 s


@dataclass(frozen=True)
class Arrival:
    """An update as a door hands it over."""

    bot_id: str
    update_id: str
    chat_id: str
    incoming: Incoming
    received_at: datetime


@dataclass(frozen=True)
class Claimed:
    """An update that this process now deals with."""

    id: int
    bot_id: str
    chat: str
    chat_id: str
    incoming: Incoming
    attempts: int
    received_at: datetime


def chat_hash(bot_id: str, chat_id: str) -> str:
    return KeyRing.current().hash("chat", bot_id, chat_id)


def accept(session: Session, arrivals: list[Arrival]) -> list[int]:
    """Write updates down; those already known are left as they are. Returns the row ids in the order given."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    ids = []
    for arrival in arrivals:
        row = {
            "bot_id": arrival.bot_id,
            "update_id": arrival.update_id,
            "chat": chat_hash(arrival.bot_id, arrival.chat_id),
            "incoming": {"chat_id": arrival.chat_id, **arrival.incoming.to_json()},
            "received_at": arrival.received_at,
            "attempts": 0,
        }
        insert = dialect.insert(InboxUpdate).values(row).on_conflict_do_nothing(index_elements=["bot_id", "update_id"]).returning(InboxUpdate.id)
        new_id = session.execute(insert).scalar_one_or_none()
        ids.append(new_id if new_id is not None else _known(session, arrival))
    return ids


def claim(session: Session, bot_ids: list[str], worker: str, now: datetime, most: int) -> list[Claimed]:
    """The oldest open update of each chat that nobody deals with, leased to `worker`."""
    older = aliased(InboxUpdate)
    open_before = exists().where(older.bot_id == InboxUpdate.bot_id, older.chat == InboxUpdate.chat, older.done_at.is_(None), older.id < InboxUpdate.id)
    free = or_(InboxUpdate.leased_until.is_(None), InboxUpdate.leased_until < now)
    query = (
        select(InboxUpdate)
        .where(InboxUpdate.bot_id.in_(bot_ids), InboxUpdate.done_at.is_(None), free, ~open_before)
        .order_by(InboxUpdate.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = []
    for row in session.scalars(query):
        row.leased_by, row.leased_until, row.attempts = worker, now + LEASE, row.attempts + 1
        stored = dict(row.incoming or {})
        chat_id = stored.pop("chat_id")
        claimed.append(Claimed(row.id, row.bot_id, row.chat, chat_id, Incoming.from_json(stored), row.attempts, row.received_at))
    return claimed


def finish(session: Session, inbox_id: int, worker: str, now: datetime) -> bool:
    """Mark it done in the turn's own transaction. False: the lease was lost and another process has it."""
    done = session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.id == inbox_id, InboxUpdate.leased_by == worker, InboxUpdate.done_at.is_(None))
        .values(done_at=now, leased_by=None, leased_until=None)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def is_done(session: Session, inbox_id: int) -> bool:
    return session.scalar(select(InboxUpdate.done_at).where(InboxUpdate.id == inbox_id)) is not None


def release(session: Session, bot_ids: list[str]) -> None:
    """Take every lease back: only for a process that knows it is the only one (SQLite with the folder's lock)."""
    session.execute(update(InboxUpdate).where(InboxUpdate.bot_id.in_(bot_ids), InboxUpdate.done_at.is_(None)).values(leased_by=None, leased_until=None))


def purge(session: Session, before: datetime) -> int:
    """Empty what arrived in updates done before that moment; the row stays, so that a repeat is still recognized."""
    emptied = session.execute(update(InboxUpdate).where(InboxUpdate.done_at < before, InboxUpdate.incoming.is_not(None)).values(incoming=None))
    return int(emptied.rowcount)  # type: ignore[attr-defined]


def _known(session: Session, arrival: Arrival) -> int:
    known = select(InboxUpdate.id).where(InboxUpdate.bot_id == arrival.bot_id, InboxUpdate.update_id == arrival.update_id)
    return session.execute(known).scalar_one()
