"""What is on its way to people in tests, and a Telegram that records what reaches it: only its network is not real."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from telegram import InlineKeyboardMarkup

from bot.content.danger import DangerDetector
from bot.content.published import Button
from bot.conversation import outbox
from bot.conversation.inbox import chat_hash
from bot.conversation.outbox import Delivery, Outcome
from bot.conversation.replies import Reply
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import new_conversation, put
from bot.metrics import Metrics
from bot.records.conversations import Conversation, Direction
from bot.records.database import Database
from bot.records.deliveries import OutboxMessage, OutboxState
from bot.telegram_adapter.limits import Limits
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.sender import Sender
from tests.unit.test_replies import published

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BOT, OTHER_BOT = "telegram:1", "telegram:2"
QUEUED, SENDING, SENT, FAILED = OutboxState.QUEUED, OutboxState.SENDING, OutboxState.SENT, OutboxState.FAILED
AROUND = Surroundings(published(), cast(DangerDetector, None), "test", "", NOW)
PATIENCE = 8  # seconds
LATER = NOW + timedelta(seconds=7)


class Telegram:
    """Stands in for telegram.Bot: records every call; `faults` are raised, one for each call to that chat."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.formats: list[str | None] = []
        self.markups: list[InlineKeyboardMarkup | None] = []
        self.times: list[float] = []
        self.deleted: list[tuple[str, tuple[int, ...]]] = []
        self.left: list[str] = []
        self.documents: list[bytes] = []
        self.faults: dict[str, deque[Exception]] = defaultdict(deque)
        self.always: Exception | None = None  # raised whatever is asked
        self.silent: set[str] = set()  # chats whose calls do not come back until `arrives`
        self.arrives = asyncio.Event()
        self.most_at_once: dict[str, int] = defaultdict(int)
        self._under_way: dict[str, int] = defaultdict(int)
        self._called = asyncio.Event()

    async def get_me(self) -> None:
        """The line works."""

    async def send_message(
        self, chat_id: str, text: str, parse_mode: str | None = None, reply_markup: InlineKeyboardMarkup | None = None
    ) -> Any:
        self.formats.append(parse_mode)
        self.markups.append(reply_markup)
        await self._answer(chat_id, text)
        return SimpleNamespace(message_id=1000 + len(self.calls))

    async def delete_messages(self, chat_id: str, message_ids: Sequence[int]) -> bool:
        await self._answer(chat_id, f"delete {len(message_ids)}")
        self.deleted.append((chat_id, tuple(message_ids)))
        return True

    async def send_document(self, chat_id: str, document: bytes, filename: str) -> Any:
        await self._answer(chat_id, filename)
        self.documents.append(document)
        return SimpleNamespace(message_id=1000 + len(self.calls))

    async def leave_chat(self, chat_id: str) -> bool:
        await self._answer(chat_id, "leave")
        self.left.append(chat_id)
        return True

    async def _answer(self, chat_id: str, what: str) -> None:
        self.calls.append((chat_id, what))
        self.times.append(asyncio.get_running_loop().time())
        self._called.set()
        self._under_way[chat_id] += 1
        self.most_at_once[chat_id] = max(self.most_at_once[chat_id], self._under_way[chat_id])
        try:
            await asyncio.sleep(0)
            if self.always:
                raise self.always
            if self.faults[chat_id]:
                raise self.faults[chat_id].popleft()
            if chat_id in self.silent:
                await self.arrives.wait()
        finally:
            self._under_way[chat_id] -= 1

    async def wait_for(self, count: int) -> None:
        self._called = asyncio.Event()
        async with asyncio.timeout(PATIENCE):
            while len(self.calls) < count:
                await self._called.wait()
                self._called.clear()

    def to(self, chat_id: str) -> list[str]:
        return [text for chat, text in self.calls if chat == chat_id]

    def waits(self) -> list[float]:
        """Seconds between one call and the next."""
        return [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]


class FakeLine:
    """A line whose new token the test hands over."""

    def __init__(self, bot: Telegram) -> None:
        self.bot, self.bot_id = bot, BOT
        self.renewals = 0
        self._renewed = asyncio.Event()

    async def renew(self, refused: Telegram) -> None:
        self.renewals += 1
        while self.bot is refused:
            await self._renewed.wait()

    def hand_over(self, bot: Telegram) -> None:
        self.bot = bot
        self._renewed.set()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def late_note(written_at: datetime, language: str) -> str:
    return f"({language}: written at {written_at:%H:%M})"


def sender_on(line: FakeLine, database: Database, clock: Clock, limits: Limits | None = None, metrics: Metrics | None = None) -> Sender:
    """Without limits of its own unless it is given some. Called while the loop runs."""
    return Sender(cast(Line, line), database, clock, limits or Limits(10_000, 0), metrics or Metrics(), late_note)


def send(
    database: Database,
    telegram: Telegram,
    calls: int,
    clock: Clock | None = None,
    limits: Callable[[], Limits] | None = None,
    metrics: Metrics | None = None,
) -> None:
    """Run a sender until Telegram has been called so often in all; what is under way is finished and written down."""

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, clock or Clock(), limits() if limits else None, metrics)
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(calls)
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())


def queue(session: Session, chat_id: str, *texts: str, bot_id: str = BOT, buttons: tuple[Button, ...] = ()) -> list[int]:
    """Messages on their way to a chat, as a turn puts them there; returns the ids of their deliveries."""
    last = session.scalar(select(func.max(OutboxMessage.id))) or 0
    put(session, conversation_of(session, chat_id, bot_id), [Reply(text, buttons) for text in texts], Direction.OUT, AROUND)
    return list(session.scalars(select(OutboxMessage.id).where(OutboxMessage.id > last).order_by(OutboxMessage.id)))


def conversation_of(session: Session, chat_id: str, bot_id: str = BOT) -> Conversation:
    chat = chat_hash(bot_id, chat_id)
    found = session.scalar(select(Conversation).where(Conversation.chat == chat, Conversation.bot_id == bot_id))
    return found or new_conversation(session, bot_id, chat, chat_id, "es", NOW)


def take(database: Database, busy: list[int] | None = None, most: int = 10) -> list[Delivery]:
    return database.call(outbox.take, BOT, busy or [], most)


def texts(deliveries: list[Delivery]) -> list[str]:
    return [delivery.text for delivery in deliveries]


def settle_and_take(database: Database, *outcomes: Outcome, most: int = 10) -> list[str]:
    return texts(database.call(outbox.settle_and_take, outcomes, BOT, [], most, LATER))


def rows(database: Database) -> list[OutboxMessage]:
    return database.call(lambda session: list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))))


def states(database: Database) -> list[OutboxState]:
    return [row.state for row in rows(database)]


def are_open(session: Session) -> bool:
    return session.scalar(select(OutboxMessage.id).where(OutboxMessage.state.in_([QUEUED, SENDING])).limit(1)) is not None


def fates(database: Database) -> list[tuple[Any, ...]]:
    return [(row.state, row.attempts, row.unknown, row.failure) for row in rows(database)]


def count(metrics: Metrics, result: str) -> float:
    return metrics.registry.get_sample_value("puente_sends_total", {"result": result}) or 0
