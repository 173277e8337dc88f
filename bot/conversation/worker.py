"""Takes turns: one at a time for each chat, many chats at once."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import inbox
from bot.conversation.context import LeaseLostError, Surroundings, Taken
from bot.conversation.live import LiveContent
from bot.conversation.turn import Question, TurnFailedError, accept_and_begin, begin_next, finish
from bot.errors import UnderstandingError
from bot.rasa.client import RasaClient, Understanding
from bot.records.database import Database

logger = logging.getLogger(__name__)

AT_ONCE = 32  # turns
LOOK_AGAIN = 1.0  # seconds: for work left by another process and for what failed
KEPT_FOR = timedelta(hours=48)  # what arrived, after it was dealt with


class Worker:
    def __init__(
        self, database: Database, content: LiveContent, rasa: RasaClient, bot_ids: list[str], clock: Callable[[], datetime]
    ) -> None:
        self.name = secrets.token_hex(8)
        self._database, self._content, self._rasa, self._bot_ids, self._clock = database, content, rasa, bot_ids, clock
        self._wake = asyncio.Event()
        self._turns: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.Future[Taken]] = {}
        self._owed = 1  # updates that may be waiting: one look at the start finds what an earlier process left
        self._blocked = False  # some of them wait for a turn under way
        self._looking_around = True  # for what others left, however much it is
        self._stopping = False
        self.on_replies: Callable[[], None] = lambda: None  # the sender's bell

    def ring(self) -> None:
        """Something was accepted."""
        self._owed += 1
        self._wake.set()

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
                    self._owed, self._blocked = 0, True
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
        self._go_on(*begun, around)
        return True

    def _go_on(self, claimed: inbox.Claimed, outcome: Question | Taken, around: Surroundings) -> None:
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
        try:
            await asyncio.wait_for(self._wake.wait(), LOOK_AGAIN)
        except TimeoutError:
            self._owed, self._looking_around = max(self._owed, 1), True

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._turns.discard(task)
        if self._blocked:
            self._owed, self._blocked = self._owed + 1, False
        self._wake.set()

    async def _finish(self, claimed: inbox.Claimed, question: Question, around: Surroundings) -> None:
        understanding = await self._understand(question)
        try:
            taken = await self._database.run(finish, claimed, around, understanding)
        except LeaseLostError:
            logger.warning("Update %s was taken over by another process", claimed.id)
        except Exception:  # a door: the update stays open and is tried again when its lease runs out
            logger.exception("The turn of update %s failed at attempt %s", claimed.id, claimed.attempts)
        else:
            self._tell(claimed.id, taken)

    def around(self) -> Surroundings:
        content, detector = self._content.current()
        return Surroundings(content, detector, self.name, self._rasa.model, self._clock(), self._content.languages)

    async def _understand(self, question: Question) -> Understanding | None:
        try:
            return await self._rasa.understand(question.text, question.state)
        except UnderstandingError as error:
            logger.warning("%s", error)
            return None

    def _tell(self, inbox_id: int, taken: Taken) -> None:
        waiting = self._waiting.pop(inbox_id, None)
        if waiting and not waiting.done():
            waiting.set_result(taken)
        self.on_replies()


def utc_now() -> datetime:
    return datetime.now(UTC)
