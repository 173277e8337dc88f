"""The questions about a case that somebody of the staff puts to the person while they hold the chat, and the answers to them.

Everything else the person writes goes to the staff as before. Leave to share is given with the button alone: a typed «sí» may answer what
the member of staff has just asked.
"""

from dataclasses import replace

from sqlalchemy.orm import Session

from bot.content.asking import Questionnaire
from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.conversation.notice_turn import simplified
from bot.conversation.pressed import press, run_command, typed_command
from bot.conversation.questionnaire_answers import answer_step
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import put
from bot.conversation.unasked import rendered
from bot.questionnaires import question, run
from bot.questionnaires.run import Progress
from bot.records.conversations import Conversation, Direction

WAYS = ("back", "skip", "cancel", "correct")


def put_to_person(
    session: Session, conversation: Conversation, questionnaire: Questionnaire, progress: Progress, around: Surroundings
) -> None:
    """In their language. Another questionnaire that is pending waits until this one ends; an older one of this kind gives way."""
    content, language, pending = around.content, conversation.language, conversation.questionnaire
    waiting = pending.get("waiting") if pending and pending["name"] == questionnaire.name else pending
    at_first = replace(run.onward(questionnaire, progress) or progress, waiting=waiting)
    noted = question.note_leave(content, questionnaire, at_first, language)
    replies = [rendered(conversation, "utter_staff_asks_referral", around)]
    if conversation.notice_version != content.notice.version:
        replies.insert(0, rendered(conversation, "utter_notice_simplified", around, simplified(content, language)))
        conversation.notice_version = content.notice.version
    conversation.questionnaire = noted.to_json()
    put(session, conversation, [*replies, question.ask(content, questionnaire, noted, language)], Direction.OUT, around)


def answers_staff(turn: Turn) -> bool:
    """While a person holds the chat: is it an answer to the questions they put? False: it goes to them."""
    progress, incoming = turn.progress, turn.incoming
    if progress is None or progress.asked_by is None or incoming.is_forwarded:
        return False
    if incoming.kind is Kind.BUTTON:
        payload = turn.offered(incoming.payload) or ""
        if not payload.startswith(f"{progress.name}.") and payload.removeprefix("/").partition("=")[0] not in WAYS:
            return False
        press(turn, incoming.payload)
        return True
    if incoming.kind not in (Kind.TEXT, Kind.CONTACT, Kind.LOCATION):
        return False
    command = typed_command(turn, incoming)
    if command in WAYS:
        run_command(turn, command)
        return True
    step = run.current(turn.content.questionnaires[progress.name], progress)
    return command is None and not step.asks_leave and not progress.correcting and answer_step(turn)
