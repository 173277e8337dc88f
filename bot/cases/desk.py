"""What staff and the office see of cases: what their role and the person allow, and no photograph; those are opened one by one."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import checklist, opening
from bot.cases.consent import standing_consent
from bot.cases.telling import programme_of
from bot.content.languages import in_mexico
from bot.content.published import Content
from bot.permissions import Action, Actor, Field, require
from bot.records.cases import CaseEvent, CaseFile, DocumentState, Stage
from bot.records.conversations import Conversation
from bot.records.referrals import Referral
from bot.referrals import visible

STATES = {
    DocumentState.MISSING: "falta", DocumentState.SENT: "enviado, por revisar", DocumentState.ACCEPTED: "aceptado",
    DocumentState.REJECTED: "se pidió otro",
}  # fmt: skip
_LEFT_OUT = {visible.LABELS[field] for field in (Field.FOLIO, Field.STATE, Field.DOCUMENTS, Field.TRANSCRIPT)}
"""What the first lines and the checklist say already, and the conversation."""


def listed(session: Session, actor: Actor, stage: Stage | None, organization_id: str | None, now: datetime) -> list[str]:
    """The reading is written down."""
    require(actor, Action.CASE_READ)
    found = opening.every(session, actor, stage, organization_id)
    audit.write(session, actor, Action.CASE_READ, None, now)
    return [_line(actor, case, referral) for case, referral in found] or ["No hay expedientes."]


def _line(actor: Actor, case: CaseFile, referral: Referral) -> str:
    if visible.is_taken_back(actor, referral):
        return f"{referral.folio}  {referral.state}"
    return f"{referral.folio}  {case.stage:<12} {referral.organization_id:<12} {case.programme:<20} {in_mexico(case.changed_at)}"


def shown(session: Session, actor: Actor, folio: str, content: Content, now: datetime) -> list[str]:
    """One case with its checklist and its history. The reading is written down. Raises RefusedError."""
    require(actor, Action.CASE_READ)
    case, referral = opening.of_folio(session, actor, folio)
    audit.write(session, actor, Action.CASE_READ, session.get_one(Conversation, referral.conversation_id).reference, now)
    if visible.is_taken_back(actor, referral):
        return [f"Folio: {referral.folio}", f"Estado: {visible.STATES[referral.state]} ({referral.state})"]
    programme = programme_of(content, case)
    told = visible.sight_of(session, actor, referral, content, now).lines
    return [
        f"{referral.folio}  {programme.title}, para {referral.organization_id}",
        f"Etapa: {programme.stages[case.stage].title} ({case.stage}), desde {in_mexico(case.changed_at)}. Caso: {referral.state}.",
        *(f"{label}: {value}" for label, value in told if label not in _LEFT_OUT),
        *_papers(session, case, referral, content, now),
        "Historia:",
        *_history(session, actor, case),
    ]


def _papers(session: Session, case: CaseFile, referral: Referral, content: Content, now: datetime) -> list[str]:
    allowed = standing_consent(session, case, now)
    said = f"autorizadas hasta {in_mexico(allowed.expires_at)}" if allowed else "sin permiso: los papeles se enseñan en persona"
    found = [f"Papeles (fotos: {said}):"]
    for line in checklist.lines(session, case, programme_of(content, case), now):
        photo = "; la foto está llegando" if line.row.file_id else "; hay foto" if line.row.stored and allowed else ""
        why = f": {line.row.why}" if line.row.why else ""
        found.append(f"  {line.document.name:<20} {line.document.title}: {STATES[line.row.state]}{why}{photo}")
    return found


def _history(session: Session, actor: Actor, case: CaseFile) -> list[str]:
    lines = []
    for event in session.scalars(select(CaseEvent).where(CaseEvent.case_file_id == case.id).order_by(CaseEvent.id)):
        known = visible.may_know(session, actor, event.who)
        who, why = (event.who, event.why or "") if known else ("equipo", "")
        lines.append(f"  {in_mexico(event.at)}  {who:<16} {event.after:<12} {why}".rstrip())
    return lines
