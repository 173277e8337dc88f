"""What staff and the office see of cases: no name, no telephone and no photograph; those are opened one by one, with a reason."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import checklist, opening
from bot.cases.consent import standing_consent
from bot.cases.telling import programme_of
from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.permissions import Action, Actor, require
from bot.records.cases import CaseEvent, CaseFile, DocumentState, Stage
from bot.records.conversations import Conversation
from bot.records.referrals import Referral

STATES = {
    DocumentState.MISSING: "falta", DocumentState.SENT: "enviado, por revisar", DocumentState.ACCEPTED: "aceptado",
    DocumentState.REJECTED: "se pidió otro",
}  # fmt: skip


def listed(session: Session, actor: Actor, stage: Stage | None, organization_id: str | None) -> list[str]:
    require(actor, Action.CASE_READ)
    found = opening.every(session, actor, stage, organization_id)
    if not found:
        return ["No hay expedientes."]
    return [
        f"{referral.folio}  {case.stage:<12} {referral.organization_id:<12} {case.programme:<20} {_day(case.changed_at)}"
        for case, referral in found
    ]


def shown(session: Session, actor: Actor, folio: str, content: Content, now: datetime) -> list[str]:
    """One case with its checklist and its history. The reading is written down. Raises RefusedError."""
    require(actor, Action.CASE_READ)
    case, referral = opening.of_folio(session, actor, folio)
    programme = programme_of(content, case)
    conversation = session.get_one(Conversation, referral.conversation_id)
    audit.write(session, actor, Action.CASE_READ, conversation.reference, now)
    place = content.municipalities.get(referral.municipality or "")
    stage = programme.stages[case.stage].title
    return [
        f"{referral.folio}  {programme.title}, para {referral.organization_id}",
        f"Etapa: {stage} ({case.stage}), desde {_day(case.changed_at)}. Caso: {referral.state}.",
        f"Municipio: {place.title if place else '—'}. Idioma: {conversation.language}.",
        *_papers(session, case, referral, content, now),
        "Historia:",
        *(f"  {_day(each.at)}  {each.who:<16} {each.after:<12} {each.why or ''}".rstrip() for each in _events(session, case)),
    ]


def _papers(session: Session, case: CaseFile, referral: Referral, content: Content, now: datetime) -> list[str]:
    allowed = standing_consent(session, case, now)
    said = f"autorizadas hasta {_day(allowed.expires_at)}" if allowed else "sin permiso: los papeles se enseñan en persona"
    found = [f"Papeles (fotos: {said}):"]
    for line in checklist.lines(session, case, programme_of(content, case), now):
        photo = "; la foto está llegando" if line.row.file_id else "; hay foto" if line.row.stored and allowed else ""
        why = f": {line.row.why}" if line.row.why else ""
        found.append(f"  {line.document.name:<20} {line.document.title}: {STATES[line.row.state]}{why}{photo}")
    return found


def _events(session: Session, case: CaseFile) -> list[CaseEvent]:
    return list(session.scalars(select(CaseEvent).where(CaseEvent.case_file_id == case.id).order_by(CaseEvent.id)))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(MEXICO):%d/%m/%Y %H:%M}"
