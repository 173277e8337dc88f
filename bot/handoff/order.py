"""The order in which staff take tickets: the most urgent first, then who waits longest.

Each urgency is walked along ix_ticket_queue by itself, those who wait before those who have their answer, so that a page of it costs the
same however many wait, and both databases agree on where an empty moment stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from bot.records.conversations import of_migrants
from bot.records.tickets import Ticket, TicketState, Urgency

OPEN = (TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED)
ANSWERED_NOW = (TicketState.WAITING, TicketState.ASSIGNED)  # what was put off is not late
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """A line's place in its list: where the next page goes on. `at`: since when they wait, or when it was closed."""

    urgency: int
    at: datetime | None
    id: int

    def __str__(self) -> str:
        return f"{self.urgency}.{'' if self.at is None else (self.at - _EPOCH) // _MICROSECOND}.{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """None: from the beginning, as for an address that somebody has changed."""
        parts = text.split(".")
        if len(parts) != 3 or not all(
            part.isascii() and part.isdecimal() and len(part) < 17 for part in (parts[0], parts[1] or "0", parts[2])
        ):
            return None
        return cls(int(parts[0]), _EPOCH + int(parts[1]) * _MICROSECOND if parts[1] else None, int(parts[2]))

    @classmethod
    def of(cls, row: Row[Any]) -> "Place":
        return cls(row.urgency, row.changed_at if row.state is TicketState.RESOLVED else row.waiting_since, row.id)


_ROWS: Any = select(  # of so many columns the types say nothing
    Ticket.id, Ticket.state, Ticket.urgency, Ticket.reason, Ticket.topic, Ticket.language, Ticket.municipality, Ticket.holder,
    Ticket.opened_at, Ticket.changed_at, Ticket.waiting_since, Ticket.snoozed_until, Ticket.reply_by,
).where(of_migrants(Ticket.conversation_id))  # fmt: skip


def in_order(
    session: Session, states: Sequence[TicketState], conditions: Iterable[ColumnElement[bool]], most: int, urgency: Urgency | None = None,
    after: Place | None = None,
) -> list[Row[Any]]:  # fmt: skip
    """Open tickets as staff take them, `most` of them at the most. `urgency`: of that one alone."""
    found: list[Row[Any]] = []
    for each in Urgency:
        for waits in (True, False):
            if urgency not in (None, each) or _is_before(after, each, waits):
                continue
            query = _ROWS.where(among(states), *conditions, Ticket.urgency == each)
            query = query.where(Ticket.waiting_since.is_not(None) if waits else Ticket.waiting_since.is_(None))
            found += session.execute(_from(query, after, each, waits).limit(most - len(found)))
            if len(found) >= most:
                return found
    return found


def resolved(session: Session, conditions: Iterable[ColumnElement[bool]], most: int, after: Place | None = None) -> list[Row[Any]]:
    """Closed tickets, the last one first."""
    query = _ROWS.where(Ticket.state == TicketState.RESOLVED, *conditions)
    if after is not None:
        query = query.where(tuple_(Ticket.changed_at, Ticket.id) < tuple_(literal(after.at, Ticket.changed_at.type), literal(after.id)))
    return list(session.execute(query.order_by(Ticket.changed_at.desc(), Ticket.id.desc()).limit(most)))


def picked(session: Session, condition: ColumnElement[bool], most: int) -> Sequence[Row[Any]]:
    """Tickets in whatever state, the last one first."""
    return session.execute(_ROWS.where(condition).order_by(Ticket.id.desc()).limit(most)).all()


def ahead_of(session: Session, ticket: Ticket) -> int:
    """How many of those who wait are taken before: in greater need, or waiting for longer."""
    since = ticket.waiting_since or ticket.opened_at
    longer = or_(Ticket.waiting_since < since, and_(Ticket.waiting_since == since, Ticket.id < ticket.id))
    earlier = or_(Ticket.urgency < ticket.urgency, and_(Ticket.urgency == ticket.urgency, longer))
    others = select(func.count()).where(Ticket.state == TicketState.WAITING, Ticket.id != ticket.id, of_migrants(Ticket.conversation_id))
    return session.scalar(others.where(earlier)) or 0


def among(states: Sequence[TicketState]) -> ColumnElement[bool]:
    return Ticket.state == states[0] if len(states) == 1 else Ticket.state.in_(states)


def is_late(now: datetime) -> ColumnElement[bool]:
    """They have waited longer for a word than they were to."""
    return and_(Ticket.state.in_(ANSWERED_NOW), Ticket.reply_by < now)


def _is_before(after: Place | None, urgency: int, waits: bool) -> bool:
    """Was that part of the list on an earlier page?"""
    return after is not None and (urgency, not waits) < (after.urgency, after.at is None)


def _from(query: Select[Any], after: Place | None, urgency: int, waits: bool) -> Select[Any]:
    if after is not None and (urgency, waits) == (after.urgency, after.at is not None):
        moment = literal(after.at, Ticket.waiting_since.type)
        later = tuple_(Ticket.waiting_since, Ticket.id) > tuple_(moment, literal(after.id))
        query = query.where(later if waits else Ticket.id > after.id)
    return query.order_by(Ticket.waiting_since, Ticket.id) if waits else query.order_by(Ticket.id)
