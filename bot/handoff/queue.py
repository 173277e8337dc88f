"""The queue as staff see it: the most urgent first, then who waits longest. Nothing that a person said is in it.

Each urgency is walked along ix_ticket_queue by itself, those who wait before those who have their answer, so that a page of it costs the
same however many wait, and both databases agree on where an empty moment stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from bot import audit
from bot.permissions import MAY, Action, Actor
from bot.records.staff import Staff
from bot.records.tickets import Ticket, TicketState, TicketTag, Urgency, Viewing

SHOWN = 50  # lines of a page
STILL_OPEN = timedelta(hours=12)  # a list that refreshes itself is a row of the audit once in a working day
MOST_COUNTED = 1000  # from there on it is «más de 999»
SEEN_FOR = timedelta(seconds=30)  # so long after their last sign somebody counts as viewing
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Tab(StrEnum):
    """The words stand in addresses too."""

    WAITING = "esperan"
    MINE = "mias"
    ASSIGNED = "atendidas"
    SNOOZED = "pospuestas"
    RESOLVED = "cerradas"
    ALL = "abiertas"


STATES: Mapping[Tab, tuple[TicketState, ...]] = MappingProxyType({
    Tab.WAITING: (TicketState.WAITING,),
    Tab.MINE: (TicketState.ASSIGNED, TicketState.SNOOZED),
    Tab.ASSIGNED: (TicketState.ASSIGNED,),
    Tab.SNOOZED: (TicketState.SNOOZED,),
    Tab.RESOLVED: (TicketState.RESOLVED,),
    Tab.ALL: (TicketState.WAITING, TicketState.ASSIGNED, TicketState.SNOOZED),
})  # fmt: skip


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


@dataclass(frozen=True)
class Wanted:
    """Which lines of the queue; None: all of them."""

    tab: Tab = Tab.WAITING
    topic: str | None = None
    urgency: Urgency | None = None
    language: str | None = None
    municipality: str | None = None
    tag: str | None = None
    longer_than: timedelta | None = None  # without an answer
    holder: str | None = None
    only_late: bool = False
    after: Place | None = None


@dataclass(frozen=True)
class Line:
    id: int
    state: TicketState
    urgency: Urgency
    reason: str
    topic: str | None
    language: str
    municipality: str | None
    holder: str | None
    opened_at: datetime
    changed_at: datetime
    waiting_since: datetime | None  # None: staff have the last word
    snoozed_until: datetime | None
    is_late: bool
    tags: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()  # who has its page open, without who asks


@dataclass(frozen=True)
class Found:
    lines: tuple[Line, ...]
    counts: Mapping[Tab, int]  # of whole tabs, up to MOST_COUNTED
    after: Place | None  # where the next page begins
    newest: int  # number of the last ticket that was opened
    fresh: int  # how many wait that were opened after `seen`
    members: tuple[str, ...]  # who may hold tickets


_ROWS: Any = select(  # of so many columns the types say nothing
   
    Ticket.id, Ticket.state, Ticket.urgency, Ticket.reason, Ticket.topic, Ticket.language, Ticket.municipality, Ticket.holder,
    Ticket.opened_at, Ticket.changed_at, Ticket.waiting_since, Ticket.snoozed_until, Ticket.reply_by,
)  # fmt: skip


def show(session: Session, actor: Actor, wanted: Wanted, now: datetime, seen: int | None = None, *, is_again: bool = False) -> Found:
    """A page of the queue. `seen`: the newest ticket when the page was opened; `is_again`: the same page, they say, refreshes itself."""
    rows = _page(session, actor, wanted, now)
    newest = session.scalar(select(func.max(Ticket.id))) or 0
    fresh = select(Ticket.id).where(Ticket.state == TicketState.WAITING, Ticket.id > (newest if seen is None else seen))
    found = Found(
        lines_of(session, rows[:SHOWN], actor, now),
        counts(session, actor),
        _place(rows[SHOWN - 1]) if len(rows) > SHOWN else None,
        newest,
        session.scalar(_count(fresh)) or 0,
        _members(session),
    )
    if not (is_again and audit.has_done(session, actor, Action.TICKET_LIST, now - STILL_OPEN)):
        audit.write(session, actor, Action.TICKET_LIST, None, now)
    return found


def counts(session: Session, actor: Actor) -> Mapping[Tab, int]:
    """How many each tab holds, none counted beyond MOST_COUNTED."""
    of_tabs = [_count(select(Ticket.id).where(*_of_tab(tab, actor))).scalar_subquery() for tab in Tab]
    return MappingProxyType(dict(zip(Tab, session.execute(select(*of_tabs)).one(), strict=True)))


def late(session: Session, now: datetime) -> int:
    """How many have waited longer for a word than they were to, up to MOST_COUNTED."""
    states = (TicketState.WAITING, TicketState.ASSIGNED)
    return session.scalar(_count(select(Ticket.id).where(Ticket.state.in_(states), Ticket.reply_by < now))) or 0


def in_order(
    session: Session, states: Sequence[TicketState], conditions: Iterable[ColumnElement[bool]], most: int, wanted: Wanted | None = None
) -> list[Row[Any]]:
    """Open tickets as staff take them, `most` of them at the most."""
    found: list[Row[Any]] = []
    asked = wanted or Wanted()
    for urgency in Urgency:
        for waits in (True, False):
            if asked.urgency not in (None, urgency) or _is_before(asked.after, urgency, waits):
                continue
            query = _ROWS.where(_in(states), *conditions, Ticket.urgency == urgency)
            query = query.where(Ticket.waiting_since.is_not(None) if waits else Ticket.waiting_since.is_(None))
            found += session.execute(_from(query, asked.after, urgency, waits).limit(most - len(found)))
            if len(found) >= most:
                return found
    return found


def resolved(session: Session, conditions: Iterable[ColumnElement[bool]], most: int, after: Place | None = None) -> list[Row[Any]]:
    """Closed tickets, the last one first."""
    query = _ROWS.where(Ticket.state == TicketState.RESOLVED, *conditions)
    if after is not None:
        query = query.where(tuple_(Ticket.changed_at, Ticket.id) < tuple_(literal(after.at, Ticket.changed_at.type), literal(after.id)))
    return list(session.execute(query.order_by(Ticket.changed_at.desc(), Ticket.id.desc()).limit(most)))


def picked(session: Session, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Tickets in whatever state, the last one first."""
    return session.execute(_ROWS.where(condition).order_by(Ticket.id.desc()).limit(SHOWN + 1)).all()


