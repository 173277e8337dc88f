"""Who works here: each with one role, invited by a one-time link, revoked and never deleted (the audit names them)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import Word
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
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("invitation"))

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
