"""Staff are told of a ticket outside the console: queued in the transaction of what happened, sent by who looks after a channel."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.records.tickets import Alert, Channel, Ticket


def raise_alert(session: Session, ticket: Ticket, kind: str, now: datetime) -> None:
    """`kind`: new, danger, late, silent, escalated or survey."""
    earlier = select(func.count()).where(Alert.ticket_id == ticket.id, Alert.kind == kind, Alert.channel == Channel.GROUP)
    session.add(
        Alert(ticket_id=ticket.id, kind=kind, channel=Channel.GROUP, round=session.scalar(earlier) or 0, created_at=now, try_at=now)
    )
