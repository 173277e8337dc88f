"""The inbox with ten thousand open tickets: no list goes through a table, and nobody waits for a page of it."""

import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.conversation.live import LiveContent
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.settings import Settings
from tests.asking import NOW
from tests.console import Desk, Member
from tests.queue_plans import ASKED, CLOSED, LARGE, OPEN_ONES, plans
from tests.queues import crowd

LONGEST = 100  # milliseconds of a page, in processor time, whatever else this machine does


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("crowd")
    database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    crowd(database, OPEN_ONES, CLOSED)
    yield database
    database.close()


@pytest.fixture
def rosa(crowded: Database, live: LiveContent, tmp_path: Path) -> Member:
    return Desk(crowded, live, Settings(puente_var=tmp_path, _env_file=None), NOW).member(Role.AGENT, "rosa")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ASKED)
def test_no_large_table_is_gone_through(name: str, crowded: Database) -> None:
    found = plans(crowded, ASKED[name])
    assert found
    for statement, plan in found:
        assert not re.search(rf"SCAN ({LARGE})\b", plan), f"{plan}\n{statement}"


@pytest.mark.parametrize("name", ["tab esperan", "deep page"])
def test_who_waits_is_read_in_the_order_of_the_index(name: str, crowded: Database) -> None:
    pages = [plan for statement, plan in plans(crowded, ASKED[name]) if "ticket.reason" in statement]
    assert pages and all("ix_ticket_queue" in plan and "TEMP B-TREE" not in plan for plan in pages)


@pytest.mark.parametrize(
    "path",
    [
        "/consola/bandeja",
        "/consola/bandeja?tab=abiertas",
        "/consola/bandeja?tema=health&municipio=naucalpan",
        "/consola/bandeja?busca=salud",
        "/consola",
    ],
)
def test_nobody_waits_for_a_page(path: str, rosa: Member) -> None:
    took = []
    for _ in range(7):
        started = time.process_time()
        assert rosa.get(path).status_code == 200
        took.append((time.process_time() - started) * 1000)
    print(f"{path}: {statistics.median(took):.0f} ms")
    assert statistics.median(took) <= LONGEST
