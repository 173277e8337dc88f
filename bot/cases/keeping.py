"""What follows for cases from what became of their applications: looked after by itself, so no other part has to think of it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from bot.cases.checklist import TO_SEND
from bot.cases.files import delete_unwanted
from bot.cases.stages import ENDED, close_ended
from bot.records.cases import CaseDocument, CaseFile
from bot.records.referrals import Consent, Referral

LATELY = timedelta(minutes=20)  # longer than between two looks at all cases


def follow_referrals(session: Session, folder: Path, now: datetime, among: Collection[int] | None = None) -> int:
    """Cases taken back are closed and photographs nobody may keep are deleted. Returns how many of both. `among`: those referrals only."""
    return close_ended(session, now, among) + delete_unwanted(session, folder, now, among)


def follow_lately(session: Session, folder: Path, now: datetime) -> int:
    """The same within seconds for what was taken back just now, without a look at all the others."""
    among = _changed_since(session, now - LATELY)
    return follow_referrals(session, folder, now, among) if among else 0


def _changed_since(session: Session, since: datetime) -> list[int]:
    """Referrals that ended, lost the leave to keep something or had a document turned down: by three indices, however many there are."""
    ended = select(Referral.id).where(Referral.state.in_(ENDED), Referral.changed_at > since)
    withdrawn = select(Consent.referral_id).where(Consent.withdrawn_at > since, Consent.referral_id.is_not(None))
    of_document = select(CaseFile.referral_id).join(CaseDocument, CaseDocument.case_file_id == CaseFile.id)
    turned_down = of_document.where(CaseDocument.stored.is_not(None), CaseDocument.changed_at > since, CaseDocument.state.in_(TO_SEND))
    return [each for each in session.scalars(union(ended, withdrawn, turned_down)) if each]
