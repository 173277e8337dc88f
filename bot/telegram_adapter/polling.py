"""Fetches updates and has them written down before Telegram is told that we have them.

python-telegram-bot alone confirms a batch while its handlers still run and loses it on SIGKILL; here the offset is raised after the
commit. It starts without an offset, and drops it once Telegram has confirmed with no news, because Telegram's numbers begin anew at random
after a quiet week: Telegram then sends everything unconfirmed, and the inbox knows what it has. Updates are taken as raw JSON: one that the
library cannot read does not stop the rest.
"""

import asyncio
import itertools
import logging
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import BadRequest, Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot import errors
from bot.metrics import Metrics
from bot.telegram_adapter.intake import Intake
from bot.telegram_adapter.line import Line, seconds_of
from bot.telegram_adapter.updates import ALLOWED

logger = logging.getLogger(__name__)

LONG_POLL = 25  # seconds that Telegram holds a request without news
GRACE = 10  # seconds for the answer to travel
STALLED_AFTER = LONG_POLL + 2 * GRACE  # a request that neither ends nor fails is given up: the watchdog
AFTER_FAILURE = (1, 2, 5, 10, 30)  # seconds
AFTER_CONFLICT = 2.0
CONFLICTS_AT_START = 4  # in a row: another program reads this bot's updates: we do not start beside it


class Polling:
    def __init__(self, line: Line, intake: Intake, metrics: Metrics) -> None:
        self._line, self._intake, self._metrics = line, intake, metrics
        self._offset: int | None = None
        self._had_success = False
        self.last_success = time.monotonic()

    async def run(self) -> None:
        """Raises errors.TelegramError when another program reads the same bot's updates."""
        failures = conflicts = 0
        while True:
            bot = self._line.bot
            try:
                updates = await self._fetch()
                await self._intake.take(updates)
                self._offset = max(int(update["update_id"]) for update in updates) + 1 if updates else None
                self._had_success, failures, self.last_success = True, 0, time.monotonic()
                self._metrics.polls.labels("ok").inc()
                continue
            except (InvalidToken, EndPointNotFound):  # the second is what the library makes of 401 and 404 here
                self._metrics.polls.labels("token").inc()
                await self._line.renew(bot)
                continue
            except Conflict:
                self._metrics.polls.labels("conflict").inc()
                conflicts += 1
                if not self._had_success and conflicts >= CONFLICTS_AT_START:
                    raise errors.TelegramError(
                        f"{self._line.own.setting}: otro programa ya recibe los mensajes de este bot; deténgalo o use otro bot"
                    ) from None
                logger.error("Another program reads the updates of this bot; stop it: each update goes to only one of the two")
                wait = AFTER_CONFLICT
            except RetryAfter as error:
                self._metrics.polls.labels("wait").inc()
                wait = seconds_of(error)
            except TimeoutError:
                self._metrics.polls.labels("stalled").inc()
                logger.error("A request for updates did not end within %s s; starting another", STALLED_AFTER)
                wait = 0.0
            except (TelegramError, SQLAlchemyError) as error:
                self._metrics.polls.labels("failed").inc()
                logger.warning("Updates cannot be fetched or kept (%s); trying again", type(error).__name__)
                wait = AFTER_FAILURE[min(failures, len(AFTER_FAILURE) - 1)]
            failures += 1
            await asyncio.sleep(wait)

    async def _fetch(self) -> list[dict[str, Any]]:
        asked = {"offset": self._offset, "timeout": LONG_POLL, "allowed_updates": ALLOWED, "limit": 100}
        async with asyncio.timeout(STALLED_AFTER):
            found = await self._line.bot.do_api_request(
                "getUpdates", {name: value for name, value in asked.items() if value is not None}, read_timeout=LONG_POLL + GRACE
            )
        return list(found)

    def silent_for(self) -> float:
        return time.monotonic() - self.last_success

    async def stop_webhook(self) -> None:
        """Telegram refuses polling while a webhook is set: tried until it is taken away. What it holds is kept."""
        for failures in itertools.count():
            try:
                await self._line.bot.delete_webhook(drop_pending_updates=False)
                return
            except (InvalidToken, BadRequest) as error:  # trying again is no use; what it is, the polling finds out
                logger.warning("The webhook could not be taken away (%s)", type(error).__name__)
                return
            except TelegramError as error:
                wait = seconds_of(error) if isinstance(error, RetryAfter) else AFTER_FAILURE[min(failures, len(AFTER_FAILURE) - 1)]
                logger.warning("The webhook could not be taken away (%s); trying again in %s s", type(error).__name__, wait)
                await asyncio.sleep(wait)
