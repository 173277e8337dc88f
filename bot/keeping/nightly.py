"""The job of every night: what is old enough is thrown away while few people write. It makes up for a night that it missed."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.retention import Kept
from bot.keeping.retention import Report, Run, steps, write_down
from bot.permissions import ASSISTANT, Action
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.leading import Leadership

BEGINS = time(3)  # in Mexico
FIRST_TIME_UNTIL = time(5)  # where it never ran, it waits for a night: somebody may want to look at a dry run first
BREATH = 0.02  # seconds between two transactions

logger = logging.getLogger(__name__)


class Nightly:
    """Keep one: of several processes the same one goes on throwing away."""

    def __init__(self, database: Database) -> None:
        self._database, self._leadership = database, Leadership(database.engine, "retention")

    async def throw_away(self, retention: Mapping[str, Kept], folder: Path, now: datetime) -> None:
        """What is old enough, if the night has come and it was not done yet."""
        if await asyncio.to_thread(self._leadership.is_ours) and await self._database.run(is_due, now):
            report = await run_through(self._database, Run(retention, now, folder))
            logger.info("Thrown away by age: %d rows", sum(each.gone.total() for each in report.values()))


def is_due(session: Session, now: datetime) -> bool:
    """Not since the last night began, wherever it runs."""
    here = now.astimezone(MEXICO)
    begins = datetime.combine(here.date(), BEGINS, MEXICO)
    begins -= timedelta(days=here < begins)
    last = session.scalar(
        select(func.max(AuditEntry.at)).where(
            AuditEntry.subject.is_(None), AuditEntry.action == str(Action.RETENTION_RUN), AuditEntry.who == ASSISTANT.name
        )
    )
    if last is None:
        return BEGINS <= here.time() < FIRST_TIME_UNTIL
    return last < begins


async def run_through(database: Database, run: Run) -> Report:
    report = run.report()
    for function, *arguments in steps(run, report):
        await database.run(function, *arguments)
        await asyncio.sleep(BREATH)
    await database.run(write_down, report, ASSISTANT, run.now)
    return report
