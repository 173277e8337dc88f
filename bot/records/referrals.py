"""Referrals, the consent they stand on, and everything that happened to them. States are Primero's words."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedJson, EncryptedText, Word
from bot.records.tables import Table


class ReferralState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_SERVICE = "in_service"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVOKED = "revoked"


_ENDED = {ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED}
MAY_BECOME = {
    ReferralState.DRAFT: {ReferralState.SENT} | _ENDED,
    ReferralState.SENT: {ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.REJECTED} | _ENDED,
    ReferralState.RECEIVED: {ReferralState.ACCEPTED, ReferralState.REJECTED} | _ENDED,
    ReferralState.ACCEPTED: {ReferralState.IN_SERVICE, ReferralState.DONE, ReferralState.REJECTED} | _ENDED,
    ReferralState.IN_SERVICE: {ReferralState.DONE} | _ENDED,
    ReferralState.REJECTED: set[ReferralState](),
    ReferralState.DONE: set[ReferralState](),
    ReferralState.WITHDRAWN: set[ReferralState](),
    ReferralState.EXPIRED: set[ReferralState](),
    ReferralState.REVOKED: set[ReferralState](),
}


class Referral(Table):
    __tablename__ = "referral"
    __table_args__ = (UniqueConstraint("idempotency_key"), UniqueConstraint("folio"))

    id: Mapped[int] = mapped_column(primary_key=True)
    folio: Mapped[str] = mapped_column(String(16), comment="What the person is given to ask with")
    idempotency_key: Mapped[str] = mapped_column(String(64), comment="The update that made it: a replay finds it")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    organization_id: Mapped[str] = mapped_column(String(64), comment="Receiving organization in the directory")
    state: Mapped[ReferralState] = mapped_column(Word(ReferralState), default=ReferralState.DRAFT)
    need: Mapped[str] = mapped_column(String(32))
    municipality: Mapped[str | None] = mapped_column(String(5), comment="INEGI key")
    details: Mapped[Any] = mapped_column(EncryptedJson, info={"personal": True}, comment="The consented fields and their values")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Consent(Table):
    """What exactly was agreed to: the text as shown, for whom, which fields, until when."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    version: Mapped[str] = mapped_column(String(32), comment="Version of the text")
    text: Mapped[str] = mapped_column(EncryptedText, info={"personal": True}, comment="The text as it was shown")
    language: Mapped[str] = mapped_column(String(8))
    recipient: Mapped[str] = mapped_column(String(64), comment="organization_id it is shared with")
    purpose: Mapped[str] = mapped_column(String(32))
    fields: Mapped[Any] = mapped_column(JSON, comment="Names of the fields that may be shared")
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class ReferralEvent(Table):
    __tablename__ = "referral_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    before: Mapped[ReferralState | None] = mapped_column(Word(ReferralState))
    after: Mapped[ReferralState] = mapped_column(Word(ReferralState))
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
