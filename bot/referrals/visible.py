"""What somebody sees of a case: what their role may see, and of an institution only what the person agreed to share with it.

A case of another institution does not exist for them. What names the person opens to the team's own staff for a reason, and the audit
keeps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot import audit, staff
from bot.content.asking import Step
from bot.content.marking import N_
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import ASSISTANT, PERSON, Action, Actor, Field, Sight, require, sight
from bot.records.cases import CaseDocument, CaseFile
from bot.records.conversations import Conversation, Direction, Message
from bot.records.referrals import Consent, ConsentKind, Referral, ReferralState
from bot.referrals import lifecycle

SHORTEST_REASON = 10  # characters
LAST_MESSAGES = 6
_FIELDS = {
    "need": Field.NEED, "municipality": Field.PLACE, "story": Field.STORY, "telephone": Field.TELEPHONE, "name": Field.NAME,
    "contact_name": Field.NAME, "language": Field.LANGUAGE, "documents": Field.DOCUMENTS,
}  # fmt: skip
LABELS = {
    Field.FOLIO: N_("Folio"), Field.STATE: N_("Estado"), Field.NEED: N_("Necesidad"), Field.LANGUAGE: N_("Idioma"),
    Field.DOCUMENTS: N_("Documentos"),
    Field.TRANSCRIPT: N_("Conversación"),
}  # fmt: skip
STATES = {
    ReferralState.DRAFT: N_("Borrador"), ReferralState.SENT: N_("Enviado, sin respuesta"), ReferralState.RECEIVED: N_("Recibido"),
    ReferralState.ACCEPTED: N_("Aceptado"), ReferralState.REJECTED: N_("No se tomó"), ReferralState.IN_SERVICE: N_("En atención"),
    ReferralState.DONE: N_("Terminado"), ReferralState.WITHDRAWN: N_("Retirado por la persona"), ReferralState.EXPIRED: N_("Vencido"),
    ReferralState.REVOKED: N_("Anulado"),
}  # fmt: skip
"""As staff and institutions read them; what the person reads is in flows/domain/referral.yml."""
SAID_BY = {Direction.IN: "Persona", Direction.OUT: "Puente", Direction.STAFF: "Equipo"}
_WITHOUT_DATA = (*lifecycle.TAKEN_BACK, ReferralState.DRAFT, ReferralState.REJECTED)
PARTNER_LINK = "partner link"  # who answered on the page of a link


@dataclass(frozen=True)
class Value:
    """One thing that is known of a case. `name`: of the answer, as it stands in the consent."""

    field: Field
    label: str
    text: str
    name: str = ""


@dataclass(frozen=True)
class Seen:
    folio: str
    lines: tuple[tuple[str, str], ...]  # label and value
    hidden: tuple[str, ...]  # labels of what is known and not shown
    on_reason: tuple[str, ...]  # those of them that a reason opens


def is_taken_back(actor: Actor, referral: Referral) -> bool:
    """An institution then sees of it nothing but the folio and the state."""
    return actor.organization_id is not None and referral.state in lifecycle.TAKEN_BACK


def may_know(session: Session, actor: Actor, who: str) -> bool:
    """An institution does not read who works for the operator, nor their reasons."""
    known = actor.organization_id is None or who in (PERSON.name, ASSISTANT.name, PARTNER_LINK)
    return known or who in staff.of_office(session, actor.organization_id)


def field_of(name: str) -> Field:
    """The field that an answer of the questionnaire is."""
    return _FIELDS.get(name, Field.OTHER)


def open_case(session: Session, actor: Actor, folio: str, content: Content, now: datetime, reason: str | None = None) -> Seen:
    """What the actor sees of a case, written down in the audit. With a reason also what names the person. Raises RefusedError."""
    require(actor, Action.REFERRAL_READ if reason is None else Action.IDENTITY_OPEN)
    because = None if reason is None else checked_reason(reason)
    referral = lifecycle.for_actor(session, actor, folio)
    seen = sight_of(session, actor, referral, content, now, reason is not None)
    action = Action.REFERRAL_READ if reason is None else Action.IDENTITY_OPEN
    said = f"{referral.folio}: {because}" if because else referral.folio
    audit.write_about(session, actor, action, referral.conversation_id, now, said)
    return seen


def checked_reason(said: str) -> str:
    """Why somebody needs to know who a person is, as it is written down. Raises RefusedError."""
    if len(said.strip()) < SHORTEST_REASON:
        raise RefusedError(f"Diga para qué lo necesita, con {SHORTEST_REASON} letras o más; queda en el registro de accesos")
    return said.strip()


def sight_of(
    session: Session, actor: Actor, referral: Referral, content: Content, now: datetime, with_reason: bool = False
) -> Seen:  # fmt: skip
    """The same without asking or writing: for doors that have done both."""
    agreed = agreed_of(session, actor, referral, now)
    lines, hidden, on_reason = [], [], []
    for value in _values(session, referral, content):
        granted = sight(actor.role, value.field)
        if granted is Sight.CLEAR or (granted is Sight.ON_REASON and with_reason) or (granted is Sight.CONSENTED and value.name in agreed):
            lines.append((value.label, value.text))
        else:
            hidden.append(value.label)
            on_reason += [value.label] if granted is Sight.ON_REASON else []
    return Seen(referral.folio, tuple(lines), tuple(hidden), tuple(on_reason))


def agreed_of(session: Session, actor: Actor, referral: Referral, now: datetime) -> frozenset[str]:
    """Names of the answers that the person agreed to share with the actor's institution, and still does."""
    return agreed_of_each(session, actor, [referral], now).get(referral.id, frozenset())


