"""A person's rights over their data: requests under the law, erasures and their receipts, and holds that put an erasure off."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedText, Word
from bot.records.tables import Table


class Right(StrEnum):
    """ARCO: the four rights of the Mexican law on personal data."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    CANCELLATION = "cancellation"
    OPPOSITION = "opposition"


class ArcoState(StrEnum):
    OPEN = "open"
    EXTENDED = "extended"
    GRANTED = "granted"
    DENIED = "denied"
    DONE = "done"


class ArcoRequest(Table):
    __tablename__ = "arco_request"
    __table_args__ = (UniqueConstraint("folio"), UniqueConstraint("idempotency_key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    folio: Mapped[str] = mapped_column(String(16))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True, comment="None: asked on paper or erased")
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"), index=True, comment="Of an official who learns")
    of_official: Mapped[bool] = mapped_column(
        default=False,
        server_default=false(),
        comment="Also once they were erased: it is in the register of officials, never in the migrants'",
    )
    right: Mapped[Right] = mapped_column("arco_right", Word(Right))
    state: Mapped[ArcoState] = mapped_column(Word(ArcoState), default=ArcoState.OPEN)
    asked: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="What is asked for, in the person's words")
    received_at: Mapped[datetime]
    answer_by: Mapped[datetime] = mapped_column(comment="Twenty working days, thirty when extended once")
    effective_by: Mapped[datetime | None] = mapped_column(comment="Fifteen working days after it is granted")
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True})
    who: Mapped[str | None] = mapped_column(String(64), comment="Who answered")


class Erasure(Table):
    """That something was erased, and how much: nothing here leads back to the person."""

    __tablename__ = "erasure"
    __table_args__ = (UniqueConstraint("folio"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    folio: Mapped[str] = mapped_column(String(16), comment="On the receipt")
    erased: Mapped[Any] = mapped_column(JSON, comment="`reference` of each conversation erased: random, for a restored backup")
    counts: Mapped[Any] = mapped_column(JSON, comment="Rows and files erased, by kind")
    left: Mapped[Any] = mapped_column(JSON, comment="Who is still to be told: offices that had received a case, holders of open tickets")
    asked_by: Mapped[str] = mapped_column(String(64), comment="person, retention or the staff member")
    erased_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(128))


class LegalHold(Table):
    """While it stands, what belongs to the conversation and to the learner is neither erased nor thrown away by age."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_conversation", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), comment="None: an official without a chat")
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"), index=True, comment="Of an official who learns")
    why: Mapped[str] = mapped_column(EncryptedText, info={"personal": True}, comment="Authority and file number")
    placed_by: Mapped[str] = mapped_column(String(64))
    placed_at: Mapped[datetime]
    review_at: Mapped[datetime] = mapped_column(comment="When somebody has to say whether it still stands")
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(64))
