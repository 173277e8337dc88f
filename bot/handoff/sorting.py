"""What is known of a ticket when it is opened: how urgent it is, what it is about and where the person is."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.records.conversations import Conversation, Direction, Message
from bot.records.referrals import Referral
from bot.records.tickets import Urgency

DANGER_LASTS = timedelta(hours=24)
DANGEROUS = ("danger", "minor_alone")  # reasons, beside the categories of flows/safety.yml
PRESSING = ("not_attended", "referral_late")
PLACE = "municipality"  # the step of the questionnaires that asks for it


def topic_of(conversation: Conversation) -> str | None:
    """What was spoken of last."""
    return ((conversation.state or {}).get("slots") or {}).get("topic")


def urgency_of(
    session: Session, conversation: Conversation, reason: str, topic: str | None, content: Content | None, now: datetime
) -> Urgency:
    categories = {each.name for each in content.safety.categories} if content else set()
    if reason in DANGEROUS or reason in categories or _was_in_danger(session, conversation, now):
        return Urgency.DANGER
    return Urgency.HIGH if reason in PRESSING or (content and topic in content.team.high) else Urgency.NORMAL


def municipality_of(session: Session, conversation: Conversation) -> str | None:
    """Of the request that is being filled in, or else of the last one that was sent."""
    stored = conversation.questionnaire
    while stored:
        key = (stored.get("answers") or {}).get(PLACE, [None])[0]
        if key:
            return str(key)
        stored = stored.get("waiting")
    last = select(Referral.municipality).where(Referral.conversation_id == conversation.id, Referral.municipality.is_not(None))
    return session.scalar(last.order_by(Referral.id.desc()).limit(1))


def _was_in_danger(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Who has just been told whom to call, and then asks for a person, is in danger still."""
    said = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.direction == Direction.IN,
        Message.safety.is_not(None),
        Message.created_at > now - DANGER_LASTS,
    )
    return session.scalar(said.limit(1)) is not None
