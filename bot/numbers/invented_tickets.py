"""Invented requests for a person, as the queue shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.records.tickets import TicketState, Urgency

ASKED_COLUMNS = (
    "id", "conversation_id", "state", "reason", "holder", "opened_at", "changed_at", "urgency", "topic", "language", "municipality",
    "waiting_since", "reply_by", "resolve_by", "first_replied_at", "resolved_at", "held_since", "snoozed_until",
)  # fmt: skip
RESOLVED_WITHIN = timedelta(days=3)
SNOOZED_FOR = timedelta(hours=20)


@dataclass(frozen=True)
class Asked:
    number: int
    chat: int
    state: TicketState
    reason: str
    holder: str | None
    opened: datetime
    changed: datetime
    urgency: Urgency
    topic: str | None
    language: str
    municipality: str | None
    waiting_since: datetime | None
    reply_within: int  # minutes

    @property
    def taken(self) -> datetime | None:
        return self.opened + (self.changed - self.opened) / 2 if self.holder else None

    def row(self) -> tuple[Any, ...]:
        """In the order of ASKED_COLUMNS."""
        is_closed = self.state is TicketState.RESOLVED
        return (
            self.number, self.chat, self.state, self.reason, self.holder, self.opened, self.changed, int(self.urgency), self.topic,
            self.language, self.municipality, self.waiting_since,
            self.waiting_since and self.waiting_since + timedelta(minutes=self.reply_within), self.opened + RESOLVED_WITHIN,
            None if self.waiting_since else self.taken, self.changed if is_closed else None, self.taken,
            self.changed + SNOOZED_FOR if self.state is TicketState.SNOOZED else None,
        )  # fmt: skip

    def events(self) -> Iterator[tuple[Any, ...]]:
        yield self.number, "opened", "person", self.reason, self.opened
        if self.holder:
            yield self.number, "assigned", self.holder, None, self.taken
        if self.state in (TicketState.SNOOZED, TicketState.RESOLVED):
            yield self.number, self.state.value, self.holder, None, self.changed
