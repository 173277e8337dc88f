"""The person's leave to keep photographs of documents for the office: given once for a case, before the first, taken back at will."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from bot.content.programme_files import Programme
from bot.records.cases import CaseFile
from bot.records.referrals import Consent, ConsentKind, Referral


@dataclass(frozen=True)
class Allowed:
    """What the person agreed to, as it was shown."""

    version: str
    text: str
    language: str
    expires_in: int  # days


def allow(session: Session, case: CaseFile, programme: Programme, allowed: Allowed, now: datetime) -> None:
    """The person lets photographs of these documents be kept for the office."""
    referral = session.get_one(Referral, case.referral_id)
    session.add(
        Consent(
            kind=ConsentKind.DOCUMENTS, conversation_id=referral.conversation_id, referral_id=referral.id, version=allowed.version,
            text=allowed.text, language=allowed.language, recipient=referral.organization_id, purpose="documents",
            fields=[document.name for document in programme.documents], given_at=now, expires_at=now + timedelta(days=allowed.expires_in),
        )
    )  # fmt: skip
    session.flush()


def standing_consent(session: Session, case: CaseFile, now: datetime) -> Consent | None:
    """The leave for this case, as long as it holds."""
    query = select(Consent).join(Referral, Referral.id == Consent.referral_id).where(Referral.id == case.referral_id, *_holds(now))
    return session.scalar(query.order_by(Consent.id.desc()).limit(1))


def consent_stands(now: datetime) -> ColumnElement[bool]:
    """For a query over referrals: is there such a leave?"""
    return exists().where(Consent.referral_id == Referral.id, *_holds(now)).correlate(Referral)


def _holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Consent.kind == ConsentKind.DOCUMENTS, Consent.withdrawn_at.is_(None), Consent.expires_at > now
