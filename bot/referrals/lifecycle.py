"""Referrals: made from a filled-in questionnaire with consent, followed by folio, withdrawn by the person.

Nothing is written before the consent, and only the consented fields are written.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.errors import RefusedError
from bot.records.conversations import Conversation
from bot.records.referrals import MAY_BECOME, Consent, ForWhom, Referral, ReferralEvent, ReferralState

FOLIO_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without those that are read one for another
FOLIO = re.compile(rf"PTE-\d\d-[{FOLIO_LETTERS}]{{6}}")
OPEN = [state for state, following in MAY_BECOME.items() if following]


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
    for_whom: ForWhom = ForWhom.SELF,
    sender: str = "person",
) -> Referral:
    """A sent referral with its consent and events. The same `key` always finds the same referral.

    `sender`: the person, or the official who took it down, and the consent with it.
    """
    known = session.scalar(select(Referral).where(Referral.idempotency_key == key))
    if known:
        return known
    if not consented.fields or not consented.text:
        raise RefusedError("Un caso necesita permiso para compartir por lo menos un dato")
    referral = Referral(
        folio=_folio(now), idempotency_key=key, conversation_id=conversation.id, organization_id=consented.recipient,
        state=ReferralState.DRAFT, need=need, municipality=municipality, details=dict(consented.fields), created_at=now, changed_at=now,
        for_whom=for_whom, sender=sender,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    session.add(
        Consent(
            referral_id=referral.id, conversation_id=conversation.id, given_by=sender, version=consented.version, text=consented.text,
            language=consented.language, recipient=consented.recipient, purpose=consented.purpose, fields=sorted(consented.fields),
            given_at=now, expires_at=now + timedelta(days=consented.expires_in),
        )
    )  # fmt: skip
    session.add(ReferralEvent(referral_id=referral.id, before=None, after=ReferralState.DRAFT, who=sender, at=now))
    change(session, referral, ReferralState.SENT, sender, None, now)
    return referral


def change(session: Session, referral: Referral, state: ReferralState, who: str, why: str | None, now: datetime) -> None:
    """The one way a referral changes: the state and the event together. Raises RefusedError when it may not."""
    if state not in MAY_BECOME[referral.state]:
        raise RefusedError(f"El caso {referral.folio} está en «{referral.state}» y no puede pasar a «{state}»")
    session.add(ReferralEvent(referral_id=referral.id, before=referral.state, after=state, who=who, why=why, at=now))
    referral.state, referral.changed_at = state, now


def of_conversation(session: Session, conversation: Conversation) -> list[Referral]:
    """The person's referrals, newest first."""
    return list(session.scalars(select(Referral).where(Referral.conversation_id == conversation.id).order_by(Referral.id.desc())))


def of_folio(session: Session, conversation: Conversation, folio: str) -> Referral | None:
    """The referral of that folio, if it was made in this chat, also in a conversation that was forgotten since."""
    made_here = or_(Conversation.chat == conversation.chat, Conversation.former_chat == conversation.chat)
    query = select(Referral).join(Conversation, Conversation.id == Referral.conversation_id)
    return session.scalar(query.where(Referral.folio == folio, Conversation.bot_id == conversation.bot_id, made_here))


def withdraw(session: Session, conversation: Conversation, folio: str, now: datetime) -> Referral:
    """The person takes the case and the consent back. Raises RefusedError when it is not theirs or has ended."""
    referral = next((each for each in of_conversation(session, conversation) if each.folio == folio), None)
    if referral is None:
        raise RefusedError("Ese caso no existe en esta conversación")
    change(session, referral, ReferralState.WITHDRAWN, "person", None, now)
    for consent in session.scalars(select(Consent).where(Consent.referral_id == referral.id, Consent.withdrawn_at.is_(None))):
        consent.withdrawn_at = now
    return referral


def _folio(now: datetime) -> str:
    return f"PTE-{now:%y}-" + "".join(secrets.choice(FOLIO_LETTERS) for _ in range(6))