def lines_of(session: Session, rows: Sequence[Row[Any]], actor: Actor, now: datetime) -> tuple[Line, ...]:
    """With their tags and who looks at them now."""
    numbers = [row.id for row in rows]
    tags: dict[int, list[str]] = {}
    viewers: dict[int, list[str]] = {}
    for number, tag in session.execute(
        select(TicketTag.ticket_id, TicketTag.tag).where(TicketTag.ticket_id.in_(numbers)).order_by(TicketTag.tag)
    ):
        tags.setdefault(number, []).append(tag)
    viewing = select(Viewing.ticket_id, Viewing.who).where(Viewing.ticket_id.in_(numbers), Viewing.seen_at > now - SEEN_FOR)
    for number, who in session.execute(viewing.where(Viewing.who != actor.name).order_by(Viewing.who)):
        viewers.setdefault(number, []).append(who)
    return tuple(
        Line(
            row.id, row.state, Urgency(row.urgency), row.reason, row.topic, row.language, row.municipality, row.holder, row.opened_at,
            row.changed_at, row.waiting_since, row.snoozed_until, is_late(row, now), tuple(tags.get(row.id, ())),
            tuple(viewers.get(row.id, ())),
        )
        for row in rows
    )  # fmt: skip


def is_late(ticket: Row[Any] | Ticket, now: datetime) -> bool:
    return ticket.state in (TicketState.WAITING, TicketState.ASSIGNED) and ticket.reply_by is not None and ticket.reply_by < now


def _page(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[Row[Any]]:
    """One more than is shown."""
    conditions = list(_conditions(wanted, now))
    if wanted.tab is Tab.RESOLVED:
        if wanted.urgency is not None:
            conditions.append(Ticket.urgency == wanted.urgency)
        after = wanted.after if wanted.after and wanted.after.at else None
        return resolved(session, conditions, SHOWN + 1, after)
    if wanted.tab is Tab.MINE:
        conditions.append(Ticket.holder == actor.name)
    return in_order(session, STATES[wanted.tab], conditions, SHOWN + 1, wanted)


def _conditions(wanted: Wanted, now: datetime) -> Iterable[ColumnElement[bool]]:
    if wanted.topic is not None:
        yield Ticket.topic == wanted.topic
    if wanted.language is not None:
        yield Ticket.language == wanted.language
    if wanted.municipality is not None:
        yield Ticket.municipality == wanted.municipality
    if wanted.tag is not None:
        yield tagged(wanted.tag)
    if wanted.longer_than is not None:
        yield Ticket.waiting_since <= now - wanted.longer_than
    if wanted.holder is not None:
        yield Ticket.holder == wanted.holder
    if wanted.only_late:
        yield Ticket.reply_by < now
        yield Ticket.state.in_((TicketState.WAITING, TicketState.ASSIGNED))


def tagged(tag: str) -> ColumnElement[bool]:
    return Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag == tag))


def _of_tab(tab: Tab, actor: Actor) -> list[ColumnElement[bool]]:
    return [_in(STATES[tab]), *([Ticket.holder == actor.name] if tab is Tab.MINE else [])]


def _in(states: Sequence[TicketState]) -> ColumnElement[bool]:
    return Ticket.state == states[0] if len(states) == 1 else Ticket.state.in_(states)


def _is_before(after: Place | None, urgency: int, waits: bool) -> bool:
    """Was that part of the list on an earlier page?"""
    return after is not None and (urgency, not waits) < (after.urgency, after.at is None)


def _from(query: Select[Any], after: Place | None, urgency: int, waits: bool) -> Select[Any]:
    if after is not None and (urgency, waits) == (after.urgency, after.at is not None):
        moment = literal(after.at, Ticket.waiting_since.type)
        later = tuple_(Ticket.waiting_since, Ticket.id) > tuple_(moment, literal(after.id))
        query = query.where(later if waits else Ticket.id > after.id)
    return query.order_by(Ticket.waiting_since, Ticket.id) if waits else query.order_by(Ticket.id)


def _place(row: Row[Any]) -> Place:
    return Place(row.urgency, row.changed_at if row.state is TicketState.RESOLVED else row.waiting_since, row.id)


def _count(query: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())


def _members(session: Session) -> tuple[str, ...]:
    roles = MAY[Action.TICKET_CLAIM]
    return tuple(session.scalars(select(Staff.name).where(Staff.role.in_(roles), Staff.revoked_at.is_(None)).order_by(Staff.name)))
