"""Every update is written here before it is acknowledged, and dealt with exactly once, in order for each chat.

A row is leased while it is dealt with: a process that dies leaves a lease that runs out, and a process that comes back late
finds that the row is no longer its own. A lease that ends later than any could is of before the clock was put back: it holds nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from bot.conversation.incoming import Incoming
from bot.records.columns import KeyRing, Moment
from bot.records.deliveries import InboxUpdate

LEASE = timedelta(seconds=30)  # far longer than a turn can take: Rasa is given 2 s
LONGEST_LEASE = 2 * LEASE  # by the clock of another process


@dataclass(frozen=True)
class Arrival:
    """An update as a door hands it over."""

    bot_id: str
    update_id: str
    chat_id: str
    incoming: Incoming
    received_at: datetime


@dataclass(frozen=True)
class Accepted:
    id: int
    done: bool  # known from before and already dealt with


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

    @property
    def key(self) -> str:
        """Names the update for good: SQLite gives the number of a deleted row out again."""
        return f"{self.bot_id}:{self.id}:{self.received_at.timestamp()}"


# Built once: putting a statement together costs more than running it.
_older = aliased(InboxUpdate)
_OLDEST_FREE = (
    select(InboxUpdate.id, InboxUpdate.bot_id, InboxUpdate.chat, InboxUpdate.incoming, InboxUpdate.attempts, InboxUpdate.received_at)
    .where(
        InboxUpdate.bot_id.in_(bindparam("bots", expanding=True)),
        InboxUpdate.done_at.is_(None),
        or_(
            InboxUpdate.leased_until.is_(None),
            InboxUpdate.leased_until < bindparam("now", type_=Moment),
            InboxUpdate.leased_until > bindparam("beyond", type_=Moment),
        ),
        ~exists().where(
            _older.bot_id == InboxUpdate.bot_id, _older.chat == InboxUpdate.chat, _older.done_at.is_(None), _older.id < InboxUpdate.id
        ),
    )
    .order_by(InboxUpdate.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_table = cast(Table, InboxUpdate.__table__)
_LEASE = (
    update(_table)
    .where(_table.c.id == bindparam("row"))
    .values(leased_by=bindparam("worker"), leased_until=bindparam("until"), attempts=bindparam("tries"))
)
_FINISH = (
    update(_table)
    .where(_table.c.id == bindparam("row"), _table.c.leased_by == bindparam("worker"), _table.c.done_at.is_(None))
    .values(done_at=bindparam("at"), leased_by=None, leased_until=None)
)
_KNOWN = select(InboxUpdate.id, InboxUpdate.done_at).where(
    InboxUpdate.bot_id == bindparam("bot"), InboxUpdate.update_id == bindparam("update")
)
_INSERT = {
    name: dialect.insert(_table).on_conflict_do_nothing(index_elements=["bot_id", "update_id"]).returning(_table.c.id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def chat_hash(bot_id: str, chat_id: str) -> str:
    return KeyRing.current().hash("chat", bot_id, chat_id)


def accept(session: Session, arrivals: list[Arrival]) -> list[Accepted]:
    """Write updates down; those already known are left as they are. Answers in the order given."""
    insert = _INSERT[session.get_bind().dialect.name]
    accepted = []
    for arrival in arrivals:
        row = {
            "bot_id": arrival.bot_id,
            "update_id": arrival.update_id,
            "chat": chat_hash(arrival.bot_id, arrival.chat_id),
            "incoming": {"chat_id": arrival.chat_id, **arrival.incoming.to_json()},
            "received_at": arrival.received_at,
            "attempts": 0,
        }
        new_id = session.execute(insert, row).scalar()
        if new_id is not None:
            accepted.append(Accepted(new_id, False))
        else:
            known = session.execute(_KNOWN, {"bot": arrival.bot_id, "update": arrival.update_id}).one()
            accepted.append(Accepted(known.id, known.done_at is not None))
    return accepted


def claim(session: Session, bot_ids: list[str], worker: str, now: datetime) -> Claimed | None:
    """The oldest open update whose chat nobody deals with, leased to `worker`."""
    found = session.execute(_OLDEST_FREE, {"bots": bot_ids, "now": now, "beyond": now + LONGEST_LEASE}).first()
    if found is None:
        return None
    session.execute(_LEASE, {"row": found.id, "worker": worker, "until": now + LEASE, "tries": found.attempts + 1})
    stored = dict(found.incoming or {})
    chat_id = stored.pop("chat_id")
    return Claimed(found.id, found.bot_id, found.chat, chat_id, Incoming.from_json(stored), found.attempts + 1, found.received_at)


def set_aside(session: Session, claimed: Claimed, worker: str, now: datetime) -> None:
    """After a failed turn was rolled back with its claim: count the attempt and try again when the lease runs out."""
    session.execute(_LEASE, {"row": claimed.id, "worker": worker, "until": now + LEASE, "tries": claimed.attempts})


def finish(session: Session, inbox_id: int, worker: str, now: datetime) -> bool:
    """Mark it done in the turn's own transaction. False: the lease was lost and another process has it."""
    done = session.execute(_FINISH, {"row": inbox_id, "worker": worker, "at": now})
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def forget(session: Session, inbox_id: int) -> None:
    """Empty what arrived in one update at once: where somebody is need not be known any longer."""
    session.execute(update(InboxUpdate).where(InboxUpdate.id == inbox_id).values(incoming=None))


def anonymize(session: Session, inbox_id: int) -> None:
    """Only `(bot_id, update_id)` stays, so that a repeat is still recognized; nothing leads to the chat."""
    session.execute(update(InboxUpdate).where(InboxUpdate.id == inbox_id).values(chat=secrets.token_hex(16), incoming=None))


def release(session: Session, bot_ids: list[str]) -> None:
    """Take every lease back: only for a process that knows it is the only one (SQLite with the folder's lock)."""
    session.execute(
        update(InboxUpdate).where(InboxUpdate.bot_id.in_(bot_ids), InboxUpdate.done_at.is_(None)).values(leased_by=None, leased_until=None)
    )


def purge(session: Session, before: datetime) -> int:
    """Empty what arrived in updates done before that moment; the row stays, so that a repeat is still recognized."""
    emptied = session.execute(
        update(InboxUpdate).where(InboxUpdate.done_at < before, InboxUpdate.incoming.is_not(None)).values(incoming=None)
    )
    return int(emptied.rowcount)  # type: ignore[attr-defined]
