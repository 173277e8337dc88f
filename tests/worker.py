"""A worker at work in tests, with Rasa answered for: what was said, what was asked of Rasa and what is on its way.

The database and the content are real. Rasa is reached over a transport that answers in its place.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.inbox import Arrival
from bot.conversation.incoming import text_message
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker
from bot.rasa.client import RasaClient
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate, OutboxMessage
from tests.outgoing import BOT, NOW, Clock

MOMENT = timedelta(microseconds=1)
SAID = "utter_thank"


class Rasa:
    """Answers in Rasa's place. A text in `held` is answered when its event is set; `decisions` says which response."""

    def __init__(self, says: str = SAID) -> None:
        self.says = says
        self.asked: list[str] = []
        self.states: dict[str, Any] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.raw: httpx.Response | Exception | None = None
        self.chance = random.Random(11)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        question = json.loads(request.content)
        text = question["text"]
        self.asked.append(text)
        self.states[text] = question["state"]
        for _ in range(self.chance.randrange(30)):  # turns end in another order than they began
            await asyncio.sleep(0)
        if text in self.held:
            await self.held[text].wait()
        if isinstance(self.raw, Exception):
            raise self.raw
        return self.raw or httpx.Response(200, json=self.turn(text))

    def turn(self, text: str) -> dict[str, Any]:
        state = {"slots": {"said_before": text}}
        return {
            "decisions": [self.says], "state": state, "intent": "thank", "confidence": 0.9, "topic": "dialogue", "decision": "answer",
            "suggestions": [], "entities": [],
        }  # fmt: skip

    def client(self) -> RasaClient:
        return RasaClient(httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="http://rasa/webhooks/puente"))

    def hold(self, text: str) -> asyncio.Event:
        self.held[text] = asyncio.Event()
        return self.held[text]


@asynccontextmanager
async def working(database: Database, live: LiveContent, rasa: Rasa, clock: Clock | None = None) -> AsyncIterator[Worker]:
    """A worker that takes turns; those under way at the end are finished."""
    client = rasa.client()
    worker = Worker(database, live, client, [BOT], clock or Clock())
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, 30)
        await client.close()


def arrival(chat: str, text: str) -> Arrival:
    return Arrival(BOT, f"{chat}: {text}", chat, text_message(text), NOW)


def run[R](conversation: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(asyncio.wait_for(conversation, 60))


async def take(worker: Worker, chat: str, text: str) -> asyncio.Future[Taken]:
    """As a door that waits does: the answer comes when it is awaited."""
    accepted, waiting = await worker.take(arrival(chat, text))
    assert waiting is not None and not accepted.done
    return waiting


async def push(database: Database, worker: Worker, *arrivals: Arrival) -> None:
    """As the Telegram door does."""
    await database.run(inbox.accept, list(arrivals))
    worker.ring()


def transcript(session: Session, chat: str) -> list[tuple[str, str]]:
    """What was said in a chat in order: (`in`, the text) or (`out`, the name of the response)."""
    query = (
        select(Message)
        .join(Conversation)
        .where(Conversation.bot_id == BOT, Conversation.chat == inbox.chat_hash(BOT, chat))
        .order_by(Message.id)
    )
    return [(each.direction.value, each.text if each.direction is Direction.IN else each.response or "") for each in session.scalars(query)]


def sent(session: Session, chat: str) -> list[str]:
    """The responses on their way to a chat, in order."""
    query = (
        select(Message.response)
        .join(OutboxMessage, OutboxMessage.message_id == Message.id)
        .join(Conversation, Conversation.id == OutboxMessage.conversation_id)
        .where(Conversation.chat == inbox.chat_hash(BOT, chat))
        .order_by(OutboxMessage.id)
    )
    return [response or "" for response in session.scalars(query)]


def all_done(session: Session) -> bool:
    return session.scalar(select(InboxUpdate.id).where(InboxUpdate.done_at.is_(None)).limit(1)) is None
