"""Messages about a case that the person did not just ask for: what the institution answered, and the question whether they were attended.

Nothing is sent to who blocked the assistant, had the conversation forgotten, took back the leave to write to them, or was attended at a
desk and has no chat.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.published import Button, Content
from bot.conversation.replies import sentence, shown
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import DESK
from bot.conversation.unasked import rendered, tell
from bot.records.conversations import Conversation
from bot.records.referrals import ConsentKind, Referral, ReferralState
from bot.referrals import consent
from bot.referrals.lifecycle import OPEN, OTHER, UNANSWERED

NOTICES: Mapping[ReferralState, str] = {
    ReferralState.RECEIVED: "utter_notice_received",
    ReferralState.ACCEPTED: "utter_notice_accepted",
    ReferralState.REJECTED: "utter_notice_rejected",
    ReferralState.IN_SERVICE: "utter_notice_in_service",
    ReferralState.DONE: "utter_notice_done",
    ReferralState.EXPIRED: "utter_notice_expired",
    ReferralState.REVOKED: "utter_notice_revoked",
}
REASONS: Mapping[str, str] = {
    "full": "utter_reason_full",
    "not_eligible": "utter_reason_not_eligible",
    "wrong_place": "utter_reason_wrong_place",
    "not_reachable": "utter_reason_not_reachable",
    OTHER: "utter_reason_other",
}


def may_write(session: Session, conversation: Conversation, now: datetime) -> bool:
    """May the assistant write first, about their own case? Who was never asked has not said no."""
    if conversation.blocked_at or conversation.former_chat or conversation.leaves_at or conversation.bot_id == DESK:
        return False
    return consent.may_write(session, conversation.id, now)


def refuse_notices(session: Session, conversation: Conversation, said: str, now: datetime) -> None:
    """They said "alto": from now on nothing is written first about the cases they have."""
    has_case = select(Referral.id).where(Referral.conversation_id == conversation.id, Referral.state.in_(OPEN)).limit(1)
    asked = consent.of_conversation(session, conversation.id, ConsentKind.WRITE)
    if may_write(session, conversation, now) and (asked or session.scalar(has_case) is not None):
        consent.forbid_writing(session, conversation, said, now)


def tell_state(session: Session, referral: Referral, why: str | None, around: Surroundings) -> bool:
    """What became of the case. False: nobody may be told."""
    conversation = session.get_one(Conversation, referral.conversation_id)
    name = NOTICES.get(referral.state)
    if name is None or not may_write(session, conversation, around.now):
        return False
    language = conversation.language
    reason = sentence(around.content, REASONS.get(why or "", "utter_reason_other"), language)
    values = {**about(around.content, referral, language, around.now), "reason": reason}
    tell(session, conversation, rendered(conversation, name, around, values), around)
    return True


def ask_whether_attended(session: Session, referral: Referral, around: Surroundings) -> None:
    """The caller has asked `may_write`."""
    conversation = session.get_one(Conversation, referral.conversation_id)
    name = "utter_ask_attended_late" if is_late(referral, around.now) else "utter_ask_attended"
    reply = rendered(conversation, name, around, about(around.content, referral, conversation.language, around.now))
    titles = {"yes": "utter_button_attended", "not_yet": "utter_button_not_yet", "no": "utter_button_not_attended"}
    choices = tuple(
        Button(sentence(around.content, title, conversation.language), f"/attended={answer}.{referral.folio}")
        for answer, title in titles.items()
    )
    tell(session, conversation, replace(reply, buttons=choices), around)


def is_late(referral: Referral, now: datetime) -> bool:
    """The institution had to answer and has not."""
    waits = referral.state in UNANSWERED
    return waits and referral.answer_by is not None and referral.answer_by <= now


def about(content: Content, referral: Referral, language: str, now: datetime) -> dict[str, str]:
    """What sentences about a case may mention."""
    until = _moment(referral.answer_by, language) if referral.answer_by else ""
    deadline = ""
    if until and referral.state in UNANSWERED:
        name = "utter_referral_is_late" if is_late(referral, now) else "utter_referral_answer_by"
        deadline = "\n" + sentence(content, name, language, {"until": until})
    return {
        "folio": referral.folio,
        "recipient": content.name_of(referral.organization_id),
        "state": sentence(content, f"utter_state_{referral.state}", language),
        "changed_on": shown(referral.changed_at.astimezone(MEXICO).date(), language),
        "until": until,
        "deadline": deadline,
    }


def _moment(at: datetime, language: str) -> str:
    local = at.astimezone(MEXICO)
    return f"{shown(local.date(), language)}, {local:%H:%M}"
