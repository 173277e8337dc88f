"""What the service does by itself: every job in its time, whatever becomes of the others."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError

from bot.app import App
from bot.cases import keeping
from bot.housekeeping import OFTEN, RESTS, Housekeeping, Job, jobs_of
from bot.records.database import Database
from bot.settings import Settings

DAY = 24 * 60 * 60
TIMES = {
    "questions asked again": 2, "alerts": 2, "notices in the staff's group": 600, "photographs taken back": 2, "cases followed up": 120,
    "tickets followed up": 30, "case files": 600, "files of nobody": 600, "who looked at what": 600,
    "forms that were taken": 600, "sessions of staff": 600, "exports": 600, "officials reminded": 600,
    "inbox": 600, "idle conversations": 600, "receipts of erasures": 600, "thrown away by age": 600, "head of the audit": DAY,
}  # fmt: skip


class Clock:
    """The loop's time, which passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lives(jobs: list[Job], seconds: int, step: float = 1.0) -> None:
    """So long, looking every `step` seconds whether something is due; what was begun ends before time passes."""
    clock = Clock()
    house = Housekeeping(tuple(jobs), clock)

    async def go() -> None:
        for _ in range(int(seconds / step)):
            async with asyncio.TaskGroup() as tasks:
                house.begin_due(tasks)
            clock.now += step

    asyncio.run(go())


def counting(counts: Counter[str], name: str, every: float, fails: Callable[[], Exception] | None = None) -> Job:
    async def do() -> None:
        counts[name] += 1
        if fails:
            raise fails()

    return Job(name, every, do)


def of_the_database() -> OperationalError:
    return OperationalError("SELECT secret", {}, Exception("locked"))


def test_every_job_of_the_table_is_done_in_its_time(database: Database, tmp_path: Path) -> None:
    app = SimpleNamespace(database=database, settings=Settings(puente_var=tmp_path, _env_file=None))
    table = jobs_of(cast(App, app))
    assert {job.name: job.every for job in table} == TIMES and len(table) == len(TIMES)
    counts: Counter[str] = Counter()
    lives([counting(counts, job.name, job.every) for job in table], 3600)
    assert counts == {name: -(-3600 // every) for name, every in TIMES.items()}
    assert keeping.LATELY.total_seconds() > TIMES["case files"], "what one look at all misses is found by the other"


def test_a_job_that_fails_stops_no_other_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    counts: Counter[str] = Counter()
    locked, broken = of_the_database, lambda: ValueError("broken")
    lives([counting(counts, "locked", 2, locked), counting(counts, "broken", 2, broken), counting(counts, "well", 2)], 120)
    assert counts == {"locked": 60, "well": 60, "broken": 120 / RESTS}, "what is broken for long would fill the log"
    said = [record.getMessage() for record in caplog.records]
    assert "Housekeeping waits for the database (locked: OperationalError)" in said and "Housekeeping failed (broken)" in said
    assert "secret" not in caplog.text


def test_a_job_that_takes_long_holds_up_no_other_and_is_not_begun_twice() -> None:
    counts: Counter[str] = Counter()
    clock, house_ended = Clock(), asyncio.Event()

    async def long() -> None:
        counts["long"] += 1
        await house_ended.wait()

    house = Housekeeping((Job("long", 2, long), counting(counts, "short", 2)), clock)

    async def go() -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(5):
                house.begin_due(tasks)
                await asyncio.sleep(0)
                clock.now += 2
            house_ended.set()

    asyncio.run(go())
    assert counts == {"long": 1, "short": 5}


def test_it_ends_at_once_with_a_job_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.housekeeping.OFTEN", 0.02)
    ended: list[str] = []

    async def for_ever() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("for ever")

    async def go() -> None:
        running = asyncio.create_task(Housekeeping((Job("for ever", 2, for_ever),), asyncio.get_running_loop().time).run())
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 1)

    asyncio.run(go())
    assert ended == ["for ever"]


def test_each_job_is_done_without_an_error_on_an_empty_database(
    database: Database, tmp_path: Path, live: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class NotReady:
        async def is_ready(self) -> bool:
            return False

    app = SimpleNamespace(database=database, settings=Settings(puente_var=tmp_path, _env_file=None), content=live, rasa=NotReady())
    caplog.set_level(logging.INFO, "bot.housekeeping")
    lives(list(jobs_of(cast(App, app))), int(OFTEN))
    assert [record.getMessage() for record in caplog.records] == ["The audit has 0 rows; its head is "]
