"""`./puente referrals`: what staff and the receiving institution see of cases, and the changes they make. Every reading is in the audit."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.content.languages import in_mexico
from bot.conversation.surroundings import Surroundings
from bot.permissions import Actor, Field
from bot.records.referrals import ReferralState
from bot.referrals import answers, lifecycle, listing, record, visible
from bot.referrals.listing import SHOWN, Listed, Wanted


def list_referrals(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[str]:
    """The late ones first, then by deadline. A partner finds its own organization's alone."""
    found = listing.find(session, actor, wanted, now, SHOWN)
    lines = [_line(each) for each in found.cases] or ["No hay casos así."]
    return lines if found.is_all else [*lines, f"Hay más; se muestran {SHOWN}. Busque por estado u oficina."]


def _line(case: Listed) -> str:
    if case.priority is None:  # taken back
        return f"{case.folio}  {case.state}"
    late = "ATRASADO" if case.is_late else ""
    office, until = case.organization_id, in_mexico(case.answer_by)
    return f"{case.folio}  {case.state:<10} {case.priority:<7} {until:<16}  {office:<16} {late}".rstrip()


def show_referral(session: Session, actor: Actor, folio: str, around: Surroundings, reason: str | None = None) -> list[str]:
    """What the actor may see, of a case that was taken back an institution only the folio and the state. Raises RefusedError."""
    case = record.open_record(session, actor, folio, around.content, around.now, reason)
    state = f"{visible.STATES[case.state]} ({case.state})"
    if case.is_taken_back:
        return [f"Folio: {case.folio}", f"Estado: {state}"]
    late = " (atrasado)" if case.is_late else ""
    lines = [
        f"Folio: {case.folio}",
        f"Estado: {state}, desde {in_mexico(case.changed_at)}",
        f"Oficina: {case.organization_id}{f' ({case.service_id})' if case.service_id else ''}",
        f"Prioridad: {case.priority}   Contestar a más tardar: {in_mexico(case.answer_by)}{late}",
        f"Hecho: {in_mexico(case.created_at)}   El permiso termina: {in_mexico(case.expires_at)}",
        *_told(case.seen),
    ]
    if case.followed:
        lines += _for_staff(case.followed)
    return [*lines, "Lo que ha pasado:", *(_event(each) for each in case.events)]


def _told(seen: visible.Seen) -> list[str]:
    """What the person told."""
    left_out = {visible.LABELS[Field.FOLIO], visible.LABELS[Field.STATE]}
    lines = [f"{label}: {value}".replace("\n", "\n    ") for label, value in seen.lines if label not in left_out]
    return lines + ([f"Con --why y para qué lo necesita se ve: {', '.join(seen.on_reason)}"] if seen.on_reason else [])


def _for_staff(case: record.Followed) -> list[str]:
    answers = {True: "sí", False: "no", None: "sin respuesta"}
    return [
        f"Lo envió: {case.sender}   Para: {case.for_whom}   Se parece a: {case.may_duplicate or '—'}",
        f"¿La atendieron?: {answers[case.attended]} (preguntas: {case.asked})   Queja: {in_mexico(case.complained_at)}",
    ]


def _event(event: record.Event) -> str:
    return f"  {in_mexico(event.at)}  {event.state or '':<10} {event.who:<16} {event.why}".rstrip()


def set_state(
    session: Session, actor: Actor, folio: str, state: ReferralState, why: str | None, note: str | None, around: Surroundings
) -> list[str]:
    """Raises RefusedError when it may not."""
    referral = lifecycle.for_actor(session, actor, folio)
    is_told = answers.answer(session, referral, state, actor, why, around, note)
    told = "Se le avisó a la persona." if is_told else "A la persona no se le avisa: no se le puede o no quiere que se le escriba."
    return [f"{referral.folio}: {referral.state}. {told}"]
