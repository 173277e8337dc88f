"""What became of each message to a person: from its calls in the outbox, one for each part of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records.deliveries import Call, OutboxMessage, OutboxState


class Fate(StrEnum):
    WAITING = "waiting"  # on its way
    AGAIN = "again"  # it did not go out at first and is tried again
    UNKNOWN = "unknown"  # Telegram never answered, and it is not tried any more
    DELIVERED = "delivered"  # to Telegram: whether the person has read it nobody says
    BLOCKED = "blocked"
    FORGOTTEN = "forgotten"  # the person had the conversation erased meanwhile
    REFUSED = "refused"


@dataclass(frozen=True)
class Delivered:
    fate: Fate
    at: datetime | None = None

    @property
    def may_be_resent(self) -> bool:
        return self.fate in (Fate.UNKNOWN, Fate.BLOCKED, Fate.REFUSED)


_FAILED = {"blocked": Fate.BLOCKED, "forgotten": Fate.FORGOTTEN, "unknown": Fate.UNKNOWN}


def of_messages(session: Session, message_ids: Collection[int]) -> Mapping[int, Delivered]:
    """Of those that have to be sent; what the person comes and fetches is not in it."""
    query = select(OutboxMessage).where(OutboxMessage.message_id.in_(message_ids), OutboxMessage.call == Call.SEND)
    parts: dict[int, list[OutboxMessage]] = {}
    for row in session.scalars(query.order_by(OutboxMessage.id)):
        parts.setdefault(row.message_id or 0, []).append(row)
    return {message_id: _of(rows) for message_id, rows in parts.items()}


def _of(parts: list[OutboxMessage]) -> Delivered:
    """A message is as far as its worst part."""
    for row in parts:
        if row.state is OutboxState.FAILED:
            return Delivered(_FAILED.get(row.failure or "", Fate.REFUSED))
    if all(row.state is OutboxState.SENT for row in parts):
        return Delivered(Fate.DELIVERED, max((row.sent_at for row in parts if row.sent_at), default=None))
    return Delivered(Fate.AGAIN if any(row.failure for row in parts) else Fate.WAITING)
