"""Says one thing to the assistant and waits for what it says back: what all local doors do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.content.languages import SOURCE
from bot.content.published import Button
from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.replies import Reply
from bot.records.conversations import Conversation, Direction, Message

PATIENCE = 30.0  # seconds that a door waits for a turn; it is not lost when the wait ends


@asynccontextmanager
async def at_work(app: App) -> AsyncIterator[None]:
    """Turns are taken and changed content goes live; in the end what is under way is finished and the app closed."""
    turns, watching = asyncio.create_task(app.worker.run()), asyncio.create_task(app.content.watch())
    try:
        yield
    finally:
        app.worker.stop()
        watching.cancel()
        await asyncio.gather(turns, watching, return_exceptions=True)
        await app.close()


async def exchange(app: App, arrival: inbox.Arrival) -> Taken:
    """The answer to one update. The same `update_id` again gives the same answer. Raises TimeoutError after PATIENCE."""
    accepted, waiting = await app.worker.take(arrival)
    if waiting is None:
        return await app.database.run(_read, accepted.id)
    return await asyncio.wait_for(asyncio.shield(waiting), PATIENCE)


def history(session: Session, bot_id: str, chat_id: str, most: int) -> list[Message]:
    """The last messages of a chat, oldest first."""
    chat = inbox.chat_hash(bot_id, chat_id)
    query = (
        select(Message)
        .join(Conversation)
        .where(Conversation.bot_id == bot_id, Conversation.chat == chat)
        .order_by(Message.id.desc())
        .limit(most)
    )
    return list(session.scalars(query))[::-1]


def _read(session: Session, inbox_id: int) -> Taken:
    messages = list(session.scalars(select(Message).where(Message.inbox_id == inbox_id).order_by(Message.direction, Message.place)))
    incoming = next((message for message in messages if message.direction is Direction.IN), None)
    if incoming is None:  # erased since, at the person's wish
        return Taken((), None, None, SOURCE, None)
    conversation = session.get_one(Conversation, incoming.conversation_id)
    replies = tuple(reply_of(message) for message in messages if message.direction is Direction.OUT)
    return Taken(replies, incoming.intent, incoming.confidence, conversation.language, incoming.safety)


def reply_of(message: Message) -> Reply:
    return Reply(message.text, tuple(Button(title, payload) for title, payload in message.buttons or ()), message.response)
