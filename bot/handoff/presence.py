"""Who has the page of a conversation open, so that two do not write the same. It is a sign, no lock: what two may not both do, the
services refuse.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.records.tickets import Ticket, Viewing

SEEN_FOR = timedelta(seconds=30)
WRITING_FOR = timedelta(seconds=10)
KEPT_FOR = timedelta(hours=1)

type Place = tuple[int, str]
"""A ticket, and who has its page open."""

_viewing, _ticket = cast(Table, Viewing.__table__), cast(Table, Ticket.__table__)
_FROM_TICKET = select(_ticket.c.id, bindparam("who", type_=_viewing.c.who.type), bindparam("at", type_=_viewing.c.seen_at.type)).where(
    _ticket.c.id == bindparam("ticket")
)


def _mark(insert: Any) -> Any:
    made = insert(_viewing).from_select(["ticket_id", "who", "seen_at"], _FROM_TICKET)
    return made.on_conflict_do_update(index_elements=["ticket_id", "who"], set_={"seen_at": made.excluded.seen_at})


_MARK = {"sqlite": _mark(sqlite.insert), "postgresql": _mark(postgresql.insert)}
_OF = (
    select(_viewing.c.ticket_id, _viewing.c.who, _viewing.c.writing_at)
    .where(_viewing.c.ticket_id.in_(bindparam("tickets", expanding=True)), _viewing.c.seen_at > bindparam("since"))
    .order_by(_viewing.c.who)
)
_NOW = select(_viewing.c.ticket_id, _viewing.c.who, _viewing.c.writing_at).where(_viewing.c.seen_at > bindparam("since"))


@dataclass(frozen=True)
class Viewer:
    who: str
    is_writing: bool


def mark(session: Session, ticket_id: int, who: str, now: datetime, is_writing: bool = False) -> None:
    """They have it open now. A ticket that is not there (any more) is left alone."""
    session.execute(_MARK[session.get_bind().dialect.name], {"ticket": ticket_id, "who": who, "at": now})
    if is_writing:
        session.execute(update(Viewing).where(Viewing.ticket_id == ticket_id, Viewing.who == who).values(writing_at=now))


def read(session: Session, ticket_id: int, who: str, now: datetime) -> None:
    """What is said in it is given to them now: the caller has written that down, or `has_read` it lately."""
    mark(session, ticket_id, who, now)
    session.execute(update(Viewing).where(Viewing.ticket_id == ticket_id, Viewing.who == who).values(read_at=now))


def has_read(session: Session, ticket_id: int, who: str, since: datetime) -> bool:
    """Other marks do not count: a stream or a draft shows nothing of anybody, so nobody wrote it down."""
    mine = select(Viewing.id).where(Viewing.ticket_id == ticket_id, Viewing.who == who, Viewing.read_at > since)
    return session.scalar(mine) is not None


def leave(session: Session, ticket_id: int, who: str, now: datetime) -> None:
    """They have closed it. The row stays for a while: coming back soon is not another opening."""
    closed = update(Viewing).where(Viewing.ticket_id == ticket_id, Viewing.who == who, Viewing.seen_at > now - SEEN_FOR)
    session.execute(closed.values(seen_at=now - SEEN_FOR, writing_at=None))


def others(session: Session, ticket_id: int, who: str, now: datetime) -> list[Viewer]:
    """Who else has it open, by name."""
    return [viewer for viewer in of(session, [ticket_id], now).get(ticket_id, []) if viewer.who != who]


def of(session: Session, tickets: Collection[int], now: datetime) -> dict[int, list[Viewer]]:
    """Who has these open, by name; a ticket that nobody has open is not in it."""
    return _viewers(session.execute(_OF, {"tickets": list(tickets), "since": now - SEEN_FOR}), now)


def everywhere(session: Session, now: datetime) -> dict[int, list[Viewer]]:
    """The same of all tickets."""
    return _viewers(session.execute(_NOW, {"since": now - SEEN_FOR}), now)


def forget(session: Session, now: datetime) -> int:
    """Who looked when is nobody's business later: that stands in the audit."""
    gone = session.execute(delete(Viewing).where(Viewing.seen_at < now - KEPT_FOR))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _viewers(rows: Any, now: datetime) -> dict[int, list[Viewer]]:
    found: defaultdict[int, list[Viewer]] = defaultdict(list)
    for ticket_id, who, writing_at in rows:
        found[ticket_id].append(Viewer(who, writing_at is not None and writing_at > now - WRITING_FOR))
    return dict(found)
