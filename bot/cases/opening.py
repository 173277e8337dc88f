"""A case file is opened with the application that a person sends, and found again by the person, by folio or by stage."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.permissions import PERSON, Actor
from bot.records.cases import CaseEvent, CaseFile, Stage
from bot.records.conversations import Conversation
from bot.records.referrals import Referral
from bot.records.tables import lock
from bot.referrals.lifecycle import TAKEN_BACK


def open_file(session: Session, referral: Referral, programme: str, now: datetime) -> CaseFile:
    """The case of that application, at its first stage. A second call finds the same one."""
    known = session.scalar(select(CaseFile).where(CaseFile.referral_id == referral.id))
    if known:
        return known
    case = CaseFile(referral_id=referral.id, programme=programme, stage=Stage.INFORMATION, opened_at=now, changed_at=now)
    session.add(case)
    session.flush()
    session.add(CaseEvent(case_file_id=case.id, before=None, after=Stage.INFORMATION, who=PERSON.name, at=now))
    return case


def of_conversation(session: Session, conversation: Conversation) -> list[tuple[CaseFile, Referral]]:
    """The person's cases, newest first."""
    query = select(CaseFile, Referral).join(Referral, Referral.id == CaseFile.referral_id)
    rows = session.execute(query.where(Referral.conversation_id == conversation.id).order_by(CaseFile.id.desc()))
    return [(case, referral) for case, referral in rows]


def is_open(case: CaseFile, referral: Referral) -> bool:
    return case.stage is not Stage.CLOSED and referral.state not in TAKEN_BACK


def open_of(session: Session, conversation: Conversation, programme: str | None = None) -> tuple[CaseFile, Referral] | None:
    """The person's newest open case, of that programme if one is named."""
    found = (pair for pair in of_conversation(session, conversation) if is_open(*pair))
    return next((pair for pair in found if programme in (None, pair[0].programme)), None)


def of_folio(session: Session, actor: Actor, folio: str) -> tuple[CaseFile, Referral]:
    """Raises RefusedError, in the same words, when there is none and when it is of another organization than the partner's."""
    query = select(CaseFile, Referral).join(Referral, Referral.id == CaseFile.referral_id).where(Referral.folio == folio.strip().upper())
    row = session.execute(query).one_or_none()
    if row is None or actor.organization_id not in (None, row[1].organization_id):
        raise RefusedError(f"No hay un expediente con el folio {folio}; revise el folio")
    return row[0], row[1]


def require_open(session: Session, referral: Referral) -> None:
    """Also while it is taken back at the same moment. Raises RefusedError."""
    lock(session, referral)
    if referral.state in TAKEN_BACK:
        raise RefusedError(f"El caso {referral.folio} fue retirado o venció: ya no se trabaja con él")


def every(
    session: Session, actor: Actor, stage: Stage | None = None, organization_id: str | None = None
) -> list[tuple[CaseFile, Referral]]:
    """The cases the actor may see, oldest change first: a partner's are those of its own organization."""
    query = select(CaseFile, Referral).join(Referral, Referral.id == CaseFile.referral_id).order_by(CaseFile.changed_at, CaseFile.id)
    if stage is not None:
        query = query.where(CaseFile.stage == stage)
    for wanted in (organization_id, actor.organization_id):
        if wanted is not None:
            query = query.where(Referral.organization_id == wanted)
    return [(case, referral) for case, referral in session.execute(query)]
