"""The text of an earlier message is corrected: no new question, unless it corrects the last one.

Telegram sends an edited message as a whole, with the name of the one it replaces: https://core.telegram.org/bots/api#update
"""

from dataclasses import replace

from sqlalchemy import func, select

from bot.conversation.context import Turn
from bot.conversation.incoming import Kind
from bot.conversation.masking import NOTICE
from bot.conversation.questionnaire_turn import is_for_questionnaire
from bot.records.conversations import Direction, Message


def find_corrected(turn: Turn) -> Message | None:
    """The message whose text is corrected, in its latest wording."""
    door_id, conversation_id = turn.claimed.incoming.door_id, turn.conversation.id
    query = select(Message).where(Message.conversation_id == conversation_id, Message.direction == Direction.IN, Message.door_id == door_id)
    return turn.session.scalar(query.order_by(Message.id.desc()).limit(1))


def take_correction(turn: Turn) -> bool:
    """False: what it says now is to be answered. True: that is done."""
    original = find_corrected(turn)
    if original is None:  # we have never answered it
        take_as_words(turn, None)
        return False
    if original.text == turn.hidden.text and not (turn.hidden.kinds and is_for_questionnaire(turn)):
        turn.keep_quiet_about_questionnaire()
        return True
    is_last = original.id == turn.session.scalar(
        select(func.max(Message.id)).where(
            Message.conversation_id == turn.conversation.id,
            Message.direction == Direction.IN,
            Message.response.is_distinct_from("deferred"),  # asked again by ourselves
        )
    )
    if is_for_questionnaire(turn):
        assert turn.progress is not None, "is_for_questionnaire says so"
        if not (is_last and turn.progress.misses):
            turn.say("utter_correction_in_form")
            turn.was_asked_for = True  # it may be what the form asked for
            return True
    elif not is_last:
        turn.say("utter_correction_noted")
        return True
    take_as_words(turn, original)
    return False


def take_as_words(turn: Turn, original: Message | None) -> None:
    turn.incoming = replace(turn.incoming, kind=Kind.TEXT)
    turn.corrects = original
    if original is not None and original.unanswered:  # what it said first need not be asked again when Rasa is back
        original.unanswered = None


def say_what_changed(turn: Turn) -> None:
    """Before the answer to a corrected message; the same answer is not said twice."""
    if turn.corrects is None or turn.safety or not turn.replies:
        return
    query = (
        select(Message.text)
        .where(
            Message.inbox_id == turn.corrects.inbox_id,
            Message.direction == Direction.OUT,
            Message.response.is_distinct_from(NOTICE),  # said once a day
        )
        .order_by(Message.place)
    )
    if [reply.text for reply in turn.replies] == list(turn.session.scalars(query)):
        turn.replies.clear()
        turn.say("utter_correction_same")
    else:
        turn.preface("utter_corrected")
