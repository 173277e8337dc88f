"""One case as its reader may see it, with what they may do next. The reading is written in the audit before anything is shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.permissions import ASSISTANT, PERSON, Action, Actor, Field, may
from bot.records.referrals import MAY_BECOME, Consent, ConsentKind, ForWhom, PartnerLink, Priority, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import lifecycle, notices, visible
from bot.referrals.lifecycle import AT_AN_OFFICE, MAY_MAKE
from bot.referrals.partner_links import ANSWERS

SOMEBODY = "equipo"  # who acted, for who does not read names of the operator's staff


@dataclass(frozen=True)
class Event:
    at: datetime
    state: ReferralState | None  # None: it changed no state
    who: str
    why: str
    note: str


@dataclass(frozen=True)
class Agreement:
    """To whom the person gave leave for what, until when, and whether it was taken back."""

    kind: ConsentKind
    recipient: str
    fields: tuple[str, ...]  # labels
    given_by: str
    given_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Link:
    id: int
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    opened_at: datetime | None
    opened: int


@dataclass(frozen=True)
class Followed:
    """What the operator's own staff see besides."""

    sender: str
    for_whom: ForWhom
    may_duplicate: str | None
    attended: bool | None
    asked: int
    complained_at: datetime | None


@dataclass(frozen=True)
class Record:
    folio: str
    state: ReferralState
    is_taken_back: bool  # then its reader sees nothing but these
    seen: visible.Seen
    organization_id: str
    service_id: str | None
    priority: Priority
    answer_by: datetime | None
    is_late: bool
    created_at: datetime
    changed_at: datetime
    expires_at: datetime | None
    events: tuple[Event, ...]
    agreements: tuple[Agreement, ...]
    links: tuple[Link, ...]
    answers: tuple[ReferralState, ...]  # what the actor may say of it now
    may_revoke: bool
    may_share: bool
    followed: Followed | None


def open_record(session: Session, actor: Actor, folio: str, content: Content, now: datetime, reason: str | None = None) -> Record:
    """With a reason also what names the person. Raises RefusedError."""
    seen = visible.open_case(session, actor, folio, content, now, reason)
    seen = seen if reason is not None else _without_last_messages(seen)
    referral = lifecycle.for_actor(session, actor, folio)
    taken_back = visible.is_taken_back(actor, referral)
    return Record(
        referral.folio, referral.state, taken_back, seen, referral.organization_id, referral.service_id, referral.priority,
        referral.answer_by, notices.is_late(referral, now), referral.created_at, referral.changed_at, referral.expires_at,
        () if taken_back else _events(session, actor, referral),
        () if taken_back else _agreements(session, actor, referral, content),
        _links(session, referral) if may(actor.role, Action.REFERRAL_SHARE) else (),
        answers_of(actor, referral, now), _may_make(actor, referral, ReferralState.REVOKED, Action.REFERRAL_REVOKE),
        _may_share(session, actor, referral, now), None if actor.role is Role.PARTNER else _followed(referral),
    )  # fmt: skip


def _without_last_messages(seen: visible.Seen) -> visible.Seen:
    """They may name anybody: they are shown for a reason only."""
    label = visible.LABELS[Field.TRANSCRIPT]
    if all(each != label for each, _ in seen.lines):
        return seen
    lines = tuple(line for line in seen.lines if line[0] != label)
    return visible.Seen(seen.folio, lines, (*seen.hidden, label), (*seen.on_reason, label))


def answers_of(actor: Actor, referral: Referral, now: datetime) -> tuple[ReferralState, ...]:
    """As `lifecycle.change` would take them; it decides again when one is sent."""
    if referral.expires_at is not None and referral.expires_at <= now:
        return ()
    return tuple(state for state in ANSWERS if _may_make(actor, referral, state, Action.REFERRAL_ANSWER))


def _may_make(actor: Actor, referral: Referral, state: ReferralState, action: Action) -> bool:
    follows = state in MAY_BECOME[referral.state]
    return follows and may(actor.role, action) and bool(lifecycle.kinds_of(actor, referral) & MAY_MAKE[state])


def _may_share(session: Session, actor: Actor, referral: Referral, now: datetime) -> bool:
    if not may(actor.role, Action.REFERRAL_SHARE) or referral.state not in AT_AN_OFFICE:
        return False
    return any(each.kind is ConsentKind.SHARE for each in visible.consents_of(session, referral, now))


def _events(session: Session, actor: Actor, referral: Referral) -> tuple[Event, ...]:
    """An institution sees how the case went on, and neither what the person said of it nor who works for the operator, nor why."""
    query = select(ReferralEvent).where(ReferralEvent.referral_id == referral.id).order_by(ReferralEvent.id)
    found = []
    for event in session.scalars(query):
        changed = event.before is not event.after
        if actor.role is Role.PARTNER and not changed:
            continue
        known = visible.may_know(session, actor, event.who)
        who, why, note = (event.who, event.why or "", event.note or "") if known else (SOMEBODY, "", "")
        found.append(Event(event.at, event.after if changed else None, who, why, note))
    return tuple(found)


def _agreements(session: Session, actor: Actor, referral: Referral, content: Content) -> tuple[Agreement, ...]:
    """Of an institution: those that name it."""
    query = select(Consent).where(Consent.referral_id == referral.id).order_by(Consent.id)
    own = (PERSON.name, ASSISTANT.name)
    return tuple(
        Agreement(
            each.kind, each.recipient, tuple(_labels(content, each)),
            each.given_by if each.given_by in own or visible.may_know(session, actor, each.given_by) else SOMEBODY,
            each.given_at, each.expires_at, each.withdrawn_at,
        )
        for each in session.scalars(query)
        if actor.organization_id in (None, each.recipient)
    )  # fmt: skip


def _labels(content: Content, consent: Consent) -> list[str]:
    """The names of the fields as the person read them. A field that was not agreed to has no label here."""
    questionnaire = content.questionnaires.get(consent.purpose)
    labels = {step.id: step.label for step in questionnaire.steps} if questionnaire else {}
    return [labels.get(name) or name for name in consent.fields]


def _links(session: Session, referral: Referral) -> tuple[Link, ...]:
    query = select(PartnerLink).where(PartnerLink.referral_id == referral.id).order_by(PartnerLink.id.desc())
    return tuple(
        Link(each.id, each.created_by, each.expires_at, each.revoked_at, each.opened_at, each.opened) for each in session.scalars(query)
    )


def _followed(referral: Referral) -> Followed:
    return Followed(
        referral.sender, referral.for_whom, referral.may_duplicate, referral.attended, referral.asked, referral.complained_at
    )  # fmt: skip
