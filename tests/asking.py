"""Somebody who asks for a person or for support: what the tests of tickets and of referrals share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records.conversations import Conversation

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BOT = "telegram:1"


def conversation(session: Session, chat: str = "ana") -> Conversation:
    found = session.scalar(select(Conversation).where(Conversation.chat == chat))
    if found is None:
        found = Conversation(bot_id=BOT, chat=chat, chat_id=f"number of {chat}", created_at=NOW, updated_at=NOW)
        session.add(found)
        session.flush()
    return found


def reachable[S](table: Mapping[S, set[S]], start: S) -> set[S]:
    found, new = {start}, {start}
    while new:
        new = set().union(*(table[state] for state in new)) - found
        found |= new
    return found
