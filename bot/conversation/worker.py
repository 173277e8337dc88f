"""Takes turns: one at a time for each chat, many chats at once."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import inbox
from bot.conversation.context import LeaseLostError, Taken
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import PUSHED
from bot.conversation.turn import Outcome, Question, Recording, TurnFailedError, accept_and_begin, begin_next, finish, go_on_heard
from bot.errors import UnderstandingError
from bot.metrics import Metrics
from bot.rasa.client import RasaClient, Understanding
from bot.records.database import Database

logger = logging.getLogger(__name__)

AT_ONCE = 32  # turns
LOOK_AGAIN = 1.0  # seconds: for work left by another process and for what failed
KEPT_FOR = timedelta(hours=48)  # what arrived, after it was dealt with
SLOW = 1.0  # seconds after which the person sees that an answer is being written
LISTENING = 20.0  # seconds given to the transcriber: less than the lease

type Listen = Callable[[str, str], Awaitable[str | None]]  # a bot's voice note: its door, and the name of the file there


class Worker:
    def __init__(
        self,
        database: Database,
        content: LiveContent,
        rasa: RasaClient,
        bot_ids: list[str],
        clock: Callable[[], datetime],
        metrics: Metrics | None = None,
        folder: Path | None = None,
        origin: str | None = None,
        address: str = "",
    ) -> None:
        self.name = secrets.token_hex(8)
        self.metrics = metrics or Metrics()
        self._folder, self._origin, self._address = folder, origin, address
        self._database, self._content, self._rasa, self._bot_ids, self._clock = database, content, rasa, bot_ids, clock
        self._wake = asyncio.Event()
        self._turns: set[asyncio.Task[None]] = set()
        self._asides: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.Future[Taken]] = {}
        self._owed = 1  # updates that may be waiting: one look at the start finds what an earlier process left
        self._blocked = False  # some of them may wait for a turn under way, each end of one is a reason to look
        self._looking_around = True  # for what others left, however much it is
        self._look_at = 0.0  # on the loop's clock
        self._stopping = False
        self.on_replies: Callable[[], None] = lambda: None  # the sender's bell
        self.on_turn: Callable[[], None] = lambda: None  # the staff's pages' bell
        self.on_slow: Callable[[str, str], Coroutine[Any, Any, None]] | None = (
            None  # a turn takes long: called with the door and the chat's id there, by turns of Telegram
        )
        self.listen: Listen | None = None  # writes down what a voice note says, if a transcriber is set up

    def ring(self, count: int = 1) -> None:
        """So many updates were accepted."""
        self._owed += count
        self._wake.set()

    async def drained(self) -> None:
        """Returns when everything accepted so far has had its turn."""
        self._looking_around = True  # also for what was written down and not rung for
        self.ring()
        while self._turns or self._owed:  # what is blocked is blocked by a turn
            await asyncio.sleep(0.02)

    async def take(self, arrival: inbox.Arrival) -> tuple[inbox.Accepted, asyncio.Future[Taken] | None]:
        """Accept an update and begin its turn at once. No future: it was dealt with before."""
        around = self.around()
        try:
            accepted, begun = await self._database.run(accept_and_begin, arrival, self._bot_ids, around)
        except TurnFailedError:  # accepting was rolled back with it: write it down first, then let it fail on its own
            [accepted] = await self._database.run(inbox.accept, [arrival])
            begun = None
        if accepted.done:
            return accepted, None
        waiting = self._waiting.setdefault(accepted.id, asyncio.get_running_loop().create_future())
        if begun:
            self._go_on(*begun, around)
        if begun is None or begun[0].id != accepted.id:
            self.ring()
        return accepted, waiting

    async def run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            while self._owed and len(self._turns) < AT_ONCE and not self._stopping:
                if await self._begin_next():
                    self._owed = max(self._owed - 1, 1 if self._looking_around else 0)
                else:
                    self._owed, self._blocked = 0, bool(self._turns)
            self._looking_around = False
            await self._sleep()
        await asyncio.gather(*self._turns, return_exceptions=True)

    def stop(self) -> None:
        """Take no more turns; those under way are finished."""
        self._stopping = True
        self._wake.set()

    async def _begin_next(self) -> bool:
        """False: there was nothing to begin, or the database does not let us."""
        around = self.around()
        started = time.perf_counter()
        try:
            begun = await self._database.run(begin_next, self._bot_ids, around)
        except SQLAlchemyError as error:
            logger.error("A turn cannot be begun (%s); trying again", type(error).__name__)
            return False
        except TurnFailedError as error:
            logger.exception("The turn of update %s failed at attempt %s", error.claimed.id, error.claimed.attempts)
            await self._set_aside(error)
            return True
        if begun is None:
            return False
        self._observe("begin", started)
        self.metrics.turn_seconds.labels("inbox").observe(max(0.0, (around.now - begun[0].received_at).total_seconds()))
        self._go_on(*begun, around)
        return True

    def _observe(self, stage: str, started: float) -> None:
        self.metrics.turn_seconds.labels(stage).observe(time.perf_counter() - started)

    def _go_on(self, claimed: inbox.Claimed, outcome: Outcome, around: Surroundings) -> None:
        if isinstance(outcome, Taken):
            self._tell(claimed.id, outcome)
        else:
            task = asyncio.create_task(self._finish(claimed, outcome, around))
            self._turns.add(task)
            task.add_done_callback(self._finished)

    async def _set_aside(self, error: TurnFailedError) -> None:
        try:
            await self._database.run(inbox.set_aside, error.claimed, self.name, self._clock())
        except SQLAlchemyError as refused:
            logger.error("Update %s cannot be set aside (%s)", error.claimed.id, type(refused).__name__)
            await asyncio.sleep(LOOK_AGAIN)

    async def _sleep(self) -> None:
        """Until something rings, and at least every LOOK_AGAIN, however busy it is, a look around is due."""
        now = asyncio.get_running_loop().time
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), max(0.0, self._look_at - now()))
        if now() >= self._look_at:
            self._owed, self._looking_around, self._look_at = max(self._owed, 1), True, now() + LOOK_AGAIN

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._turns.discard(task)
        if self._blocked:
            self._owed += 1
        self._wake.set()

    async def _finish(self, claimed: inbox.Claimed, outcome: Question | Recording, around: Surroundings) -> None:
        slow = asyncio.get_running_loop().call_later(SLOW, self._tell_slow, claimed)
        try:
            if isinstance(outcome, Recording):
                claimed, heard = await self._heard(claimed, outcome, around)
                if isinstance(heard, Taken):
                    self._tell(claimed.id, heard)
                    return
                outcome = heard
            understanding = await self._understand(outcome)
            started = time.perf_counter()
            taken = await self._database.run(finish, claimed, around, understanding)
            self._observe("finish", started)
        except LeaseLostError:
            logger.warning("Update %s was taken over by another process", claimed.id)
        except Exception:  # a door: the update stays open and is tried again when its lease runs out
            logger.exception("The turn of update %s failed at attempt %s", claimed.id, claimed.attempts)
        else:
            self._tell(claimed.id, taken)
        finally:
            slow.cancel()

    async def _heard(self, claimed: inbox.Claimed, recording: Recording, around: Surroundings) -> tuple[inbox.Claimed, Question | Taken]:
        assert self.listen is not None, "a Recording is only asked for when there is a transcriber"
        started, text = time.perf_counter(), None
        try:
            async with asyncio.timeout(LISTENING):
                text = await self.listen(claimed.bot_id, recording.file_id)
        except TimeoutError:
            logger.warning("A voice note was not transcribed within %s s", LISTENING)
        self._observe("listen", started)
        return await self._database.run(go_on_heard, claimed, around, text)

    def _tell_slow(self, claimed: inbox.Claimed) -> None:
        if self.on_slow and claimed.bot_id.startswith(PUSHED):
            task = asyncio.create_task(self.on_slow(claimed.bot_id, claimed.chat_id))
            self._asides.add(task)
            task.add_done_callback(self._asides.discard)

    def around(self) -> Surroundings:
        content, detector = self._content.current()
        return Surroundings(
            content,
            detector,
            self.name,
            self._rasa.model,
            self._clock(),
            self._content.languages,
            self.listen is not None,
            self._folder,
            self._origin,
            self._address,
        )

    async def _understand(self, question: Question) -> Understanding | None:
        started = time.perf_counter()
        try:
            return await self._rasa.understand(question.text, question.state)
        except UnderstandingError as error:
            self.metrics.understanding_failures.inc()
            logger.warning("%s", error)
            return None
        finally:
            self._observe("understand", started)

    def _tell(self, inbox_id: int, taken: Taken) -> None:
        waiting = self._waiting.pop(inbox_id, None)
        if waiting and not waiting.done():
            waiting.set_result(taken)
        self.metrics.turns.inc()
        self.on_replies()
        self.on_turn()


def utc_now() -> datetime:
    return datetime.now(UTC)
