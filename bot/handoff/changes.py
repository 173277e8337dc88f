"""What the staff's pages show, as marks that differ when it has changed: cheap enough to be asked for several times in a second.

A mark says that something is new and never what. Every change of a ticket writes an event, so for the list the last one will do; only the
clock of who waits changes without one.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ScalarSelect, Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from bot.handoff import presence
from bot.handoff.presence import Viewer
from bot.records.conversations import Message
from bot.records.deliveries import OutboxMessage, OutboxState
from bot.records.tickets import ReplyProposal, Ticket, TicketEvent, TicketNote, TicketState

_ticket, _event, _message, _outbox, _note, _proposal = (
    cast(Table, each.__table__) for each in (Ticket, TicketEvent, Message, OutboxMessage, TicketNote, ReplyProposal)
)


@dataclass(frozen=True)
class Seen:
    inbox: Hashable
    tickets: Mapping[int, Hashable]
    viewers: Mapping[int, list[Viewer]]

    def mark(self, ticket_id: int | None, who: str) -> Hashable:
        """Of one page: the list, or that of a ticket. That they themselves look at it is no news to them."""
        if ticket_id is None:
            return self.inbox, frozenset((each, viewer.who) for each in self.viewers for viewer in self.viewers[each] if viewer.who != who)
        return self.tickets.get(ticket_id), tuple(viewer for viewer in self.viewers.get(ticket_id, []) if viewer.who != who)


def look(session: Session, tickets: Collection[int], now: datetime) -> Seen:
    inbox = (*session.execute(_LAST).one(), *map(tuple, session.execute(_CLOCKS)))
    marks = {row[0]: tuple(row) for row in session.execute(_TICKETS, {"tickets": list(tickets)})} if tickets else {}
    return Seen(inbox, marks, presence.everywhere(session, now))


def _last(table: Table) -> ScalarSelect[int]:
    return select(func.max(table.c.id)).where(table.c.ticket_id == _ticket.c.id).scalar_subquery()


def _deliveries(state: OutboxState, what: Select[tuple[int]]) -> ScalarSelect[int]:
    return what.where(_outbox.c.conversation_id == _ticket.c.conversation_id, _outbox.c.state == state).scalar_subquery()


_LAST = select(select(func.max(_event.c.id)).scalar_subquery(), select(func.max(_ticket.c.id)).scalar_subquery())
_CLOCKS = (
    select(_ticket.c.state, func.count(_ticket.c.waiting_since), func.max(_ticket.c.waiting_since))
    .where(_ticket.c.state.in_([TicketState.ASSIGNED, TicketState.SNOOZED]))
    .group_by(_ticket.c.state)
    .order_by(_ticket.c.state)
)
_TICKETS = select(
    _ticket.c.id, _ticket.c.state, _ticket.c.holder, _ticket.c.changed_at, _ticket.c.waiting_since, _ticket.c.reply_by,
    _ticket.c.snoozed_until, _ticket.c.acknowledged_at, _ticket.c.rated_at, _ticket.c.urgency, _ticket.c.topic,
    select(func.max(_message.c.id)).where(_message.c.conversation_id == _ticket.c.conversation_id).scalar_subquery(),
    _deliveries(OutboxState.QUEUED, select(func.count())), _deliveries(OutboxState.SENDING, select(func.count())),
    _deliveries(OutboxState.SENT, select(func.max(_outbox.c.id))), _deliveries(OutboxState.FAILED, select(func.max(_outbox.c.id))),
    _last(_event), _last(_note), _last(_proposal),
    select(func.max(_proposal.c.decided_at)).where(_proposal.c.ticket_id == _ticket.c.id).scalar_subquery(),
).where(_ticket.c.id.in_(bindparam("tickets", expanding=True)))  # fmt: skip
