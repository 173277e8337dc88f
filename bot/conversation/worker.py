"""Takes turns: one at a time for each chat, many chats at once."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import inbox
from bot.conversation.context import LeaseLostError, Surroundings
from bot.conversation.turn import begin, finish
from bot.conversation.live import LiveContent
from bot.errors import UnderstandingError
from bot.rasa.client import RasaClient, Understanding
from bot.records.database import Database

logger = logging.getLogger(__name__)

AT_ONCE = 32  # turns
LOOK_AGAIN = 1.0  # seconds: for work left by another process and for what failed
KEPT_FOR = timedelta(hours=48)  # what arrived, after it was dealt with


class Worker:
    def __init__(self, database: Database, content: LiveContent, rasa: RasaClient, bot_ids: list[str], clock: Callable[[], datetime]) -> None:
        self.name = secrets.token_hex(8)
        self._database, self._content, self._rasa, self._bot_ids, self._clock = database, content, rasa, bot_ids, clock
        self._wake = asyncio.Event()
        self._turns: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._stopping = False
        self.on_replies: Callable[[], None] = lambda: None  # the sender's bell

    def ring(self) -> None:
        """Something was accepted."""
        self._wake.set()

    async def taken(self, inbox_id: int) -> None:
        """Wait until that update's turn is committed. Register before `ring`."""
        waiting = self._waiting.setdefault(inbox_id, asyncio.get_running_loop().create_future())
        await waiting

    async def run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            free = AT_ONCE - len(self._turns)
            claimed = await self._claim(free) if free else []
            for each in claimed:
                task = asyncio.create_task(self._take(each))
                self._turns.add(task)
                task.add_done_callback(self._finished)
            if len(claimed) < free or not free:
                await self._sleep()
        await asyncio.gather(*self._turns, return_exceptions=True)

    def stop(self) -> None:
        """Take no more turns; those under way are finished."""
        self._stopping = True
        self._wake.set()

    async def _claim(self, most: int) -> list[inbox.Claimed]:
        try:
            return await self._database.run(inbox.claim, self._bot_ids, self.name, self._clock(), most)
        except SQLAlchemyError as error:
            logger.error("The inbox cannot be read (%s); trying again", type(error).__name__)
            return []

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), LOOK_AGAIN)
        except TimeoutError:
            pass

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._turns.discard(task)
        self._wake.set()

    async def _take(self, claimed: inbox.Claimed) -> None:
        try:
            around = self._around()
            question = await self._database.run(begin, claimed, around)
            if question is not None:
                understanding = await self._understand(question.text, question.state)
                await self._database.run(finish, claimed, around, understanding)
        except LeaseLostError:
            logger.warning("Update %s was taken over by another process", claimed.id)
        except Exception:  # a door: the update stays open and is tried again when its lease runs out
            logger.exception("The turn of update %s failed at attempt %s", claimed.id, claimed.attempts)
            return
        self._tell(claimed.id)
        self.on_replies()

    def _around(self) -> Surroundings:
        content, detector = self._content.current()
        return Surroundings(content, detector, self.name, self._rasa.model, self._clock())

    async def _understand(self, text: str, state: dict[str, object]) -> Understanding | None:
        try:
            return await self._rasa.understand(text, state)
        except UnderstandingError as error:
            logger.warning("%s", error)
            return None

    def _tell(self, inbox_id: int) -> None:
        waiting = self._waiting.pop(inbox_id, None)
        if waiting and not waiting.done():
            waiting.set_result(None)


def utc_now() -> datetime:
    return datetime.now(UTC)
