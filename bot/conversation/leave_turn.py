"""What ends a questionnaire without a referral, and taking leave back: a person is called, notices are allowed or forbidden."""

from collections.abc import Mapping
from typing import Any

from bot.content.asking import Questionnaire
from bot.conversation.context import Turn
from bot.conversation.handoff_turn import open_for, say_queue
from bot.questionnaires.run import Progress
from bot.referrals import consent


def call_person(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """No consent is asked of a girl or boy alone: first what keeps them safe, then a person."""
    asked = questionnaire.command.arguments
    turn.say(asked["response"])
    say_queue(turn, "utter_person_requested", open_for(turn, asked["reason"]))


def keep_permission(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """A questionnaire that asks for nothing but a permission."""
    consent.keep_permissions(turn.session, turn.conversation, questionnaire, progress, turn.now)
    turn.say("utter_notices_allowed" if consent.may_write(turn.session, turn.conversation.id, turn.now) else "utter_notices_stopped")


def stop_notices(turn: Turn, arguments: Mapping[str, Any]) -> None:
    """ "No me escriban avisos": the cases go on."""
    consent.forbid_writing(turn.session, turn.conversation, turn.hidden.text or turn.incoming.payload, turn.now)
    turn.say("utter_notices_stopped")
