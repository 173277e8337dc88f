"""Case files of a programme: an application's stages and the checklist of its documents."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedText, Word
from bot.records.tables import Table


class Stage(StrEnum):
    INFORMATION = "information"
    APPLICATION = "application"
    VISIT = "visit"
    RULING = "ruling"
    DELIVERY = "delivery"
    FOLLOWUP = "followup"
    CLOSED = "closed"


class CaseFile(Table):
    __tablename__ = "case_file"
    __table_args__ = (UniqueConstraint("referral_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), comment="The application it belongs to")
    programme: Mapped[str] = mapped_column(String(64))
    stage: Mapped[Stage] = mapped_column(Word(Stage), default=Stage.INFORMATION)
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CaseEvent(Table):
    __tablename__ = "case_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_file_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    before: Mapped[Stage | None] = mapped_column(Word(Stage))
    after: Mapped[Stage] = mapped_column(Word(Stage))
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="What was done to which document, or a reason")
    at: Mapped[datetime]


class DocumentState(StrEnum):
    MISSING = "missing"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


_STORED = text("stored IS NOT NULL")


class CaseDocument(Table):
    """One line of the checklist. The file itself lies encrypted in the data folder."""

    __tablename__ = "case_document"
    __table_args__ = (
        UniqueConstraint("case_file_id", "name"),
        Index("ix_case_document_stored", "changed_at", sqlite_where=_STORED, postgresql_where=_STORED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_file_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    name: Mapped[str] = mapped_column(String(64), comment="Of the document in the programme's checklist")
    state: Mapped[DocumentState] = mapped_column(Word(DocumentState), default=DocumentState.MISSING)
    file_id: Mapped[str | None] = mapped_column(
        EncryptedText, info={"personal": True}, comment="What the door fetches it by, until it is kept"
    )
    stored: Mapped[str | None] = mapped_column(String(64), comment="Name of the encrypted file in the data folder")
    why: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="Why it was not accepted")
    changed_at: Mapped[datetime]
