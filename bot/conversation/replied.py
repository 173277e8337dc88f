"""A message that answers an earlier one of ours ("responder" in Telegram) is about that one's subject."""

from sqlalchemy import select

from bot.conversation.context import Turn
from bot.records.conversations import Message
from bot.records.deliveries import OutboxMessage


def take_subject_of_replied(turn: Turn) -> None:
    """So that "¿y cuánto cuesta?" under an answer of yesterday asks about that answer."""
    replied = turn.claimed.incoming.reply_to
    if not replied:
        return
    query = (
        select(Message.response)
        .join(OutboxMessage, OutboxMessage.message_id == Message.id)
        .where(OutboxMessage.conversation_id == turn.conversation.id, OutboxMessage.door_id == replied)
    )
    response = turn.session.scalar(query)
    if response:
        turn.remember_subject(response.removeprefix("utter_"))
