"""The life of a referral: what may follow what, who may make it so, and finding one for whoever asks.

`change` is the one way a state changes. `answers.answer` is what a door for staff or an institution calls: it also tells the person.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.permissions import ASSISTANT, PERSON, Actor
from bot.records.conversations import Conversation, of_migrants
from bot.records.referrals import MAY_BECOME, Consent, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.records.tables import lock

FOLIO_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without those that are read one for another
FOLIO = re.compile(rf"PTE-\d\d-[{FOLIO_LETTERS}]{{6}}")
OPEN = [state for state, following in MAY_BECOME.items() if following]
AT_AN_OFFICE = [state for state in OPEN if state is not ReferralState.DRAFT]
UNANSWERED = (ReferralState.SENT, ReferralState.RECEIVED)
TAKEN_BACK = (ReferralState.WITHDRAWN, ReferralState.EXPIRED, ReferralState.REVOKED)
"""The person's leave has ended: nothing more is done with the case."""
LONGEST_NOTE = 1000


class By(StrEnum):
    """What somebody is to a referral."""

    PERSON = "person"
    ASSISTANT = "assistant"
    STAFF = "staff"  # an agent or a supervisor
    SENDER = "sender"  # who made it at a desk
    PARTNER = "partner"  # of the organization that received it
    DATA_OFFICER = "data officer"


_ANSWERING = frozenset({By.STAFF, By.PARTNER})
MAY_MAKE: Mapping[ReferralState, frozenset[By]] = {
    ReferralState.DRAFT: frozenset(),
    ReferralState.SENT: frozenset({By.PERSON, By.STAFF}),
    ReferralState.RECEIVED: _ANSWERING,
    ReferralState.ACCEPTED: _ANSWERING,
    ReferralState.REJECTED: _ANSWERING,
    ReferralState.IN_SERVICE: _ANSWERING,
    ReferralState.DONE: _ANSWERING,
    ReferralState.WITHDRAWN: frozenset({By.PERSON}),
    ReferralState.EXPIRED: frozenset({By.ASSISTANT}),
    ReferralState.REVOKED: frozenset({By.STAFF, By.SENDER, By.DATA_OFFICER}),
}
"""Who may bring a referral into each state, where MAY_BECOME lets it get there."""

OTHER = "other"  # said in their own words, in the note
REASONS: Mapping[ReferralState, tuple[str, ...]] = {
    ReferralState.REJECTED: ("full", "not_eligible", "wrong_place", "not_reachable", OTHER),
    ReferralState.REVOKED: ("mistake", "duplicate", "person_asked", "danger", "erased", OTHER),
    ReferralState.EXPIRED: ("consent_ended",),
}
"""Why, where it has to be said; the other changes have no reason."""


def kinds_of(actor: Actor, referral: Referral) -> frozenset[By]:
    if actor in (PERSON, ASSISTANT):
        return frozenset({By(actor.name)})
    kinds = {
        By.STAFF: actor.role in (Role.AGENT, Role.SUPERVISOR),
        By.SENDER: actor.role is not None and actor.name == referral.sender,
        By.PARTNER: actor.role is Role.PARTNER and actor.organization_id == referral.organization_id,
        By.DATA_OFFICER: actor.role is Role.DATA_OFFICER,
    }
    return frozenset(kind for kind, is_so in kinds.items() if is_so)


