"""Links for institutions without an account: one case each, for some days, until it is revoked or the case or its consent ends.

What stands in a link is kept only as a keyed hash. Opening it is written in the audit and changes nothing else: programs that look at
links before people do must not mark a case as received. A form carries a value that fits one link in one state, so that what is sent
twice, or from a page that was left open, changes nothing.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.records.columns import KeyRing
from bot.records.referrals import MAY_BECOME, ConsentKind, PartnerLink, Referral, ReferralState
from bot.records.staff import Role
from bot.referrals import answers
from bot.referrals.lifecycle import AT_AN_OFFICE, for_actor
from bot.referrals.visible import PARTNER_LINK, STATES, agreed_of, consents_of, sight_of

DAYS = 14
MOST_DAYS = 90
ANSWERS = (
    ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.IN_SERVICE, ReferralState.DONE, ReferralState.REJECTED
)  # fmt: skip
_LETTERS = 24  # bytes; 32 letters in the link


class StaleFormError(RefusedError):
    """The form is of an earlier state of the case, or of another case."""


@dataclass(frozen=True)
class SharedCase:
    """What the page and the sheet of paper show."""

    folio: str
    state: ReferralState
    state_in_words: str
    lines: tuple[tuple[str, str], ...]
    organization_id: str
    service_id: str | None
    answer_by: datetime | None
    expires_at: datetime
    answers: tuple[ReferralState, ...]  # what the institution may say now
    form: str
    has_telephone: bool  # or the office cannot call the person, and asks the team that sent the link


@dataclass(frozen=True)
class Said:
    """An answer as it came from a form."""

    state: str
    why: str | None = None
    note: str | None = None


def make(session: Session, actor: Actor, folio: str, now: datetime, days: int = DAYS) -> tuple[PartnerLink, str]:
    """A link for the institution that received the case, and what stands in it. Raises RefusedError."""
    require(actor, Action.REFERRAL_SHARE)
    if not 1 <= days <= MOST_DAYS:
        raise RefusedError(f"Un enlace dura de 1 a {MOST_DAYS} días")
    referral = for_actor(session, actor, folio)
    if referral.state not in AT_AN_OFFICE:
        raise RefusedError(f"El caso {referral.folio} está en «{referral.state}»; solo se comparte un caso enviado que no ha terminado")
    until = _agreed_until(session, referral, now)
    if until is None:
        raise RefusedError(f"El permiso de compartir el caso {referral.folio} ya se retiró o venció")
    token = secrets.token_urlsafe(_LETTERS)
    link = PartnerLink(
        referral_id=referral.id, organization_id=referral.organization_id, token=_hash(token), created_by=actor.name, created_at=now,
        expires_at=min(now + timedelta(days=days), until),
    )  # fmt: skip
    session.add(link)
    session.flush()
    audit.write_about(session, actor, Action.REFERRAL_SHARE, referral.conversation_id, now, why=f"link {link.id}")
    return link, token


def of_case(session: Session, actor: Actor, folio: str, now: datetime) -> list[PartnerLink]:
    """All links of a case, newest first. Raises RefusedError."""
    require(actor, Action.REFERRAL_SHARE)
    referral = for_actor(session, actor, folio)
    audit.write_about(session, actor, Action.REFERRAL_SHARE, referral.conversation_id, now, why="list")
    return list(session.scalars(select(PartnerLink).where(PartnerLink.referral_id == referral.id).order_by(PartnerLink.id.desc())))


def revoke(session: Session, actor: Actor, folio: str, now: datetime, only: int | None = None) -> int:
    """From now on no link of the case opens, or not that one. How many there were. Raises RefusedError."""
    require(actor, Action.REFERRAL_SHARE)
    referral = for_actor(session, actor, folio)
    lasting = select(PartnerLink).where(PartnerLink.referral_id == referral.id, PartnerLink.expires_at > now)
    links = list(session.scalars(lasting.where(PartnerLink.revoked_at.is_(None), *([PartnerLink.id == only] if only else []))))
    for link in links:
        link.revoked_at = now
    audit.write_about(session, actor, Action.REFERRAL_SHARE, referral.conversation_id, now, why="revoke")
    return len(links)


def look(session: Session, token: str, content: Content, now: datetime) -> SharedCase | None:
    """What the link would show, without a trace: for who asks only whether it is there."""
    found = _usable(session, token, now)
    return _shown(session, *found, content, now) if found else None


def open_link(session: Session, token: str, content: Content, now: datetime) -> SharedCase | None:
    """What the link shows, counted and written in the audit. None: no such link, or not any more; which of them is not told."""
    found = _usable(session, token, now)
    if found is None:
        return None
    link, referral = found
    link.opened, link.opened_at = link.opened + 1, now
    audit.write_about(session, _actor(link), Action.REFERRAL_READ, referral.conversation_id, now)
    return _shown(session, link, referral, content, now)


def answer(session: Session, token: str, form: str, said: Said, around: Surroundings) -> SharedCase | None:
    """What the institution says of the case. None: no such link. Raises StaleFormError, or RefusedError when it may not be so."""
    found = _usable(session, token, around.now, lock=True)
    if found is None:
        return None
    link, referral = found
    if not hmac.compare_digest(form.encode(), _form(link, referral).encode()):
        raise StaleFormError("El caso cambió mientras la página estaba abierta")
    if said.state not in ANSWERS:
        raise RefusedError("Elija una de las respuestas de la página")
    answers.answer(session, referral, ReferralState(said.state), _actor(link), said.why, around, said.note)
    return _shown(session, link, referral, around.content, around.now)


def _usable(session: Session, token: str, now: datetime, lock: bool = False) -> tuple[PartnerLink, Referral] | None:
    link = session.scalar(select(PartnerLink).where(PartnerLink.token == _hash(token)))
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        return None
    query = select(Referral).where(Referral.id == link.referral_id, Referral.organization_id == link.organization_id)
    referral = session.scalar(query.with_for_update() if lock else query)
    if referral is None or referral.state not in AT_AN_OFFICE or _agreed_until(session, referral, now) is None:
        return None
    return link, referral


def _agreed_until(session: Session, referral: Referral, now: datetime) -> datetime | None:
    """When the consent to share the case with its institution ends; None when there is none any more."""
    consents = [each for each in consents_of(session, referral, now) if each.kind is ConsentKind.SHARE]
    return max((each.expires_at for each in consents if each.recipient == referral.organization_id), default=None)


def _shown(session: Session, link: PartnerLink, referral: Referral, content: Content, now: datetime) -> SharedCase:
    lines = sight_of(session, _actor(link), referral, content, now).lines
    has_telephone = bool((referral.details or {}).get("telephone")) and "telephone" in agreed_of(session, _actor(link), referral, now)
    answers = tuple(state for state in ANSWERS if state in MAY_BECOME[referral.state])
    return SharedCase(
        referral.folio, referral.state, STATES[referral.state], lines, referral.organization_id, referral.service_id,
        referral.answer_by, link.expires_at, answers, _form(link, referral), has_telephone,
    )  # fmt: skip


def _actor(link: PartnerLink) -> Actor:
    return Actor(PARTNER_LINK, Role.PARTNER, link.organization_id)


def _form(link: PartnerLink, referral: Referral) -> str:
    """Fits this link and this state, in which no case is twice."""
    return KeyRing.current().hash("partner form", str(link.id), link.token, referral.state, referral.changed_at.isoformat())


def _hash(token: str) -> str:
    return KeyRing.current().hash("partner link", token)
