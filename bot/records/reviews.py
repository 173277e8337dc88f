"""What staff say of what the assistant understood, and what they propose that it learn."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedText, Word
from bot.records.tables import Table

NONE = "none"  # instead of an intent: no answer of ours fits
_FINAL = text("is_final IS true")
_FINAL_SQLITE = text("is_final IS 1")


class Review(Table):
    """One reader's word on one message: what it meant and whether an answer is missing. Two readers, and one label that counts."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("message_id", "who"),
        Index("uq_review_final", "message_id", unique=True, sqlite_where=_FINAL_SQLITE, postgresql_where=_FINAL),
        Index("ix_review_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    who: Mapped[str] = mapped_column(String(64))
    intent: Mapped[str] = mapped_column(String(64), comment="What it meant; `none` where no answer of ours fits")
    is_gap: Mapped[bool] = mapped_column(default=False, comment="The answer is missing, or says too little")
    is_final: Mapped[bool] = mapped_column(default=False, comment="The label that counts where readers differ")
    comment: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True})
    at: Mapped[datetime]


class ExampleState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


class ProposedExample(Table):
    """A phrase for nlu/data, without what identifies anybody: an editor accepts or discards it."""

    __tablename__ = "proposed_example"
    __table_args__ = (Index("ix_proposed_example_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True, comment="Whence it comes")
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True}, comment="Masked")
    language: Mapped[str] = mapped_column(String(8), default="es")
    intent: Mapped[str] = mapped_column(String(64))
    state: Mapped[ExampleState] = mapped_column(Word(ExampleState), default=ExampleState.PROPOSED)
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]


class MessageTranslation(Table):
    """What a message says in another language, beside the original and never instead of it."""

    __tablename__ = "message_translation"
    __table_args__ = (UniqueConstraint("message_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True})
    made_by: Mapped[str] = mapped_column(String(64), comment="machine, or the staff member")
    at: Mapped[datetime]


class Export(Table):
    """A file of rows that somebody made to take along: its password is kept nowhere, its link dies. It leads to no conversation."""

    __tablename__ = "export"
    __table_args__ = (UniqueConstraint("token"), Index("ix_export_expires_at", "expires_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), comment="Keyed hash of what stands in the link")
    who: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(32), comment="conversations or referrals, and the format")
    rows: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_at: Mapped[datetime | None] = mapped_column(comment="When it was downloaded: that works once")
