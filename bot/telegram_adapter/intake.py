"""Takes updates in, whichever way they come: written down before Telegram hears that we have them.

When they cannot be written down, Telegram keeps them and the people are told so directly: once for each chat until it works again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.content.languages import SOURCE
from bot.conversation import inbox
from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Kind
from bot.conversation.worker import utc_now
from bot.metrics import Metrics
from bot.records.database import Database
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.updates import arrival_of, kind_of

logger = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds for a database that others hold
SILENT = frozenset({Kind.BLOCKED, Kind.UNBLOCKED, Kind.GROUP, Kind.MOVED})


class Intake:
    def __init__(
        self,
        line: Line,
        database: Database,
        ring: Callable[[int], None],
        metrics: Metrics,
        not_kept: Callable[[str], str],
        staff_group: int | None,
    ) -> None:
        """`not_kept` gives, in a language, the sentence for whom we cannot write down what they said."""
        self._line, self._database, self._ring, self._metrics = line, database, ring, metrics
        self._not_kept, self._staff_group = not_kept, staff_group
        self.on_staff: Callable[[], None] = lambda: None  # something for the staff's desk is on the disk
        self._told: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Returns when they are on the disk. Raises SQLAlchemyError when they cannot be kept."""
        now, bot = utc_now(), self._line.bot
        found = [arrival_of(update, bot, self._line.bot_id, now, self._staff_group) for update in updates]
        arrivals = [arrival for arrival in found if arrival]
        try:
            if arrivals:
                await self._keep(arrivals)
        except SQLAlchemyError:
            await self._tell_not_kept(arrivals)
            raise
        self._told.clear()
        for update in updates:
            self._metrics.updates.labels(kind_of(update)).inc()
            query = update.get("callback_query")
            if isinstance(query, dict) and "id" in query and not self._is_staffs(query):
                self._start(self._stop_spinner(str(query["id"])))
        for_desk = sum(arrival.bot_id != self._line.bot_id for arrival in arrivals)
        if for_desk:
            self.on_staff()
        self._ring(len(arrivals) - for_desk)

    def _is_staffs(self, query: Mapping[str, Any]) -> bool:
        """Their desk says what came of it."""
        shown = query.get("message")
        return self._staff_group is not None and isinstance(shown, dict) and shown.get("chat", {}).get("id") == self._staff_group

    async def _keep(self, arrivals: list[Arrival]) -> None:
        """Who has to wait long for that, behind a lock, is told meanwhile."""
        keeping = asyncio.create_task(self._database.run_durable(inbox.accept, arrivals))
        try:
            if not (await asyncio.wait([keeping], timeout=PATIENCE))[0]:
                await self._tell_not_kept(arrivals)
            await keeping
        finally:
            keeping.cancel()

    async def _tell_not_kept(self, arrivals: list[Arrival]) -> None:
        for arrival in arrivals:
            is_heard = arrival.bot_id == self._line.bot_id and arrival.incoming.kind not in SILENT
            if is_heard and arrival.chat_id not in self._told:
                self._told.add(arrival.chat_id)
                try:
                    await self._line.bot.send_message(arrival.chat_id, self._not_kept(arrival.incoming.language or SOURCE))
                except TelegramError as error:
                    logger.warning("Somebody could not be told that nothing can be kept (%s)", type(error).__name__)

    async def _stop_spinner(self, query_id: str) -> None:
        """The button stops spinning; nothing depends on it."""
        try:
            await self._line.bot.answer_callback_query(query_id)
        except TelegramError as error:
            logger.info("A callback was not answered (%s)", type(error).__name__)

    def _start(self, job: Any) -> None:
        task = asyncio.create_task(job)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
