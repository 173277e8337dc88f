"""Consent: what exactly somebody agreed to, in the words that were shown, for whom, until when; and taking it back.

Leave to share stands with its referral. Leave to write notices stands with the conversation, and one can be taken back without the other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.asking import Questionnaire
from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.records.conversations import Conversation
from bot.records.referrals import Consent, ConsentKind, ForWhom
from bot.referrals.creation import Consented

OPERATOR = "puente"  # organization_id: who writes the notices
PERSON = "person"


def to_share(questionnaire: Questionnaire, progress: Progress, recipient: str, language: str, text: str) -> Consented:
    """What the person said yes to: the ticked answers and nothing else."""
    fields = run.ticked_answers(questionnaire, progress)
    return Consented(questionnaire.consent_version, text, language, recipient, questionnaire.name, fields, questionnaire.expires_in)


def for_whom(progress: Progress) -> ForWhom:
    said = progress.value("for_whom")
    return ForWhom(said) if said in list(ForWhom) else ForWhom.SELF


def give(
    session: Session,
    conversation: Conversation,
    kind: ConsentKind,
    questionnaire: Questionnaire,
    text: str,
    now: datetime,
    *,
    given_by: str = PERSON,
    refused: bool = False,
) -> Consent:
    """Leave for something beside sharing, in place of what was said of it before. A refusal is kept too: it forbids."""
    withdraw(session, conversation.id, kind, now)
    consent = Consent(
        kind=kind, conversation_id=conversation.id, given_by=given_by, version=questionnaire.consent_version, text=text,
        language=conversation.language, recipient=OPERATOR, purpose=questionnaire.name, fields=[], given_at=now,
        expires_at=now + timedelta(days=questionnaire.expires_in), withdrawn_at=now if refused else None,
    )  # fmt: skip
    session.add(consent)
    session.flush()
    return consent


def keep_permissions(
    session: Session, conversation: Conversation, questionnaire: Questionnaire, progress: Progress, now: datetime, given_by: str = PERSON
) -> None:
    """Writes down the permission steps that were asked and answered."""
    said: Mapping[str, list[str]] = progress.permitted
    for step in questionnaire.steps:
        if step.type == "permission" and step.id in said and step.id in progress.answers and run.is_asked(step, progress):
            refused = progress.value(step.id) is not True
            give(session, conversation, ConsentKind(step.permits), questionnaire, said[step.id][1], now, given_by=given_by, refused=refused)


def withdraw(session: Session, conversation_id: int, kind: ConsentKind, now: datetime) -> int:
    """Takes back what is open of that kind; how many there were."""
    found = [each for each in of_conversation(session, conversation_id, kind) if each.withdrawn_at is None]
    for consent in found:
        consent.withdrawn_at = now
    return len(found)


def forbid_writing(session: Session, conversation: Conversation, said: str, now: datetime) -> None:
    """No notices from now on, also where nobody ever asked. The referrals stay as they are."""
    if withdraw(session, conversation.id, ConsentKind.WRITE, now):
        return
    nothing = Consent(
        kind=ConsentKind.WRITE, conversation_id=conversation.id, version="", text=said, language=conversation.language, recipient=OPERATOR,
        purpose="no_notices", fields=[], given_at=now, expires_at=now, withdrawn_at=now,
    )  # fmt: skip
    session.add(nothing)
    session.flush()


def may_write(session: Session, conversation_id: int, now: datetime) -> bool:
    """May the person be written to about their own case? Yes, until they refuse, take it back or it ends; the last word counts."""
    last = of_conversation(session, conversation_id, ConsentKind.WRITE)[-1:]
    return all(consent.withdrawn_at is None and consent.expires_at > now for consent in last)


def of_conversation(session: Session, conversation_id: int, kind: ConsentKind | None = None) -> list[Consent]:
    """All that was ever agreed to or refused, oldest first."""
    query = select(Consent).where(Consent.conversation_id == conversation_id).order_by(Consent.id)
    return list(session.scalars(query.where(Consent.kind == kind) if kind else query))
