"""What still delivers a receipt when everything else is gone: a conversation without a past, erased as soon as Telegram has its message.

Calls that were under way during the erasure wait here for their outcome: what arrived too late is deleted from the screen.
"""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from bot.records.conversations import ButtonOffer, Conversation, Message
from bot.records.deliveries import OutboxMessage, OutboxState

LONGEST = timedelta(hours=48)  # what Telegram does not take in that time is given up
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


def begin(session: Session, old: Conversation, now: datetime) -> Conversation:
    """Nothing leads from what the person writes next to this row: its name for the chat is random."""
    conversation = Conversation(
        bot_id=old.bot_id, chat=secrets.token_hex(16), chat_id=old.chat_id, language=old.language, language_from=old.language_from,
        state=None, questionnaire=None, misses=0, created_at=now, updated_at=now, blocked_at=old.blocked_at, leaves_at=now + LONGEST,
    )  # fmt: skip
    session.add(conversation)
    session.flush()
    return conversation


def clear(session: Session, now: datetime) -> int:
    """Erase those whose calls have all been made, and those whose time is over. Returns how many."""
    under_way = exists().where(
        OutboxMessage.conversation_id == Conversation.id, OutboxMessage.state.in_((OutboxState.QUEUED, OutboxState.SENDING))
    )
    leaving = list(session.execute(select(Conversation.id, Conversation.leaves_at, under_way).where(Conversation.leaves_at > _EVER)))
    gone = [each.id for each in leaving if each.leaves_at <= now or not each[2]]
    if gone:
        for table in (OutboxMessage, Message, ButtonOffer):
            session.execute(delete(table).where(table.conversation_id.in_(gone)))
        session.execute(delete(Conversation).where(Conversation.id.in_(gone)))
    return len(gone)
