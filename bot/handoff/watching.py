"""Pages that somebody of the staff has open and that are told when what they show has changed.

Whoever changes something in this process rings; what other processes write is found by looking, as long as a page is open. One look
serves all pages, and marks on the way who has which conversation open and whose session has ended.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.accounts import sessions
from bot.handoff import changes, presence
from bot.handoff.changes import Seen
from bot.records.database import Database

logger = logging.getLogger(__name__)

LOOK_AGAIN = 0.4  # seconds, for what other processes wrote
SOONEST = 0.1  # seconds between two looks, however often it rings
AFTER_FAILURE = 2.0  # seconds
PRESENT_EVERY = timedelta(seconds=10)
MOST = 4  # of one browser at once: over HTTP/1.1 a browser opens six connections, and pages need some


class End(StrEnum):
    """Why a page is told nothing more."""

    SIGNED_OUT = "ended"
    TOO_MANY = "full"  # the same browser has opened more pages since
    STOPPED = "stopped"


@dataclass(eq=False)
class Watcher:
    """One page. `ticket_id`: whose conversation it shows; none: the list."""

    ticket_id: int | None
    who: str
    session_id: int
    news: asyncio.Event = field(default_factory=asyncio.Event)  # something changed, or `end` is set
    mark: object = None
    end: End | None = None

    def finish(self, why: End) -> None:
        self.end = why
        self.news.set()


class Watching:
    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._open: list[Watcher] = []  # the first opened first
        self._left: set[presence.Place] = set()
        self._present_at: datetime | None = None  # when it was last written down who has what open
        self._bell = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def ring(self) -> None:
        """Something was changed and is committed."""
        self._bell.set()

    def open(self, watcher: Watcher) -> None:
        same = [each for each in self._open if each.session_id == watcher.session_id and each.end is None]
        for each in same[: max(0, len(same) + 1 - MOST)]:
            each.finish(End.TOO_MANY)
        self._open.append(watcher)
        self._present_at = None
        if self._closed:
            watcher.finish(End.STOPPED)
        elif self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        self.ring()

    def leave(self, watcher: Watcher) -> None:
        self._open.remove(watcher)
        if watcher.ticket_id is not None and (watcher.ticket_id, watcher.who) not in self._places():
            self._left.add((watcher.ticket_id, watcher.who))
        self.ring()

    def close(self) -> None:
        """The service stops: connections that wait for news would hold it up."""
        self._closed = True
        for each in self._open:
            each.finish(End.STOPPED)
        if self._looking:
            self._looking.cancel()

    def count(self) -> int:
        return len(self._open)

    def _places(self) -> set[presence.Place]:
        return {(each.ticket_id, each.who) for each in self._open if each.ticket_id is not None and each.end is None}

    async def _look(self) -> None:
        while (self._open or self._left) and not self._closed:
            self._bell.clear()
            try:
                await self._look_once()
            except SQLAlchemyError as error:
                logger.error("Changes cannot be looked for (%s); trying again", type(error).__name__)
                await asyncio.sleep(AFTER_FAILURE)
            except Exception:  # a door: pages that are told nothing more look as if nothing happened
                logger.exception("Changes cannot be looked for; trying again")
                await asyncio.sleep(AFTER_FAILURE)
            await asyncio.sleep(SOONEST)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), LOOK_AGAIN - SOONEST)

    async def _look_once(self) -> None:
        now = self._clock()
        is_due = self._present_at is None or now >= self._present_at + PRESENT_EVERY
        places, left = (self._places() if is_due else set()), set(self._left) - self._places()
        watchers = list(self._open)
        sessions_open, seen = await self._database.run(_round, watchers, places, left, now)
        self._left -= left
        if is_due:
            self._present_at = now
        for each in watchers:
            if each.session_id not in sessions_open:
                each.finish(End.SIGNED_OUT)
            elif (mark := seen.mark(each.ticket_id, each.who)) != each.mark:
                each.mark = mark
                each.news.set()  # after the first look too: nobody knows how old the page is


def _round(
    session: Session, watchers: list[Watcher], places: set[presence.Place], left: set[presence.Place], now: datetime
) -> tuple[set[int], Seen]:
    for ticket_id, who in left:
        presence.leave(session, ticket_id, who, now)
    for ticket_id, who in sorted(places):  # in one order: two processes do not wait for each other
        presence.mark(session, ticket_id, who, now)
    tickets = {each.ticket_id for each in watchers if each.ticket_id is not None}
    return sessions.still_open(session, {each.session_id for each in watchers}, now), changes.look(session, tickets, now)
