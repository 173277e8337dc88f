"""What is on its way to people: queued in the turn's transaction, settled after the call."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.records.conversations import Message
from bot.records.deliveries import OutboxMessage, OutboxState

MOST_UNKNOWN = 1  # repeats of a send whose fate is unknown


@dataclass(frozen=True)
class Delivery:
    id: int
    conversation_id: int
    chat_id: str
    text: str
    buttons: tuple[tuple[str, str], ...]


def take(session: Session, bot_id: str, busy: list[int], most: int, now: datetime) -> list[Delivery]:
    """The oldest undelivered message of each conversation that is not `busy`."""
    older = aliased(OutboxMessage)
    open_states = [OutboxState.QUEUED, OutboxState.SENDING]
    waits_behind = exists().where(
        older.conversation_id == OutboxMessage.conversation_id, older.state.in_(open_states), older.id < OutboxMessage.id
    )
    query = (
        select(OutboxMessage, Message)
        .join(Message, Message.id == OutboxMessage.message_id)
        .where(
            OutboxMessage.bot_id == bot_id, OutboxMessage.state == OutboxState.QUEUED, OutboxMessage.conversation_id.not_in(busy),
            or_(OutboxMessage.not_before.is_(None), OutboxMessage.not_before <= now), ~waits_behind,
        )
        .order_by(OutboxMessage.id)
        .limit(most)
    )  # fmt: skip
    return [
        Delivery(
            row.id, row.conversation_id, row.chat_id, message.text, tuple((title, payload) for title, payload in message.buttons or ())
        )
        for row, message in session.execute(query)
    ]


def sending(session: Session, outbox_id: int) -> None:
    session.execute(
        update(OutboxMessage).where(OutboxMessage.id == outbox_id).values(state=OutboxState.SENDING, attempts=OutboxMessage.attempts + 1)
    )


def settle(session: Session, outbox_id: int, failure: str | None, again_at: datetime | None, now: datetime) -> None:
    """Write down how the call ended: sent, to be tried again at a time, or failed for good."""
    row = session.get_one(OutboxMessage, outbox_id)
    if failure is None:
        row.state, row.sent_at, row.failure = OutboxState.SENT, now, None
        return
    row.failure = failure
    if failure == "unknown":
        row.unknown += 1
    if again_at is None or row.unknown > MOST_UNKNOWN:
        row.state = OutboxState.FAILED
        if failure == "blocked":  # nothing else is sent to somebody who blocked us
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.conversation_id == row.conversation_id, OutboxMessage.state == OutboxState.QUEUED)
                .values(state=OutboxState.FAILED, failure="blocked")
            )
        return
    row.state, row.not_before = OutboxState.QUEUED, again_at


def recover(session: Session, bot_id: str) -> int:
    """After a start: sends that a dead process left half done are repeated once. Returns how many were."""
    left = list(session.scalars(select(OutboxMessage).where(OutboxMessage.bot_id == bot_id, OutboxMessage.state == OutboxState.SENDING)))
    for row in left:
        row.unknown += 1
        row.failure = "unknown"
        row.state = OutboxState.QUEUED if row.unknown <= MOST_UNKNOWN else OutboxState.FAILED
    return len(left)
