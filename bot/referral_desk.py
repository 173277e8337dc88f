"""`./puente referrals`: what staff and the receiving institution see of cases, and the changes they make. Every reading is in the audit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import Session

from bot import audit
from bot.content.languages import in_mexico
from bot.conversation.surroundings import Surroundings
from bot.permissions import Action, Actor, Field
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import answers, lifecycle, notices, visible

SHOWN = 200  # cases


@dataclass(frozen=True)
class Wanted:
    """Which cases are listed; None: all of them."""

    state: ReferralState | None = None
    organization_id: str | None = None
    only_late: bool = False


def list_referrals(session: Session, actor: Actor, wanted: Wanted, now: datetime) -> list[str]:
    """The late ones first, then by deadline. A partner finds its own organization's alone."""
    states = {wanted.state} if wanted.state else set(ReferralState)
    conditions: list[ColumnElement[bool]] = []
    if actor.role is Role.PARTNER:
        conditions.append(Referral.organization_id == actor.organization_id)
    if wanted.organization_id:
        conditions.append(Referral.organization_id == wanted.organization_id)
    if wanted.only_late:
        conditions.append(Referral.answer_by <= now)
        states.intersection_update(lifecycle.UNANSWERED)
    found = _soonest(session, states - {ReferralState.DRAFT}, conditions)
    audit.write(session, actor, Action.REFERRAL_LIST, None, now)
    lines = [_line(actor, each, now) for each in found[:SHOWN]] or ["No hay casos así."]
    return [*lines, f"Hay más; se muestran {SHOWN}. Busque por estado u oficina."] if len(found) > SHOWN else lines


def _soonest(session: Session, states: Collection[ReferralState], conditions: Iterable[ColumnElement[bool]]) -> list[Referral]:
    """One more than is shown. Those of each state are found along an index, so that many cases take no longer than few."""
    of_state = [select(Referral.id).where(Referral.state == state, *conditions) for state in states]
    first = [each.order_by(Referral.answer_by, Referral.id).limit(SHOWN + 1).subquery() for each in of_state]
    if not first:
        return []
    ids = union_all(*(select(each.c.id) for each in first))
    by_deadline = (Referral.state.not_in(lifecycle.UNANSWERED), Referral.answer_by, Referral.id)
    return list(session.scalars(select(Referral).where(Referral.id.in_(ids)).order_by(*by_deadline).limit(SHOWN + 1)))


def _line(actor: Actor, referral: Referral, now: datetime) -> str:
    if visible.is_taken_back(actor, referral):
        return f"{referral.folio}  {referral.state}"
    late = "ATRASADO" if notices.is_late(referral, now) else ""
    office, until = referral.organization_id, in_mexico(referral.answer_by)
    return f"{referral.folio}  {referral.state:<10} {referral.priority:<7} {until:<16}  {office:<16} {late}".rstrip()


def show_referral(session: Session, actor: Actor, folio: str, around: Surroundings, reason: str | None = None) -> list[str]:
    """What the actor may see, of a case that was taken back an institution only the folio and the state. Raises RefusedError."""
    seen = visible.open_case(session, actor, folio, around.content, around.now, reason)
    referral = lifecycle.for_actor(session, actor, folio)
    state = f"{visible.STATES[referral.state]} ({referral.state})"
    if visible.is_taken_back(actor, referral):
        return [f"Folio: {referral.folio}", f"Estado: {state}"]
    late = " (atrasado)" if notices.is_late(referral, around.now) else ""
    lines = [
        f"Folio: {referral.folio}",
        f"Estado: {state}, desde {in_mexico(referral.changed_at)}",
        f"Oficina: {referral.organization_id}{f' ({referral.service_id})' if referral.service_id else ''}",
        f"Prioridad: {referral.priority}   Contestar a más tardar: {in_mexico(referral.answer_by)}{late}",
        f"Hecho: {in_mexico(referral.created_at)}   El permiso termina: {in_mexico(referral.expires_at)}",
        *_told(seen, with_reason=reason is not None),
    ]
    if actor.role is not Role.PARTNER:
        lines += _for_staff(referral)
    return [*lines, "Lo que ha pasado:", *_history(session, actor, referral)]


def _told(seen: visible.Seen, *, with_reason: bool) -> list[str]:
    """What the person told. The last messages may name anybody: they are shown for a reason only."""
    left_out = {visible.LABELS[Field.FOLIO], visible.LABELS[Field.STATE]} | (set() if with_reason else {visible.LABELS[Field.TRANSCRIPT]})
    lines = [f"{label}: {value}".replace("\n", "\n    ") for label, value in seen.lines if label not in left_out]
    return lines + ([f"Con --why y para qué lo necesita se ve: {', '.join(seen.on_reason)}"] if seen.on_reason else [])


def _for_staff(referral: Referral) -> list[str]:
    answers = {True: "sí", False: "no", None: "sin respuesta"}
    return [
        f"Lo envió: {referral.sender}   Para: {referral.for_whom}   Se parece a: {referral.may_duplicate or '—'}",
        f"¿La atendieron?: {answers[referral.attended]} (preguntas: {referral.asked})   Queja: {in_mexico(referral.complained_at)}",
    ]


def _history(session: Session, actor: Actor, referral: Referral) -> list[str]:
    """An institution sees how the case went on, and neither what the person said of it nor who works for the operator, nor why."""
    events = session.scalars(select(ReferralEvent).where(ReferralEvent.referral_id == referral.id).order_by(ReferralEvent.id))
    lines = []
    for event in events:
        changed = event.before is not event.after
        if actor.role is Role.PARTNER and not changed:
            continue
        known = visible.may_know(session, actor, event.who)
        who, why = (event.who, event.why or "") if known else ("equipo", "")
        state = event.after if changed else ""
        lines.append(f"  {in_mexico(event.at)}  {state:<10} {who:<16} {why}".rstrip())
    return lines


def set_state(
    session: Session, actor: Actor, folio: str, state: ReferralState, why: str | None, note: str | None, around: Surroundings
) -> list[str]:
    """Raises RefusedError when it may not."""
    referral = lifecycle.for_actor(session, actor, folio)
    is_told = answers.answer(session, referral, state, actor, why, around, note)
    told = "Se le avisó a la persona." if is_told else "A la persona no se le avisa: no se le puede o no quiere que se le escriba."
    return [f"{referral.folio}: {referral.state}. {told}"]
