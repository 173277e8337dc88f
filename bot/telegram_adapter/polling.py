"""Fetches updates and writes them down before Telegram is told that we have them.

python-telegram-bot alone confirms a batch while its handlers still run and loses it on SIGKILL; here the offset is raised after the
commit. It starts without an offset: Telegram then sends everything unconfirmed, and the inbox knows what it has.
"""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, Update
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError

from bot import errors
from bot.conversation import inbox
from bot.conversation.worker import utc_now
from bot.records.database import Database
from bot.telegram_adapter.updates import ALLOWED, arrival_of

logger = logging.getLogger(__name__)

LONG_POLL = 25  # seconds that Telegram holds a request without news
AFTER_FAILURE = (1, 2, 5, 10, 30)  # seconds


class Polling:
    def __init__(self, bot: Bot, bot_id: str, database: Database, ring: Callable[[], None]) -> None:
        self._bot, self._bot_id, self._database, self._ring = bot, bot_id, database, ring
        self._offset: int | None = None
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                updates = await self._bot.get_updates(
                    offset=self._offset, timeout=LONG_POLL, allowed_updates=ALLOWED, read_timeout=LONG_POLL + 10
                )
                await self._accept(updates)
                failures = 0
            except InvalidToken:
                raise errors.TelegramError("TELEGRAM_TOKEN: Telegram ya no acepta este token; pida uno nuevo a @BotFather") from None
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error))
            except (NetworkError, TelegramError, SQLAlchemyError) as error:
                logger.warning("Updates cannot be fetched or kept (%s); trying again", type(error).__name__)
                await asyncio.sleep(AFTER_FAILURE[min(failures, len(AFTER_FAILURE) - 1)])
                failures += 1

    async def _accept(self, updates: tuple[Update, ...]) -> None:
        arrivals = [arrival for update in updates if (arrival := arrival_of(update, self._bot_id, utc_now()))]
        if arrivals:
            await self._database.run_durable(inbox.accept, arrivals)
            self._ring()
        if updates:
            self._offset = max(update.update_id for update in updates) + 1
        for update in updates:
            if update.callback_query:
                task = asyncio.create_task(self._stop_spinner(update.callback_query.id))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)

    async def _stop_spinner(self, query_id: str) -> None:
        """The button stops spinning; nothing depends on it."""
        try:
            await self._bot.answer_callback_query(query_id)
        except TelegramError as error:
            logger.info("A callback was not answered (%s)", type(error).__name__)


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait if isinstance(wait, int | float) else wait.total_seconds()
