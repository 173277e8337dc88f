"""Questions that came while Rasa was down: asked again, in order, when it is back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.incoming import Incoming, Kind
from bot.records.conversations import Conversation, Message
from bot.records.deliveries import InboxUpdate

AT_ONCE = 50


def ask_again(session: Session, now: datetime) -> int:
    """Put unanswered questions back into the inbox, each once. Returns how many."""
    query = select(Message, Conversation).join(Conversation).where(Message.unanswered.is_(True)).order_by(Message.id).limit(AT_ONCE)
    found = list(session.execute(query))
    for message, conversation in found:
        message.unanswered = None
        incoming = {"chat_id": conversation.chat_id, **Incoming(Kind.DEFERRED, message.text).to_json()}
        session.add(
            InboxUpdate(
                bot_id=conversation.bot_id,
                update_id=f"deferred:{message.id}",
                chat=conversation.chat,
                incoming=incoming,
                received_at=now,
                attempts=0,
            )
        )
    return len(found)
