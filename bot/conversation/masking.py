"""What identifies somebody and was typed without being asked for: it is not kept, the person is told, and may have it deleted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.content.published import Button
from bot.conversation import outbox
from bot.conversation.context import Turn
from bot.conversation.replies import render
from bot.conversation.transcript import PUSHED
from bot.records.conversations import Direction, Message

NOTICE = "utter_identifier_masked"
SAID_AGAIN_AFTER = timedelta(hours=24)
DELETE = "/delete_message"


def say_masked(turn: Turn) -> None:
    """After the answer and before a question of ours, once a day. Not in a danger, nor of what a question asked for."""
    kinds = turn.hidden.kinds
    if not kinds or not turn.replies or turn.safety or turn.is_flood or turn.was_asked_for or _was_said(turn):
        return
    named = ", ".join(turn.sentence(f"utter_identifier_{kind}") for kind in kinds)
    notice = render(turn.content, NOTICE, turn.language, turn.today, {"kinds": named})
    door_id = turn.claimed.incoming.door_id
    if door_id and turn.conversation.bot_id.startswith(PUSHED):
        notice = replace(notice, buttons=(Button(turn.sentence("utter_button_delete_message"), f"{DELETE}={door_id}"),))
    is_asking = (turn.replies[-1].response or "").startswith("ask_")
    turn.replies.insert(len(turn.replies) - is_asking, notice)


def delete_message(turn: Turn, arguments: Mapping[str, Any]) -> None:
    """The person's own message goes from the screen, while Telegram still lets us."""
    door_id = str(arguments.get("value") or "")
    query = select(Message.created_at).where(
        Message.conversation_id == turn.conversation.id, Message.direction == Direction.IN, Message.door_id == door_id
    )
    written_at = turn.session.scalar(query.order_by(Message.id).limit(1))
    if written_at is None or written_at < turn.now - outbox.DELETABLE or not turn.conversation.bot_id.startswith(PUSHED):
        turn.say("utter_message_not_deleted")
        return
    outbox.delete_messages(turn.session, turn.conversation, [int(door_id)], turn.now)
    turn.say("utter_message_deleted")


def _was_said(turn: Turn) -> bool:
    query = select(Message.id).where(
        Message.conversation_id == turn.conversation.id,
        Message.direction == Direction.OUT,
        Message.response == NOTICE,
        Message.created_at > turn.now - SAID_AGAIN_AFTER,
    )
    return turn.session.scalar(query.limit(1)) is not None
