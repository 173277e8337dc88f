"""The transcript: every message of both sides, the files that came with them, the buttons on offer and what is to be delivered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.conversation import outbox
from bot.conversation.incoming import Incoming, Kind
from bot.conversation.parts import in_messages
from bot.conversation.replies import Reply
from bot.conversation.surroundings import Surroundings
from bot.records.conversations import Attachment, ButtonOffer, Conversation, Direction, LanguageFrom, Message
from bot.records.deliveries import Call, OutboxMessage, OutboxState

PUSHED = "telegram:"  # doors whose replies have to be sent; the others come and fetch them
DESK = "desk"  # the door of those who sit in front of an official: the chat's id there is the official's name and a random word

_messages = cast(Table, Message.__table__)
_MESSAGE = insert(_messages)
_DELIVERY = insert(cast(Table, OutboxMessage.__table__))
_OFFER = {
    name: dialect.insert(ButtonOffer.__table__).on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def write_incoming(session: Session, row: dict[str, Any], now: datetime, file: Incoming | None) -> None:
    """What the person sent, and by its name at the door the file that came with it."""
    if file is None:
        session.execute(_MESSAGE, [row])
        return
    [message_id] = session.execute(_MESSAGE.returning(_messages.c.id), [row]).scalars()
    session.add(
        Attachment(
            message_id=message_id, kind=Kind.VOICE if file.was_heard else file.kind, file_id=file.file_id,
            file_name=file.file_name or None, mime_type=file.mime_type or None, size=file.size, created_at=now,
        )
    )  # fmt: skip


def put(
    session: Session,
    conversation: Conversation,
    replies: Sequence[Reply],
    direction: Direction,
    around: Surroundings,
    inbox_id: int | None = None,
) -> None:
    """Messages to the person: in the transcript, their buttons on offer, and on their way if the door has to be sent to."""
    if not replies:
        return
    rows = [
        message_row(
            conversation, around, inbox_id, direction, place, text=reply.text, response=reply.response,
            buttons=[[button.title, button.payload] for button in reply.buttons] or None,
        )
        for place, reply in enumerate(replies)
    ]  # fmt: skip
    if conversation.bot_id.startswith(PUSHED):
        ids = session.execute(_MESSAGE.returning(_messages.c.id, sort_by_parameter_order=True), rows).scalars()
        blocked = conversation.blocked_at is not None
        deliveries = [
            {"bot_id": conversation.bot_id, "conversation_id": conversation.id, "message_id": each, "chat_id": conversation.chat_id,
             "call": Call.SEND, "part": part, "state": OutboxState.FAILED if blocked else OutboxState.QUEUED,
             "failure": "blocked" if blocked else None, "attempts": 0, "unknown": 0, "created_at": around.now}
            for each, reply in zip(ids, replies, strict=True) for part in range(len(in_messages(reply.text)))
        ]  # fmt: skip
        session.execute(_DELIVERY, deliveries)
    else:
        session.execute(_MESSAGE, rows)
    payloads = {button.payload for reply in replies for button in reply.buttons}
    if payloads:
        offers = [
            {"conversation_id": conversation.id, "payload": payload, "key": _short(payload), "offered_at": around.now}
            for payload in payloads
        ]
        session.execute(_OFFER[session.get_bind().dialect.name], offers)


def new_conversation(session: Session, bot_id: str, chat: str, chat_id: str, language: str, now: datetime) -> Conversation:
    conversation = Conversation(
        bot_id=bot_id, chat=chat, chat_id=chat_id, language=language, language_from=LanguageFrom.NOTHING,
        state=None, questionnaire=None, misses=0, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(conversation)
    session.flush()
    return conversation


def _short(payload: str) -> str | None:
    key = outbox.key_of(payload)
    return key if key != payload else None


def message_row(
    conversation: Conversation, around: Surroundings, inbox_id: int | None, direction: Direction, place: int, **values: Any
) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        ("buttons", "response", "intent", "confidence", "decision", "safety", "unanswered", "tries", "door_id")
    )
    known = {"conversation_id": conversation.id, "inbox_id": inbox_id, "direction": direction, "place": place, "created_at": around.now}
    return {**empty, **known, "content_version": around.content.version, "model_version": around.model, **values}
