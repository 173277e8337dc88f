"""What came in and is not yet dealt with, and what goes out and is not yet delivered."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedJson, EncryptedText, Word
from bot.records.tables import Table


class InboxUpdate(Table):
    """One update from a door, committed before it is acknowledged; `(bot_id, update_id)` makes it exactly once."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        Index("ix_inbox_open", "bot_id", "chat", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
        Index("ix_inbox_done", "bot_id", "chat", sqlite_where=text("done_at IS NOT NULL"), postgresql_where=text("done_at IS NOT NULL")),
        Index("ix_inbox_purge", "done_at", sqlite_where=text("incoming IS NOT NULL"), postgresql_where=text("incoming IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(String(32), comment="Which door: telegram:<id>, web, terminal")
    update_id: Mapped[str] = mapped_column(String(64), comment="The door's own name for the update")
    chat: Mapped[str] = mapped_column(String(32), comment="Keyed hash of the chat id")
    incoming: Mapped[Any | None] = mapped_column(EncryptedJson, info={"personal": True}, comment="What arrived; emptied when purged")
    received_at: Mapped[datetime]
    leased_by: Mapped[str | None] = mapped_column(String(32), comment="The process dealing with it")
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]


class OutboxState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Call(StrEnum):
    """What the sender does for a row."""

    SEND = "send"
    DELETE = "delete"  # messages of the chat that can still be deleted
    DOCUMENT = "document"  # a copy of all that is kept of the person
    LEAVE = "leave"  # a group or channel


_OPEN_STATES = text("state IN ('queued', 'sending')")
IS_OPEN = text("outbox.state IN ('queued', 'sending')")
"""Written out, not bound: only so does SQLite know that the index of open rows has them all."""


class OutboxMessage(Table):
    """One call to make to Telegram; marked `sending` before the call, so that a crash leaves a trace."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "bot_id", "state", "id"),
        Index("ix_outbox_waiting", "state", sqlite_where=_OPEN_STATES, postgresql_where=_OPEN_STATES),
        UniqueConstraint("message_id", "part"),
        Index("ix_outbox_conversation", "conversation_id", "state", "id"),
        Index("ix_outbox_door", "conversation_id", "door_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(String(32))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    call: Mapped[Call] = mapped_column(Word(Call), default=Call.SEND, server_default="send")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), comment="The message it delivers; none for other calls")
    part: Mapped[int] = mapped_column(default=0, server_default="0", comment="A message longer than Telegram takes goes in parts")
    door_ids: Mapped[Any | None] = mapped_column(JSON, comment="Messages to delete, by Telegram's names for them")
    door_id: Mapped[str | None] = mapped_column(String(32), comment="Telegram's name for what was sent")
    chat_id: Mapped[str] = mapped_column(EncryptedText, info={"personal": True}, comment="Where Telegram delivers it")
    state: Mapped[OutboxState] = mapped_column(Word(OutboxState), default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0, comment="Sends whose fate was not known and that were repeated")
    failure: Mapped[str | None] = mapped_column(String(64), comment="Why it failed: a kind, never Telegram's text")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
