"""What is said in front of an answer: that it comes late, what we heard, that the words were somebody else's."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from bot.content.languages import MEXICO
from bot.conversation.context import Turn
from bot.conversation.corrections import say_what_changed
from bot.conversation.incoming import Kind
from bot.records.conversations import Direction, Message

LATE = timedelta(minutes=10)
AT = "%H:%M"


def put_in_front(turn: Turn) -> None:
    """Called once, when all that answers the message is said."""
    if not turn.replies:
        return
    say_what_changed(turn)
    if turn.safety:  # danger first, and then that it comes late
        if _is_late(turn):
            _say_late(turn, turn.say)
        return
    came = turn.claimed.incoming
    if turn.conversation.dropped_at:
        turn.conversation.dropped_at = None
        turn.preface("utter_idle_closed")
    if came.was_heard:
        turn.preface("utter_heard", text=turn.hidden.text[:300])
    if came.is_forwarded and came.kind is Kind.TEXT:
        turn.preface("utter_received_forward")
    if _is_late(turn):
        _say_late(turn, turn.preface)


def _say_late(turn: Turn, say: Callable[..., None]) -> None:
    say("utter_late", at=turn.said_at.astimezone(MEXICO).strftime(AT))


def _is_late(turn: Turn) -> bool:
    """It waited long, and nothing was said to the person since."""
    if turn.now - turn.said_at < LATE or turn.incoming.kind is Kind.DEFERRED:
        return False
    spoken = select(Message.id).where(
        Message.conversation_id == turn.conversation.id, Message.direction != Direction.IN, Message.created_at > turn.said_at
    )
    return turn.session.scalar(spoken.limit(1)) is None
