"""Who works here: each with one role, invited by a one-time link, revoked and never deleted (the audit names them)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedText, Word
from bot.records.tables import Table


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    DATA_OFFICER = "data_officer"
    PARTNER = "partner"
    ADMIN = "admin"


class Staff(Table):
    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("invitation"), Index("uq_staff_telegram", "telegram", unique=True))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), comment="What they sign in with and what the audit calls them")
    role: Mapped[Role] = mapped_column(Word(Role))
    organization_id: Mapped[str | None] = mapped_column(
        String(64), comment="Whose referrals a partner sees; none: the operator's own staff"
    )
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    invitation: Mapped[str | None] = mapped_column(String(64), comment="Keyed hash of the one-time link; emptied when used")
    invitation_expires_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    password: Mapped[str | None] = mapped_column(String(256), comment="Argon2id hash")
    totp: Mapped[str | None] = mapped_column(EncryptedText, comment="Secret of the second factor, once it is confirmed")
    totp_offered: Mapped[str | None] = mapped_column(EncryptedText, comment="Another secret that the telephone has not proved yet")
    totp_offered_at: Mapped[datetime | None]
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0", comment="Last step of thirty seconds used: a code serves once")
    recovery: Mapped[Any | None] = mapped_column(JSON, comment="Keyed hashes of the codes for a lost telephone that are left")
    failures: Mapped[int] = mapped_column(default=0, server_default="0", comment="Wrong passwords or codes in a row")
    locked_until: Mapped[datetime | None]
    conduct: Mapped[str | None] = mapped_column(String(16), comment="Version of the code of conduct that was accepted")
    conduct_at: Mapped[datetime | None]
    email: Mapped[str | None] = mapped_column(EncryptedText, comment="For alerts")
    telegram: Mapped[str | None] = mapped_column(String(32), comment="Keyed hash of their number on Telegram")
    telegram_code: Mapped[str | None] = mapped_column(String(32), comment="Keyed hash of the code that links their Telegram")
    telegram_code_expires_at: Mapped[datetime | None]
    is_away: Mapped[bool] = mapped_column(default=False, server_default=false(), comment="Takes no new ones; keeps those they hold")
    language: Mapped[str] = mapped_column(String(8), default="es", server_default="es", comment="Of the console")


class StaffSession(Table):
    """A browser in which somebody has signed in."""

    __tablename__ = "staff_session"
    __table_args__ = (UniqueConstraint("token"), Index("ix_staff_session_staff", "staff_id", "ended_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token: Mapped[str] = mapped_column(String(64), comment="Keyed hash of what stands in the cookie")
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(comment="However much it is used")
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(64), default="", comment="As the member recognizes it in the list: «Firefox en Windows»")
    is_confirmed: Mapped[bool] = mapped_column(default=False, comment="The second factor was given too")


class UsedForm(Table):
    """A form that was taken: sent again, from a slow line or by the back button, it does nothing more."""

    __tablename__ = "used_form"

    once: Mapped[str] = mapped_column(String(64), primary_key=True)
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