def agreed_of_each(session: Session, actor: Actor, referrals: Sequence[Referral], now: datetime) -> Mapping[int, frozenset[str]]:
    """`agreed_of` for a list, in one question."""
    theirs = [each for each in referrals if actor.organization_id == each.organization_id and each.state not in _WITHOUT_DATA]
    if actor.organization_id is None or not theirs:
        return {}
    agreed: dict[int, set[str]] = {}
    query = select(Consent).where(*_lasts(now), Consent.referral_id.in_([each.id for each in theirs]))
    for consent in session.scalars(query.where(Consent.recipient == actor.organization_id)):
        assert consent.referral_id is not None, "asked for by it"
        names = {"documents"} if consent.kind is ConsentKind.DOCUMENTS else consent.fields
        agreed.setdefault(consent.referral_id, set()).update(names)
    return {number: frozenset(names) for number, names in agreed.items()}


def _lasts(now: datetime) -> tuple[ColumnElement[bool], ...]:
    shares = Consent.kind.in_([ConsentKind.SHARE, ConsentKind.DOCUMENTS])
    return shares, Consent.withdrawn_at.is_(None), Consent.expires_at > now


def consents_of(session: Session, referral: Referral, now: datetime) -> list[Consent]:
    """What lets the case be shared now: neither withdrawn nor expired."""
    return list(session.scalars(select(Consent).where(Consent.referral_id == referral.id, *_lasts(now))))


def _values(session: Session, referral: Referral, content: Content) -> list[Value]:
    """All that is known, in the order it is read."""
    conversation = session.get_one(Conversation, referral.conversation_id)
    found = [
        Value(Field.FOLIO, LABELS[Field.FOLIO], referral.folio),
        Value(Field.STATE, LABELS[Field.STATE], STATES[referral.state]),
        Value(Field.LANGUAGE, LABELS[Field.LANGUAGE], content.languages.get(conversation.language, conversation.language)),
        *([] if "need" in (referral.details or {}) else [Value(Field.NEED, LABELS[Field.NEED], referral.need, "need")]),
        *_answers(session, referral, content),
    ]
    documents = select(CaseDocument).join(CaseFile, CaseFile.id == CaseDocument.case_file_id).where(CaseFile.referral_id == referral.id)
    listed = ", ".join(f"{each.name} ({each.state})" for each in session.scalars(documents.order_by(CaseDocument.id)))
    said = _last_said(session, referral.conversation_id)
    found += [Value(Field.DOCUMENTS, LABELS[Field.DOCUMENTS], listed, "documents")] if listed else []
    return found + ([Value(Field.TRANSCRIPT, LABELS[Field.TRANSCRIPT], said)] if said else [])


def _answers(session: Session, referral: Referral, content: Content) -> list[Value]:
    """The answers that were shared, under the labels of the questionnaire that asked for them."""
    details: Mapping[str, Any] = referral.details or {}
    purpose = session.scalar(select(Consent.purpose).where(Consent.referral_id == referral.id, Consent.kind == ConsentKind.SHARE).limit(1))
    questionnaire = content.questionnaires.get(purpose or "")
    steps = {step.id: step for step in questionnaire.steps} if questionnaire else {}
    order = [*(name for name in steps if name in details), *(name for name in details if name not in steps)]
    return [
        Value(field_of(name), (steps[name].label if name in steps else "") or name, _shown(content, steps.get(name), details[name]), name)
        for name in order
        if details[name] not in (None, "", [])
    ]


def _shown(content: Content, step: Step | None, value: Any) -> str:
    """The value as the person saw it."""
    titles = {option.value: option.title for option in step.options} if step else {}
    if isinstance(value, list):
        return ", ".join(titles.get(str(each), str(each)) for each in value)
    if step and step.type == "municipality":
        place = content.municipalities.get(str(value))
        return place.title if place else str(value)
    return titles.get(str(value), str(value))


def _last_said(session: Session, conversation_id: int) -> str:
    query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.id.desc()).limit(LAST_MESSAGES)
    return "\n".join(f"{SAID_BY[each.direction]}: {each.text}" for each in reversed(list(session.scalars(query))))
