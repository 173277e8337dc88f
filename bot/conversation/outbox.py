"""What is on its way to people: queued in the turn's transaction, marked before the call, settled after it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from bot.conversation.parts import in_messages
from bot.privacy import farewell
from bot.records.conversations import Conversation, Message
from bot.records.deliveries import Call, OutboxMessage, OutboxState

MOST_UNKNOWN = 1  # repeats of a send whose answer never came
MOST_DEATHS = 5  # repeats of a send during which we died: more than once by bad luck, for ever only if it is what kills us
LONGEST_KEY = 64  # bytes of a button's data: https://core.telegram.org/bots/api#inlinekeyboardbutton
DELETABLE = timedelta(hours=48)  # https://core.telegram.org/bots/api#deletemessages
DELETED_AT_ONCE = 100
SAYING = (Call.SEND, Call.DOCUMENT)
OPEN = (OutboxState.QUEUED, OutboxState.SENDING)


@dataclass(frozen=True)
class Delivery:
    id: int
    conversation_id: int
    chat_id: str
    call: Call
    created_at: datetime
    language: str
    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()  # title and data
    door_ids: tuple[int, ...] = ()
    unknown: int = 0  # sends of it whose fate is not known


@dataclass(frozen=True)
class Outcome:
    """How a call ended: no failure, or its kind and whether it is to be tried again."""

    id: int
    failure: str | None = None
    again: bool = False
    door_id: str | None = None


def key_of(payload: str) -> str:
    """The payload itself where Telegram takes it, else a short key that stands for it."""
    if len(payload.encode()) <= LONGEST_KEY:
        return payload
    return f"~{hashlib.sha256(payload.encode()).hexdigest()[:32]}"


_outbox, _message, _conversation = (cast(Table, each.__table__) for each in (OutboxMessage, Message, Conversation))
_older = _outbox.alias()
_DUE = (  # built once: putting a statement together costs more than running it
    select(
        _outbox.c.id, _outbox.c.conversation_id, _outbox.c.chat_id, _outbox.c.call, _outbox.c.part, _outbox.c.door_ids,
        _outbox.c.created_at, _outbox.c.unknown, _message.c.text, _message.c.buttons, _conversation.c.language,
    )
    .select_from(_outbox.join(_conversation).outerjoin(_message, _message.c.id == _outbox.c.message_id))
    .where(
        _outbox.c.bot_id == bindparam("bot"),
        _outbox.c.state == OutboxState.QUEUED,
        _outbox.c.conversation_id.not_in(bindparam("busy", expanding=True)),
        ~exists().where(
            _older.c.conversation_id == _outbox.c.conversation_id, _older.c.state.in_(OPEN), _older.c.id < _outbox.c.id
        ),
    )
    .order_by(_outbox.c.id)
    .limit(bindparam("most"))
)  # fmt: skip
_MARK = (
    update(_outbox)
    .where(_outbox.c.id.in_(bindparam("ids", expanding=True)), _outbox.c.state == OutboxState.QUEUED)
    .values(state=OutboxState.SENDING, attempts=_outbox.c.attempts + 1)
    .returning(_outbox.c.id)
)
_SENT = (
    update(_outbox)
    .where(_outbox.c.id == bindparam("row"))
    .values(state=OutboxState.SENT, sent_at=bindparam("at"), failure=None, door_id=bindparam("door"))
)


def take(session: Session, bot_id: str, busy: Iterable[int], most: int) -> list[Delivery]:
    """Mark as `sending` the oldest undelivered call of each conversation that is not `busy`: to be made as soon as this is committed."""
    found = [_delivery(row) for row in session.execute(_DUE, {"bot": bot_id, "busy": list(busy), "most": most})]
    if not found:
        return []
    marked = set(session.execute(_MARK, {"ids": [each.id for each in found]}).scalars())  # another process may have been faster
    return [each for each in found if each.id in marked]


def _delivery(row: Any) -> Delivery:
    parts = in_messages(row.text or "")
    part = parts[row.part] if row.part < len(parts) else ""
    shown = tuple((title, key_of(payload)) for title, payload in row.buttons or ()) if row.part == len(parts) - 1 else ()
    door_ids = tuple(row.door_ids or ())
    return Delivery(row.id, row.conversation_id, row.chat_id, row.call, row.created_at, row.language, part, shown, door_ids, row.unknown)


def settle_and_take(
    session: Session, outcomes: Sequence[Outcome], bot_id: str, busy: Iterable[int], most: int, now: datetime
) -> list[Delivery]:
    """Write down how calls ended and take the next ones, in one transaction."""
    made = [outcome for outcome in outcomes if outcome.failure is None]
    if made:
        session.execute(_SENT, [{"row": each.id, "at": now, "door": each.door_id} for each in made])
        _delete_what_came_too_late(session, [each.id for each in made], now)
    for outcome in outcomes:
        if outcome.failure is not None:
            _settle_failed(session, outcome, now)
    if outcomes:
        farewell.clear(session, now)
    return take(session, bot_id, busy, most) if most else []


def is_anything_due(session: Session, bot_id: str, busy: Iterable[int]) -> bool:
    """Is there a call that could be made now?"""
    due = select(OutboxMessage.id).where(
        OutboxMessage.bot_id == bot_id, OutboxMessage.state == OutboxState.QUEUED, OutboxMessage.conversation_id.not_in(list(busy))
    )
    return session.scalar(due.limit(1)) is not None


def _is_forgotten(session: Session, row: OutboxMessage) -> bool:
    """A message of a conversation that the person had forgotten or erased while it was under way: it is not tried again."""
    if row.call not in SAYING:
        return False
    conversation = session.get_one(Conversation, row.conversation_id)
    return conversation.former_chat is not None or (conversation.leaves_at is not None and row.message_id is None)


def _settle_failed(session: Session, outcome: Outcome, now: datetime) -> None:
    """To be tried again, or failed for good."""
    row = session.get(OutboxMessage, outcome.id)
    if row is None:  # erased meanwhile
        return
    if row.state is not OutboxState.SENDING:  # written down before, or another process deals with it now
        return
    row.failure = outcome.failure
    if outcome.failure == "unknown":
        row.unknown += 1
    if _is_forgotten(session, row):
        row.failure, row.state = "forgotten", OutboxState.FAILED
        return
    if outcome.again and row.unknown <= MOST_UNKNOWN:
        row.state = OutboxState.QUEUED
        return
    row.state = OutboxState.FAILED
    if outcome.failure == "blocked":  # nothing else is sent to somebody who blocked us
        block(session, session.get_one(Conversation, row.conversation_id), now)


_IS_ORPHAN = and_(_conversation.c.leaves_at.is_not(None), _outbox.c.message_id.is_(None))  # of what was erased under way
_FORGOTTEN = (
    select(_conversation.c.id, _outbox.c.door_id)
    .select_from(_outbox.join(_conversation))
    .where(_outbox.c.id.in_(bindparam("ids", expanding=True)), _outbox.c.door_id.is_not(None))
    .where(_outbox.c.call.in_(SAYING), or_(_conversation.c.former_chat.is_not(None), _IS_ORPHAN))
)


def _delete_what_came_too_late(session: Session, ids: list[int], now: datetime) -> None:
    """It was under way when the person had the conversation forgotten or erased: it goes from the screen like the rest."""
    late = [(row.id, row.door_id) for row in session.execute(_FORGOTTEN, {"ids": ids})]
    for conversation_id, door_id in late:
        delete_messages(session, session.get_one(Conversation, conversation_id), [int(door_id)], now)


def block(session: Session, conversation: Conversation, now: datetime) -> None:
    """The person does not want to hear from us, or we are no longer in that chat."""
    conversation.blocked_at = now
    drop(session, conversation.id, "blocked")


def drop(session: Session, conversation_id: int, why: str) -> None:
    """What is still queued for that conversation is not sent."""
    queued = update(OutboxMessage).where(
        OutboxMessage.conversation_id == conversation_id, OutboxMessage.state == OutboxState.QUEUED, OutboxMessage.call.in_(SAYING)
    )
    session.execute(queued.values(state=OutboxState.FAILED, failure=why))


def delete_messages(session: Session, conversation: Conversation, door_ids: Sequence[int], now: datetime) -> None:
    """Queue the deletion of these messages of the chat."""
    for first in range(0, len(door_ids), DELETED_AT_ONCE):
        some = list(door_ids[first : first + DELETED_AT_ONCE])
        session.add(_call(conversation, Call.DELETE, now, some))


def send_again(session: Session, failed: OutboxMessage, now: datetime) -> None:
    """A call of its own in place of one that failed for good, behind what is still to be said there."""
    session.delete(failed)
    session.flush()
    session.add(
        OutboxMessage(
            bot_id=failed.bot_id, conversation_id=failed.conversation_id, chat_id=failed.chat_id, call=failed.call, part=failed.part,
            message_id=failed.message_id, state=OutboxState.QUEUED, attempts=0, unknown=0, created_at=now,
        )
    )  # fmt: skip


def send_copy(session: Session, conversation: Conversation, now: datetime) -> None:
    """Queue the document with all that is kept of this person; it is made when it is sent."""
    session.add(_call(conversation, Call.DOCUMENT, now, None))


def leave(session: Session, conversation: Conversation, now: datetime) -> None:
    """Queue our leaving, behind what is still to be said there."""
    session.add(_call(conversation, Call.LEAVE, now, None))


def _call(conversation: Conversation, call: Call, now: datetime, door_ids: list[int] | None) -> OutboxMessage:
    return OutboxMessage(
        bot_id=conversation.bot_id, conversation_id=conversation.id, chat_id=conversation.chat_id, call=call, door_ids=door_ids,
        state=OutboxState.QUEUED, attempts=0, unknown=0, created_at=now,
    )  # fmt: skip


def move(session: Session, conversation_id: int, chat_id: str) -> None:
    """Telegram gave the chat another number: what is still to be sent goes there."""
    moved = update(OutboxMessage).where(OutboxMessage.conversation_id == conversation_id, OutboxMessage.state.in_(OPEN))
    session.execute(moved.values(chat_id=chat_id))


def recover(session: Session, bot_id: str, own: Iterable[int] = ()) -> int:
    """When we begin to lead: sends that a dead process left half done are repeated, but not our `own`. Returns how many were."""
    sending = select(OutboxMessage).where(OutboxMessage.bot_id == bot_id, OutboxMessage.state == OutboxState.SENDING)
    left = list(session.scalars(sending.where(OutboxMessage.id.not_in(list(own)))))
    for row in left:
        row.unknown += 1
        row.failure = "unknown"
        if _is_forgotten(session, row):
            row.failure, row.state = "forgotten", OutboxState.FAILED
            continue
        row.state = OutboxState.QUEUED if row.unknown <= MOST_DEATHS else OutboxState.FAILED
    return len(left)


def put_back(session: Session, bot_id: str, own: Iterable[int]) -> None:
    """Calls marked `sending` that are not among our `own`, while only we mark them: nobody has made them."""
    marked = select(OutboxMessage).where(OutboxMessage.bot_id == bot_id, OutboxMessage.state == OutboxState.SENDING)
    for row in session.scalars(marked.where(OutboxMessage.id.not_in(list(own)))):
        row.state = OutboxState.FAILED if _is_forgotten(session, row) else OutboxState.QUEUED
