"""Every night in Mexico, once, and made up for when it was missed."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import audit
from bot.keeping import nightly
from bot.permissions import ASSISTANT
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.staff import OPERATOR
from tests.old_records import KEPT, person, rows


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-21 08:59", False),
        (None, "2026-11-21 09:00", True),
        (None, "2026-11-21 10:59", True),
        (None, "2026-11-21 11:01", False),
        ("2026-11-20 09:05", "2026-11-21 08:59", False),
        ("2026-11-20 09:05", "2026-11-21 09:01", True),
        ("2026-11-20 09:05", "2026-11-21 20:00", True),
        ("2026-11-21 09:00", "2026-11-22 03:00", False),
        ("2026-11-01 09:00", "2026-11-21 05:00", True),
    ],
)
def test_it_is_due_once_a_night_in_mexico_and_makes_up_for_a_missed_one(last: str | None, now: str, due: bool, database: Database) -> None:
    def at(moment: str) -> datetime:
        return datetime.fromisoformat(moment).replace(tzinfo=UTC)

    if last:
        database.call(lambda session: audit.write(session, ASSISTANT, "retention.run", None, at(last)))
        database.call(lambda session: audit.write(session, OPERATOR, "retention.run", None, at(now)))  # a command is not the night's
    assert database.call(nightly.is_due, at(now)) is due


def test_the_nightly_job_throws_away_and_runs_once(database: Database, tmp_path: Path) -> None:
    night = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    database.call(person, "ana", 200)

    async def go() -> None:
        nights = nightly.Nightly(database)
        for _ in range(2):
            await nights.throw_away(KEPT, tmp_path, night)

    asyncio.run(go())
    assert not rows(database)
    [row] = database.call(lambda session: list[Any](session.scalars(select(AuditEntry))))
    assert (row.who, row.action) == ("assistant", "retention.run")
