"""The answer to the question whether a person's help served, and the reason if they give one."""

from collections.abc import Mapping
from typing import Any

from bot.content.asking import Questionnaire
from bot.conversation.context import Turn
from bot.handoff import survey
from bot.questionnaires import run
from bot.questionnaires.run import Progress

QUESTIONNAIRE = "help_survey"
RATE = "/rate="


def rate(turn: Turn, arguments: Mapping[str, Any]) -> None:
    rating = survey.rate(turn.session, turn.conversation, str(arguments.get("value") or ""), turn.now)
    if rating is None:
        turn.say("utter_button_old")
        return
    if turn.progress and turn.progress.name == QUESTIONNAIRE:
        turn.leave_questionnaire()
    if rating == survey.WELL:
        turn.say("utter_survey_thanks")
        return
    turn.say("utter_survey_noted")
    turn.begin_questionnaire(run.start(turn.content.questionnaires[QUESTIONNAIRE]))
    turn.ask_step()


def rate_quietly(turn: Turn) -> None:
    """A press while a person holds the chat counts too; nothing is said then."""
    payload = turn.offered(turn.incoming.payload) or ""
    if payload.startswith(RATE):
        survey.rate(turn.session, turn.conversation, payload.removeprefix(RATE), turn.now)


def keep_reason(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    why = progress.value("why")
    if why:
        survey.keep_reason(turn.session, turn.conversation, str(why))
    turn.say("utter_survey_thanks")
