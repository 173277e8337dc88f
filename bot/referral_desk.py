"""`./puente referrals`: what staff and the receiving institution see of cases, and the changes they make. Every reading is in the audit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import MEXICO
from bot.conversation.surroundings import Surroundings
from bot.permissions import Action, Actor, Field, Sight, sight
from bot.records.conversations import Conversation
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import answers, lifecycle, notices

SHOWN = 200  # cases


@dataclass(frozen=True)
class Wanted:
    """Which cases are listed; None: all of them."""

    state: ReferralState | None = None
    organization_id: str | None = None
    only_late: bool = False


def list_referrals(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[str]:
    """The late ones first, then by deadline. A partner finds its own organization's alone."""
    query = select(Referral).where(Referral.state != ReferralState.DRAFT)
    if actor.role is Role.PARTNER:
        query = query.where(Referral.organization_id == actor.organization_id)
    if wanted.organization_id:
        query = query.where(Referral.organization_id == wanted.organization_id)
    if wanted.state:
        query = query.where(Referral.state == wanted.state)
    if wanted.only_late:
        query = query.where(Referral.state.in_((ReferralState.SENT, ReferralState.RECEIVED)), Referral.answer_by <= now)
    by_deadline = (Referral.state.not_in((ReferralState.SENT, ReferralState.RECEIVED)), Referral.answer_by, Referral.id)
    found = list(session.scalars(query.order_by(*by_deadline).limit(SHOWN + 1)))
    audit.write(session, actor, Action.REFERRAL_LIST, None, now)
    lines = [_line(each, now) for each in found[:SHOWN]] or ["No hay casos así."]
    return [*lines, f"Hay más; se muestran {SHOWN}. Busque por estado u oficina."] if len(found) > SHOWN else lines


def _line(referral: Referral, now: datetime) -> str:
    late = "ATRASADO" if notices.is_late(referral, now) else ""
    office, until = referral.organization_id, _moment(referral.answer_by)
    return f"{referral.folio}  {referral.state:<10} {referral.priority:<7} {until:<16}  {office:<16} {late}".rstrip()


def show_referral(session: Session, actor: Actor, folio: str, around: Surroundings) -> list[str]:
    """What may be read without opening what the person told. Raises RefusedError."""
    referral = lifecycle.for_actor(session, actor, folio)
    _audit(session, actor, Action.REFERRAL_READ, referral, around.now)
    need = referral.need if _may_see(session, actor, referral, Field.NEED, around.now) else "—"
    place = around.content.municipalities.get(referral.municipality or "")
    where = place.title if place and _may_see(session, actor, referral, Field.PLACE, around.now) else "—"
    late = " (atrasado)" if notices.is_late(referral, around.now) else ""
    lines = [
        f"Folio: {referral.folio}",
        f"Estado: {referral.state}, desde {_moment(referral.changed_at)}",
        f"Oficina: {referral.organization_id}{f' ({referral.service_id})' if referral.service_id else ''}",
        f"Necesidad: {need}   Lugar: {where}",
        f"Prioridad: {referral.priority}   Contestar a más tardar: {_moment(referral.answer_by)}{late}",
        f"Hecho: {_moment(referral.created_at)}   El permiso termina: {_moment(referral.expires_at)}",
    ]
    if actor.role is not Role.PARTNER:
        lines += _for_staff(referral)
    events = session.scalars(select(ReferralEvent).where(ReferralEvent.referral_id == referral.id).order_by(ReferralEvent.id))
    return [*lines, "Lo que ha pasado:", *(_event(each, actor) for each in events)]


def _for_staff(referral: Referral) -> list[str]:
    answers = {True: "sí", False: "no", None: "sin respuesta"}
    return [
        f"Lo envió: {referral.sender}   Para: {referral.for_whom}   Se parece a: {referral.may_duplicate or '—'}",
        f"¿La atendieron?: {answers[referral.attended]} (preguntas: {referral.asked})   Queja: {_moment(referral.complained_at)}",
    ]


def _event(event: ReferralEvent, actor: Actor) -> str:
    """A partner does not read the names of the operator's staff."""
    hidden = actor.role is Role.PARTNER and event.who not in ("person", "assistant", actor.name)
    state = event.after if event.before is not event.after else ""
    return f"  {_moment(event.at)}  {state:<10} {'equipo' if hidden else event.who:<16} {event.why or ''}".rstrip()


def set_state(
    session: Session, actor: Actor, folio: str, state: ReferralState, why: str | None, note: str | None, around: Surroundings
) -> list[str]:
    """Raises RefusedError when it may not."""
    referral = lifecycle.for_actor(session, actor, folio)
    is_told = answers.answer(session, referral, state, actor, why, around, note)
    told = "Se le avisó a la persona." if is_told else "A la persona no se le avisa: no se le puede o no quiere que se le escriba."
    return [f"{referral.folio}: {referral.state}. {told}"]


def _may_see(session: Session, actor: Actor, referral: Referral, field: Field, now: datetime) -> bool:
    seen = sight(actor.role, field)
    if seen is not Sight.CONSENTED:
        return seen is Sight.CLEAR
    names = {Field.NEED: "need", Field.PLACE: "municipality"}
    valid = select(Consent).where(
        Consent.referral_id == referral.id, Consent.kind == ConsentKind.SHARE, Consent.recipient == actor.organization_id,
        Consent.withdrawn_at.is_(None), Consent.expires_at > now,
    )  # fmt: skip
    return any(names[field] in consent.fields for consent in session.scalars(valid))


def _audit(session: Session, actor: Actor, action: Action, referral: Referral, now: datetime) -> None:
    reference = session.get_one(Conversation, referral.conversation_id).reference
    audit.write(session, actor, action, reference, now, why=referral.folio)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(MEXICO):%d/%m/%Y %H:%M}" if at else "—"
