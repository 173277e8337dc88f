"""Questions that came while Rasa was down: asked again, in order, when it is back."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.conversation.incoming import Incoming, Kind
from bot.records.conversations import Conversation, Message
from bot.records.deliveries import InboxUpdate

AT_ONCE = 50
DEFERRED = "deferred:"  # how the names of updates begin that are questions asked again
MOST_TRIES = 3  # with a Rasa that looks well: then a person gets the question
AGAIN_AFTER = timedelta(minutes=1)  # for a question that Rasa could not be asked although it looked well


def ask_again(session: Session, now: datetime, again_after: timedelta = timedelta(0)) -> int:
    """Put unanswered questions back into the inbox, each once; one that failed again waits so long. Returns how many."""
    rested = or_(Message.response.is_(None), Message.created_at <= now - again_after, Message.created_at > now)
    query = select(Message, Conversation).join(Conversation).where(Message.unanswered.is_(True), rested).order_by(Message.id).limit(AT_ONCE)
    found = list(session.execute(query))
    for message, conversation in found:
        message.unanswered = None
        question = Incoming(Kind.DEFERRED, message.text, tries=(message.tries or 0) + 1)
        session.add(
            InboxUpdate(
                bot_id=conversation.bot_id,
                update_id=f"{DEFERRED}{message.id}",
                chat=conversation.chat,
                incoming={"chat_id": conversation.chat_id, **question.to_json()},
                received_at=now,
                attempts=0,
            )
        )
    return len(found)
