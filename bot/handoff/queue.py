"""The queue as staff see it: its tabs and filters, a page of its lines. Nothing that a person said is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from bot import audit
from bot.handoff import order, presence
from bot.handoff.order import Place
from bot.permissions import MAY, Action, Actor
from bot.records.conversations import of_migrants
from bot.records.staff import Staff
from bot.records.tickets import Ticket, TicketState, TicketTag, Urgency

SHOWN = 50  # lines of a page
STILL_OPEN = timedelta(hours=12)  # a list that refreshes itself is a row of the audit once in a working day
MOST_COUNTED = 1000  # from there on it is «más de 999»


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
    Tab.ALL: order.OPEN,
})  # fmt: skip


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


def show(session: Session, actor: Actor, wanted: Wanted, now: datetime, seen: int | None = None, *, is_again: bool = False) -> Found:
    """A page of the queue. `seen`: the newest ticket when the page was opened; `is_again`: the same page, they say, refreshes itself."""
    rows = _page(session, actor, wanted, now)
    newest = session.scalar(select(func.max(Ticket.id))) or 0
    fresh = _tickets().where(Ticket.state == TicketState.WAITING, Ticket.id > (newest if seen is None else seen))
    found = Found(
        lines_of(session, rows[:SHOWN], actor, now),
        counts(session, actor),
        Place.of(rows[SHOWN - 1]) if len(rows) > SHOWN else None,
        newest,
        session.scalar(_count(fresh)) or 0,
        _members(session),
    )
    if not (is_again and audit.has_done(session, actor, Action.TICKET_LIST, now - STILL_OPEN)):
        audit.write(session, actor, Action.TICKET_LIST, None, now)
    return found


def counts(session: Session, actor: Actor) -> Mapping[Tab, int]:
    """How many each tab holds, none counted beyond MOST_COUNTED."""
    of_tabs = [_count(_tickets().where(*_of_tab(tab, actor))).scalar_subquery() for tab in Tab]
    return MappingProxyType(dict(zip(Tab, session.execute(select(*of_tabs)).one(), strict=True)))


def late(session: Session, now: datetime) -> int:
    """How many have waited longer for a word than they were to, up to MOST_COUNTED."""
    return session.scalar(_count(_tickets().where(order.is_late(now)))) or 0


def lines_of(session: Session, rows: Sequence[Row[Any]], actor: Actor, now: datetime) -> tuple[Line, ...]:
    """With their tags and who looks at them now."""
    numbers = [row.id for row in rows]
    tags: dict[int, list[str]] = {}
    for number, tag in session.execute(
        select(TicketTag.ticket_id, TicketTag.tag).where(TicketTag.ticket_id.in_(numbers)).order_by(TicketTag.tag)
    ):
        tags.setdefault(number, []).append(tag)
    viewers = presence.of(session, numbers, now)
    return tuple(
        Line(
            row.id, row.state, Urgency(row.urgency), row.reason, row.topic, row.language, row.municipality, row.holder, row.opened_at,
            row.changed_at, row.waiting_since, row.snoozed_until, is_late(row, now), tuple(tags.get(row.id, ())),
            tuple(each.who for each in viewers.get(row.id, ()) if each.who != actor.name),
        )
        for row in rows
    )  # fmt: skip


def is_late(ticket: Row[Any] | Ticket, now: datetime) -> bool:
    """As `order.is_late` asks the database."""
    return ticket.state in order.ANSWERED_NOW and ticket.reply_by is not None and ticket.reply_by < now


def _page(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[Row[Any]]:
    """One more than is shown."""
    conditions = list(_conditions(wanted, now))
    if wanted.tab is Tab.RESOLVED:
        if wanted.urgency is not None:
            conditions.append(Ticket.urgency == wanted.urgency)
        after = wanted.after if wanted.after and wanted.after.at else None
        return order.resolved(session, conditions, SHOWN + 1, after)
    if wanted.tab is Tab.MINE:
        conditions.append(Ticket.holder == actor.name)
    return order.in_order(session, STATES[wanted.tab], conditions, SHOWN + 1, wanted.urgency, wanted.after)


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
        yield order.is_late(now)


def tagged(tag: str) -> ColumnElement[bool]:
    return Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.tag == tag))


def _tickets() -> Select[Any]:
    return select(Ticket.id).where(of_migrants(Ticket.conversation_id))


def _of_tab(tab: Tab, actor: Actor) -> list[ColumnElement[bool]]:
    return [order.among(STATES[tab]), *([Ticket.holder == actor.name] if tab is Tab.MINE else [])]


def _count(query: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())


def _members(session: Session) -> tuple[str, ...]:
    roles = MAY[Action.TICKET_CLAIM]
    return tuple(session.scalars(select(Staff.name).where(Staff.role.in_(roles), Staff.revoked_at.is_(None)).order_by(Staff.name)))
