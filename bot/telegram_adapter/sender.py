"""Delivers the outbox to Telegram: one sender for each bot token, in order for each chat, within Telegram's limits.

A row is marked `sending` before the call. If the process dies or the answer never comes, nobody knows whether the message arrived: it is
sent once more and counted, because a repeated answer harms less than silence.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from aiolimiter import AsyncLimiter
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.conversation import outbox
from bot.conversation.outbox import Delivery
from bot.records.database import Database

logger = logging.getLogger(__name__)

PER_SECOND = 30  # messages of one bot, Telegram's limit
PER_CHAT = 1.0  # seconds between two messages to one chat
AT_ONCE = 16  # calls under way
CHATS_REMEMBERED = 10_000
LOOK_AGAIN = 0.5  # seconds: for messages put there by another process
AFTER_FAILURE = timedelta(seconds=5)


class Sender:
    def __init__(self, bot: Bot, bot_id: str, database: Database, clock: Callable[[], datetime]) -> None:
        self._bot, self._bot_id, self._database, self._clock = bot, bot_id, database, clock
        self._wake = asyncio.Event()
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._all = AsyncLimiter(PER_SECOND, 1)
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()
        self._stopping = False

    def ring(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        await self._database.run(outbox.recover, self._bot_id)
        while not self._stopping:
            self._wake.clear()
            taken = await self._take(AT_ONCE - len(self._calls)) if len(self._calls) < AT_ONCE else []
            for delivery in taken:
                task = asyncio.create_task(self._deliver(delivery))
                self._calls[delivery.conversation_id] = task
                task.add_done_callback(partial(self._finished, delivery.conversation_id))
            if not taken:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_AGAIN)
        await asyncio.gather(*self._calls.values(), return_exceptions=True)

    def _finished(self, conversation_id: int, _task: asyncio.Task[None]) -> None:
        self._calls.pop(conversation_id, None)
        self._wake.set()

    async def _take(self, most: int) -> list[Delivery]:
        try:
            return await self._database.run(outbox.take, self._bot_id, list(self._calls), most, self._clock())
        except SQLAlchemyError as error:
            logger.error("The outbox cannot be read (%s); trying again", type(error).__name__)
            return []

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._pace(delivery.conversation_id)
            await self._database.run(outbox.sending, delivery.id)
            failure, again_at = await self._call(delivery)
            await self._database.run(outbox.settle, delivery.id, failure, again_at, self._clock())
        except SQLAlchemyError as error:
            logger.error("The fate of message %s cannot be written (%s)", delivery.id, type(error).__name__)
            await asyncio.sleep(1)

    async def _pace(self, conversation_id: int) -> None:
        limiter = self._chats.pop(conversation_id, None) or AsyncLimiter(1, PER_CHAT)
        self._chats[conversation_id] = limiter
        while len(self._chats) > CHATS_REMEMBERED:
            self._chats.popitem(last=False)
        await limiter.acquire()
        await self._all.acquire()

    async def _call(self, delivery: Delivery) -> tuple[str | None, datetime | None]:
        """The kind of failure, if any, and when to try again, if at all."""
        keyboard = [[InlineKeyboardButton(title, callback_data=payload)] for title, payload in delivery.buttons]
        try:
            await self._bot.send_message(delivery.chat_id, delivery.text, reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None)
            return None, None
        except RetryAfter as error:
            wait = error.retry_after
            return "wait", self._clock() + (wait if isinstance(wait, timedelta) else timedelta(seconds=wait))
        except Forbidden:
            return "blocked", None
        except BadRequest as error:
            logger.error("Telegram refuses message %s (%s)", delivery.id, type(error).__name__)
            return "refused", None
        except TimedOut:
            return "unknown", self._clock()
        except NetworkError:
            return "network", self._clock() + AFTER_FAILURE
        except TelegramError as error:
            logger.error("Message %s failed (%s)", delivery.id, type(error).__name__)
            return "error", self._clock() + AFTER_FAILURE
