"""Referrals, the consent they stand on, and everything that happened to them. States are Primero's words."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
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


class Priority(StrEnum):
    """How soon the institution has to answer."""

    URGENT = "urgent"  # 24 hours
    SOON = "soon"  # 72 hours
    NORMAL = "normal"  # two weeks


class ForWhom(StrEnum):
    SELF = "self"
    MINOR = "minor"  # asked by the adult who accompanies them
    OTHER = "other"  # an adult who agreed


class Referral(Table):
    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        UniqueConstraint("folio"),
        Index("ix_referral_organization", "organization_id", "state", "answer_by"),
        Index("ix_referral_due", "state", "answer_by"),
        Index("ix_referral_expiry", "state", "expires_at"),
        Index("ix_referral_created", "created_at"),
        Index("ix_referral_changed", "state", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    folio: Mapped[str] = mapped_column(String(16), comment="What the person is given to ask with")
    idempotency_key: Mapped[str] = mapped_column(String(64), comment="The update that made it: a replay finds it")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    organization_id: Mapped[str] = mapped_column(String(64), comment="Receiving organization in the directory")
    state: Mapped[ReferralState] = mapped_column(Word(ReferralState), default=ReferralState.DRAFT)
    need: Mapped[str] = mapped_column(String(32))
    municipality: Mapped[str | None] = mapped_column(String(5), comment="INEGI key")
    details: Mapped[Any] = mapped_column(EncryptedJson, info={"personal": True}, comment="The consented fields and their values")
    service_id: Mapped[str | None] = mapped_column(String(64), comment="Service of the directory it is for")
    priority: Mapped[Priority] = mapped_column(Word(Priority), default=Priority.NORMAL, server_default="normal")
    answer_by: Mapped[datetime | None] = mapped_column(comment="Until when the institution has to answer, in its office hours")
    expires_at: Mapped[datetime | None] = mapped_column(comment="When the consent it stands on ends")
    sender: Mapped[str] = mapped_column(String(64), default="person", server_default="person", comment="person, or who made it at a desk")
    for_whom: Mapped[ForWhom] = mapped_column(Word(ForWhom), default=ForWhom.SELF, server_default="self")
    may_duplicate: Mapped[str | None] = mapped_column(String(16), comment="Folio of an open referral that looks the same")
    escalated_at: Mapped[datetime | None] = mapped_column(comment="When the institution and the supervisor were told that it is late")
    asked_at: Mapped[datetime | None] = mapped_column(comment="When the person was last asked whether they were attended")
    asked: Mapped[int] = mapped_column(default=0, server_default="0", comment="How often")
    attended: Mapped[bool | None] = mapped_column(comment="What they answered")
    complained_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ConsentKind(StrEnum):
    SHARE = "share"  # these fields with that recipient
    WRITE = "write"  # notices to this chat
    DOCUMENTS = "documents"  # photographs of papers, kept for that recipient


class Consent(Table):
    """What exactly was agreed to: the text as shown, for whom, which fields, until when."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "ix_consent_withdrawn", "withdrawn_at", sqlite_where=text("withdrawn_at IS NOT NULL"),
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ConsentKind] = mapped_column(Word(ConsentKind), default=ConsentKind.SHARE, server_default="share")
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True, comment="Whose it is")
    referral_id: Mapped[int | None] = mapped_column(ForeignKey("referral.id"), index=True, comment="None: not about one referral")
    given_by: Mapped[str] = mapped_column(
        String(64), default="person", server_default="person", comment="person, or the official who took it down at a desk"
    )
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
    why: Mapped[str | None] = mapped_column(String(64), comment="A reason of the fixed list")
    note: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="The reason in the institution's own words")
    at: Mapped[datetime]


class PartnerLink(Table):
    """A page about one referral for the institution that received it, opened without an account until it expires or is revoked."""

    __tablename__ = "partner_link"
    __table_args__ = (UniqueConstraint("token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    organization_id: Mapped[str] = mapped_column(String(64))
    token: Mapped[str] = mapped_column(String(64), comment="Keyed hash of what stands in the link")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None] = mapped_column(comment="Last time")
    opened: Mapped[int] = mapped_column(default=0, server_default="0", comment="How many times")
