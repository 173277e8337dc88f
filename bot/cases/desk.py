"""What staff and the office see of cases: what their role and the person allow, and no photograph; those are opened one by one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import checklist, opening, stages
from bot.cases.consent import standing_consent
from bot.cases.telling import programme_of
from bot.content.languages import in_mexico
from bot.content.programme_files import Programme
from bot.content.published import Content
from bot.permissions import Action, Actor, Field, may, require
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
SOMEBODY = "equipo"  # who acted, for who does not read names of the operator's staff


@dataclass(frozen=True)
class Paper:
    name: str
    title: str
    state: DocumentState
    why: str
    photo: str  # "coming", "kept" or nothing
    verdicts: tuple[DocumentState, ...]  # what the actor may say of it now


@dataclass(frozen=True)
class Step:
    at: datetime
    stage: Stage
    who: str
    why: str


@dataclass(frozen=True)
class Shown:
    """The case file of a programme as its reader may see it, with what they may do next."""

    programme: Programme
    stage: Stage
    changed_at: datetime
    photos_until: datetime | None  # None: no leave to keep photographs
    papers: tuple[Paper, ...]
    steps: tuple[Step, ...]
    may_become: tuple[Stage, ...]


def read_file(session: Session, actor: Actor, referral: Referral, content: Content, now: datetime) -> Shown | None:
    """For doors that have asked and written down the reading. None: it has none, or it is not for them."""
    case = session.scalar(select(CaseFile).where(CaseFile.referral_id == referral.id))
    if case is None or not may(actor.role, Action.CASE_READ) or visible.is_taken_back(actor, referral):
        return None
    programme = content.programmes.get(case.programme)
    if programme is None:  # an editor has taken it away
        return None
    allowed = standing_consent(session, case, now)
    moves = may(actor.role, Action.CASE_ADVANCE) and opening.is_open(case, referral)
    return Shown(
        programme, case.stage, case.changed_at, allowed.expires_at if allowed else None,
        _papers(session, case, programme, moves, allowed is not None, now), _steps(session, actor, case),
        tuple(stage for stage in Stage if moves and stage in stages.MAY_BECOME[case.stage]),
    )  # fmt: skip


def _papers(session: Session, case: CaseFile, programme: Programme, moves: bool, allowed: bool, now: datetime) -> tuple[Paper, ...]:
    found = []
    for line in checklist.lines(session, case, programme, now):
        row = line.row
        photo = "coming" if row.file_id else "kept" if row.stored and allowed else ""
        decided = (DocumentState.ACCEPTED, DocumentState.REJECTED)
        verdicts = tuple(each for each in decided if moves and each in checklist.MAY_BECOME[row.state])
        found.append(Paper(row.name, line.document.title, row.state, row.why or "", photo, verdicts))
    return tuple(found)


def _steps(session: Session, actor: Actor, case: CaseFile) -> tuple[Step, ...]:
    query = select(CaseEvent).where(CaseEvent.case_file_id == case.id).order_by(CaseEvent.id)
    known = [(event, visible.may_know(session, actor, event.who)) for event in session.scalars(query)]
    return tuple(
        Step(each.at, each.after, each.who if is_known else SOMEBODY, (each.why or "") if is_known else "") for each, is_known in known
    )


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
    programme_of(content, case)  # or it is said which one is missing
    found = read_file(session, actor, referral, content, now)
    assert found is not None, "the case and its programme were found"
    told = visible.sight_of(session, actor, referral, content, now).lines
    return [
        f"{referral.folio}  {found.programme.title}, para {referral.organization_id}",
        f"Etapa: {found.programme.stages[case.stage].title} ({case.stage}), desde {in_mexico(case.changed_at)}. Caso: {referral.state}.",
        *(f"{label}: {value}" for label, value in told if label not in _LEFT_OUT),
        *_printed_papers(found),
        "Historia:",
        *(f"  {in_mexico(each.at)}  {each.who:<16} {each.stage:<12} {each.why}".rstrip() for each in found.steps),
    ]


def _printed_papers(found: Shown) -> list[str]:
    said = f"autorizadas hasta {in_mexico(found.photos_until)}" if found.photos_until else "sin permiso: los papeles se enseñan en persona"
    photos = {"coming": "; la foto está llegando", "kept": "; hay foto", "": ""}
    lines = [
        f"  {each.name:<20} {each.title}: {STATES[each.state]}{f': {each.why}' if each.why else ''}{photos[each.photo]}"
        for each in found.papers
    ]
    return [f"Papeles (fotos: {said}):", *lines]
