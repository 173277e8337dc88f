"""A request for a person: at most one open ticket for each conversation."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import Word
from bot.records.tables import Table


class TicketState(StrEnum):
    WAITING = "waiting"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


MAY_BECOME = {
    TicketState.WAITING: {TicketState.ASSIGNED, TicketState.RESOLVED},
    TicketState.ASSIGNED: {TicketState.WAITING, TicketState.SNOOZED, TicketState.RESOLVED},
    TicketState.SNOOZED: {TicketState.WAITING, TicketState.ASSIGNED, TicketState.RESOLVED},
    TicketState.RESOLVED: set[TicketState](),
}

_OPEN = text("state <> 'resolved'")


class Ticket(Table):
    __tablename__ = "ticket"
    __table_args__ = (
        Index("uq_ticket_open", "conversation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_ticket_state", "state", "id"),
        Index("ix_ticket_conversation", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    state: Mapped[TicketState] = mapped_column(Word(TicketState), default=TicketState.WAITING)
    reason: Mapped[str] = mapped_column(String(32), comment="Why: asked, danger category, fallback")
    holder: Mapped[str | None] = mapped_column(String(64), comment="Staff member who holds it")
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class TicketEvent(Table):
    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    what: Mapped[str] = mapped_column(String(32), comment="opened, a new state, or alert")
    who: Mapped[str] = mapped_column(String(64), comment="person, assistant or the staff member")
    why: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
