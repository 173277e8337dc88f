"""Conversations, their messages and the buttons offered in them."""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from bot.records.columns import EncryptedJson, EncryptedText, Word
from bot.records.tables import Table

OF_OFFICIALS = ":officials"  # how the names of the doors end at which officials learn: their chats are never those of migrants


class LanguageFrom(StrEnum):
    NOTHING = "nothing"  # nobody has said enough yet
    HEARD = "heard"
    CHOSEN = "chosen"


_FORGOTTEN = text("former_chat IS NOT NULL")
_PENDING = text("state IS NOT NULL OR questionnaire IS NOT NULL")


class Conversation(Table):
    """One chat with one bot. The person is a keyed hash; the chat id is kept, encrypted, only to deliver."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("bot_id", "chat"),
        Index("uq_conversation_reference", "reference", unique=True),
        Index("ix_conversation_former", "bot_id", "former_chat", sqlite_where=_FORGOTTEN, postgresql_where=_FORGOTTEN),
        Index("ix_conversation_idle", "updated_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(String(32))
    chat: Mapped[str] = mapped_column(String(32), comment="Keyed hash of the chat id")
    reference: Mapped[str] = mapped_column(
        String(32),
        default=lambda: secrets.token_hex(16),
        server_default="unnamed",
        comment="What the audit calls it: random, says nothing by itself",
    )
    chat_id: Mapped[str] = mapped_column(EncryptedText, info={"personal": True})
    language: Mapped[str] = mapped_column(String(8), default="es")
    language_from: Mapped[LanguageFrom] = mapped_column(
        Word(LanguageFrom), default=LanguageFrom.NOTHING, server_default="nothing", comment="Whether it is assumed, was heard or was chosen"
    )
    state: Mapped[Any | None] = mapped_column(EncryptedJson, info={"personal": True}, comment="Dialogue state for Rasa: {slots: {…}}")
    questionnaire: Mapped[Any | None] = mapped_column(EncryptedJson, info={"personal": True}, comment="The questionnaire being filled in")
    misses: Mapped[int] = mapped_column(default=0, comment="Messages in a row that were not understood")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None] = mapped_column(comment="The person blocked the bot, or the bot left the group: nothing is sent")
    dropped_at: Mapped[datetime | None] = mapped_column(comment="When a questionnaire that nobody went on with was forgotten; said once")
    former_chat: Mapped[str | None] = mapped_column(
        String(32), index=True, comment="Keyed hash of the chat whose conversation this was, until the person had it forgotten"
    )
    notice_version: Mapped[str | None] = mapped_column(String(16), comment="Privacy notice that was shown")
    leaves_at: Mapped[datetime | None] = mapped_column(
        index=True, comment="Only delivers the receipt of an erasure and is then erased itself, at the latest then"
    )


def of_migrants(conversation_id: InstrumentedAttribute[Any] | None = None) -> ColumnElement[bool]:
    """A condition on `Conversation`, or on another table's column that names one: it is not an official's, who learns. Whatever is
    counted, listed, read or exported of the people whom the assistant serves asks for it."""
    if conversation_id is None:
        return ~Conversation.bot_id.endswith(OF_OFFICIALS, autoescape=True)
    door = select(Conversation.bot_id).where(Conversation.id == conversation_id).scalar_subquery()  # found by its number for each row
    return ~door.endswith(OF_OFFICIALS, autoescape=True)


def key_of(conversation: Conversation, key: str) -> str:
    """The idempotency key of what this conversation does: another conversation with the same `key` does something else."""
    return hashlib.sha256(f"{conversation.reference}:{key}".encode()).hexdigest()


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    STAFF = "staff"


UNDERSTOOD = ("answer", "suggest", "fallback")
"""What Rasa was asked about, by what was done. In a flood nobody is asked: its messages are no questions, and may answer one of ours."""


class Message(Table):
    """One thing said: by the person (`in`), by the assistant (`out`) or by staff."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("inbox_id", "direction", "place"),
        Index("ix_message_conversation", "conversation_id", "id"),
        Index("ix_message_unanswered", "id", sqlite_where=text("unanswered IS 1"), postgresql_where=text("unanswered IS true")),
        Index("ix_message_door", "conversation_id", "door_id"),
        Index(
            "ix_message_understood", "created_at", "decision", "intent", "conversation_id", "confidence", "safety",
            sqlite_where=text("decision IS NOT NULL"), postgresql_where=text("decision IS NOT NULL"),
        ),
        Index("ix_message_danger", "created_at", sqlite_where=text("safety IS NOT NULL"), postgresql_where=text("safety IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"), comment="The update it came in or answers")
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    place: Mapped[int] = mapped_column(default=0, comment="Order among the replies to one update")
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True})
    buttons: Mapped[Any | None] = mapped_column(EncryptedJson, comment="[[title, payload], …] as shown")
    response: Mapped[str | None] = mapped_column(String(96), comment="Name of the response")
    intent: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None]
    decision: Mapped[str | None] = mapped_column(String(16), comment="answer, suggest or fallback")
    safety: Mapped[str | None] = mapped_column(String(32), comment="Danger category, if any")
    unanswered: Mapped[bool | None] = mapped_column(comment="A question Rasa could not be asked; answered when it is back")
    tries: Mapped[int | None] = mapped_column(comment="How often it was asked again in vain")
    content_version: Mapped[str | None] = mapped_column(String(16))
    model_version: Mapped[str | None] = mapped_column(String(32))
    door_id: Mapped[str | None] = mapped_column(
        String(32), comment="The door's own name for what the person sent; edits and replies refer to it"
    )
    created_at: Mapped[datetime]


class Attachment(Table):
    """A file that came with a message: only its name at the door. Nothing is fetched unless staff open it with a ticket."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), comment="photo, document, video, video_note, animation, voice or audio")
    file_id: Mapped[str] = mapped_column(EncryptedText, info={"personal": True}, comment="What the door fetches it by")
    file_name: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True})
    mime_type: Mapped[str | None] = mapped_column(String(128))
    size: Mapped[int | None] = mapped_column(comment="Bytes, as the door says")
    created_at: Mapped[datetime]


class ButtonOffer(Table):
    """A payload offered to a conversation: a button press is accepted only if it is here."""

    __tablename__ = "button_offer"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    payload: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str | None] = mapped_column(String(64), comment="What stands for a payload that is too long for the door")
    offered_at: Mapped[datetime]
