"""Every reading and writing of personal data by staff, partners and the service's own jobs: rows that are only ever added."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.records.columns import EncryptedText
from bot.records.tables import Table


class AuditEntry(Table):
    """One act. `digest` is keyed and covers the row and the digest before it, so an altered or missing row is found."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject", "id"),
        Index("ix_audit_who", "who", "id"),
        Index("ix_audit_action", "action", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(64), comment="Name of a staff member, or person, assistant, partner link")
    role: Mapped[str] = mapped_column(String(64), comment="The name again of who has none")
    office: Mapped[str | None] = mapped_column(String(64), comment="organization_id they act for; none: the operator's own")
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str | None] = mapped_column(
        String(32), comment="`reference` of the conversation: random, so it names nobody once that is erased"
    )
    why: Mapped[str | None] = mapped_column(EncryptedText, info={"personal": True}, comment="The reason given, if one was asked for")
    why_digest: Mapped[str | None] = mapped_column(String(32), comment="Keyed hash of the reason, which may be erased")
    digest: Mapped[str] = mapped_column(String(32))
