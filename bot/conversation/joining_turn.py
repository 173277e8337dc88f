"""An invited official joins: the link, what is kept and who sees it, and the name for the certificate."""

from dataclasses import replace

from sqlalchemy import select

from bot.content.asking import Questionnaire
from bot.conversation import learning_menu
from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.courses import learners
from bot.questionnaires import run
from bot.questionnaires.run import Progress
from bot.records.learning import Learner

JOINING, NAME = "joining_officials", "name"
LINK = "curso_"  # what follows /start in the link of an invitation


def token_of(turn: Turn) -> str | None:
    """From "/start curso_…", as Telegram sends it when the link is followed."""
    command, _, value = turn.incoming.text.strip().partition(" ")
    theirs = turn.incoming.kind is Kind.TEXT and not turn.incoming.is_forwarded
    is_link = theirs and command == "/start" and value.startswith(LINK)
    return value.removeprefix(LINK).strip() if is_link else None


def begin(turn: Turn, token: str) -> None:
    learner = learners.invited(turn.session, token, turn.now)
    if learner is None:
        turn.say("utter_learning_invitation_closed")
        return
    place = turn.content.municipalities.get(learner.municipality)
    turn.say("utter_learning_invited", office=learner.office, municipality=place.title if place else learner.municipality)
    begun = run.start(turn.content.questionnaires[JOINING])
    turn.set_progress(replace(begun, invited=learner.reference))
    turn.ask_step()


def join(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """They agreed and gave a name. The invitation is looked at again: it may have been taken back, or used elsewhere."""
    name = " ".join(str(progress.value(NAME)).split())
    learner = turn.session.scalar(select(Learner).where(Learner.reference == progress.invited).with_for_update())
    if learner is None or learner.joined_at or learner.withdrawn_at or not _is_in_time(turn, learner):
        turn.say("utter_learning_invitation_closed")
        return
    if not learners.is_name(name):
        answers = {step: answer for step, answer in progress.answers.items() if step != NAME}
        turn.set_progress(replace(progress, step=NAME, answers=answers))
        turn.ask_step(with_help=True)
        return
    version = turn.content.learning.privacy_version
    joined = learners.join(turn.session, learner, turn.conversation.bot_id, turn.conversation.chat, name, version, turn.now)
    turn.say("utter_learning_welcome", who=joined.name or name)
    learning_menu.show(turn, {})


def refuse_joining(turn: Turn, questionnaire: Questionnaire, progress: Progress, consent_text: str) -> None:
    """Nothing is kept of them; while it is in time the link still works."""
    turn.keep_quiet_about_questionnaire()
    turn.say(questionnaire.command.arguments["response"])


def _is_in_time(turn: Turn, learner: Learner) -> bool:
    return learner.invitation_expires_at is not None and learner.invitation_expires_at >= turn.now