def change(
    session: Session, referral: Referral, state: ReferralState, actor: Actor, why: str | None, now: datetime, note: str | None = None
) -> None:
    """The one way a referral changes: the state and the event together. Raises RefusedError when it may not.

    The row is locked and read anew first, so that of two changes at once the second sees the first.
    """
    lock(session, referral)
    if actor.role is Role.PARTNER and actor.organization_id != referral.organization_id:
        raise unknown(referral.folio)
    if state not in MAY_BECOME[referral.state]:
        raise RefusedError(f"El caso {referral.folio} está en «{referral.state}» y no puede pasar a «{state}»")
    if not kinds_of(actor, referral) & MAY_MAKE[state]:
        raise RefusedError(f"{actor.name} no puede pasar el caso {referral.folio} a «{state}»; eso le toca a otra persona")
    if By.PARTNER in MAY_MAKE[state] and referral.expires_at is not None and referral.expires_at <= now:
        raise RefusedError(f"El permiso del caso {referral.folio} ya venció: la oficina no debe seguir usándolo")
    _check_reason(state, why, note)
    session.add(ReferralEvent(referral_id=referral.id, before=referral.state, after=state, who=actor.name, why=why, note=note, at=now))
    referral.state, referral.changed_at = state, now


def happened(session: Session, referral: Referral, actor: Actor, what: str, now: datetime) -> None:
    """An event that changes no state: asked, attended, complained, late."""
    session.add(ReferralEvent(referral_id=referral.id, before=referral.state, after=referral.state, who=actor.name, why=what, at=now))


def _check_reason(state: ReferralState, why: str | None, note: str | None) -> None:
    known = REASONS.get(state, ())
    if known and why not in known:
        raise RefusedError(f"Falta el motivo para «{state}»; es uno de estos: {', '.join(known)}")
    if why is not None and not known:
        raise RefusedError(f"«{state}» no lleva motivo; si hace falta, escriba una nota")
    if why == OTHER and not (note or "").strip():
        raise RefusedError("El motivo «other» necesita una nota que diga por qué")
    if len(note or "") > LONGEST_NOTE:
        raise RefusedError(f"La nota es demasiado larga: escriba hasta {LONGEST_NOTE} letras")


def of_conversation(session: Session, conversation: Conversation) -> list[Referral]:
    """The person's referrals, newest first."""
    return list(session.scalars(select(Referral).where(Referral.conversation_id == conversation.id).order_by(Referral.id.desc())))


def made_by(conversation: Conversation) -> ColumnElement[bool]:
    """A condition on a referral's conversation: it is this chat's, also one that was forgotten since."""
    here = or_(Conversation.chat == conversation.chat, Conversation.former_chat == conversation.chat)
    return and_(Conversation.bot_id == conversation.bot_id, here)


def of_folio(session: Session, conversation: Conversation, folio: str) -> Referral | None:
    """The referral of that folio, if it was made in this chat, also in a conversation that was forgotten since."""
    query = select(Referral).join(Conversation, Conversation.id == Referral.conversation_id)
    return session.scalar(query.where(Referral.folio == folio, made_by(conversation)))


def for_actor(session: Session, actor: Actor, folio: str) -> Referral:
    """The referral of that folio for staff or a partner. Raises RefusedError in the same words when there is none, when it is another
    institution's and when it was not sent to theirs yet."""
    referral = session.scalar(select(Referral).where(Referral.folio == folio.strip().upper(), of_migrants(Referral.conversation_id)))
    if referral is None:
        raise unknown(folio)
    is_theirs = actor.organization_id == referral.organization_id and referral.state is not ReferralState.DRAFT
    if actor.role is Role.PARTNER and not is_theirs:
        raise unknown(folio)
    return referral


def unknown(folio: str) -> RefusedError:
    return RefusedError(f"No existe el caso {folio.strip().upper()}; revise el folio")


def withdraw(session: Session, conversation: Conversation, folio: str, now: datetime) -> Referral:
    """The person takes the case and the consent back. Raises RefusedError when it is not theirs or has ended."""
    referral = of_folio(session, conversation, folio)
    if referral is None:
        raise RefusedError("Ese caso no existe en esta conversación")
    change(session, referral, ReferralState.WITHDRAWN, PERSON, None, now)
    for consent in session.scalars(select(Consent).where(Consent.referral_id == referral.id, Consent.withdrawn_at.is_(None))):
        consent.withdrawn_at = now
    return referral
