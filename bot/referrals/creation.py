"""A referral is made from a filled-in questionnaire. Nothing is written before the consent, and only the consented fields are written."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import PERSON, Actor
from bot.records.conversations import Conversation, Message, key_of
from bot.records.referrals import Consent, ForWhom, Referral, ReferralEvent, ReferralState
from bot.records.staff import Role
from bot.referrals import deadlines
from bot.referrals.lifecycle import FOLIO_LETTERS, OPEN, change, made_by

LOOKS_THE_SAME_FOR = timedelta(days=30)
DANGER_COUNTS_FOR = timedelta(days=3)


@dataclass(frozen=True)
class Consented:
    """What a person agreed to, as it was shown."""

    version: str
    text: str
    language: str
    recipient: str
    purpose: str
    fields: Mapping[str, Any]
    expires_in: int  # days


def create(
    session: Session,
    conversation: Conversation,
    key: str,
    need: str,
    municipality: str | None,
    consented: Consented,
    now: datetime,
    *,
    content: Content | None = None,  # whose directory says when the office is open; none: working days count
    service_id: str | None = None,
    for_whom: ForWhom = ForWhom.SELF,
    sender: str = PERSON.name,
    given_by: str = PERSON.name,
) -> Referral:
    """A sent referral with its consent and events. The same `key` of the same conversation always finds the same referral."""
    key = key_of(conversation, key)
    known = session.scalar(select(Referral).where(Referral.idempotency_key == key))
    if known:
        return known
    if not consented.fields or not consented.text:
        raise RefusedError("Un caso necesita permiso para compartir por lo menos un dato")
    priority = deadlines.priority_of(need, in_danger=_was_in_danger(session, conversation, now))
    hours = deadlines.hours_of(content, consented.recipient, service_id) if content else []
    twin = duplicate_of(session, conversation, consented.recipient, need, now)
    expires_at = now + timedelta(days=consented.expires_in)
    referral = Referral(
        folio=_folio(now), idempotency_key=key, conversation_id=conversation.id, organization_id=consented.recipient,
        state=ReferralState.DRAFT, need=need, municipality=municipality, details=dict(consented.fields), service_id=service_id,
        priority=priority, answer_by=deadlines.answer_by(priority, hours, now), expires_at=expires_at, sender=sender, for_whom=for_whom,
        may_duplicate=twin.folio if twin else None, created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    session.add(
        Consent(
            conversation_id=conversation.id, referral_id=referral.id, given_by=given_by, version=consented.version, text=consented.text,
            language=consented.language, recipient=consented.recipient, purpose=consented.purpose, fields=sorted(consented.fields),
            given_at=now, expires_at=expires_at,
        )
    )  # fmt: skip
    session.add(ReferralEvent(referral_id=referral.id, before=None, after=ReferralState.DRAFT, who=sender, at=now))
    change(session, referral, ReferralState.SENT, _actor(sender), None, now)
    return referral


def duplicate_of(session: Session, conversation: Conversation, organization_id: str, need: str, now: datetime) -> Referral | None:
    """The person's newest open referral to the same organization for the same need, also from before the chat was forgotten."""
    query = (
        select(Referral)
        .join(Conversation, Conversation.id == Referral.conversation_id)
        .where(
            made_by(conversation), Referral.organization_id == organization_id, Referral.need == need, Referral.state.in_(OPEN),
            Referral.created_at > now - LOOKS_THE_SAME_FOR,
        )
        .order_by(Referral.id.desc())
        .limit(1)
    )  # fmt: skip
    return session.scalar(query)


def _was_in_danger(session: Session, conversation: Conversation, now: datetime) -> bool:
    query = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.safety.is_not(None), Message.created_at > now - DANGER_COUNTS_FOR
    )
    return session.scalar(query.limit(1)) is not None


def _actor(sender: str) -> Actor:
    """Whoever makes it at a desk is an agent or a supervisor: REFERRAL_CREATE asks for that."""
    return PERSON if sender == PERSON.name else Actor(sender, Role.AGENT)


def _folio(now: datetime) -> str:
    return f"PTE-{now:%y}-" + "".join(secrets.choice(FOLIO_LETTERS) for _ in range(6))
