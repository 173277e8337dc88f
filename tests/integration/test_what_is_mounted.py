"""The whole process as it serves: no page without an entry in the table of doors, and the head of the audit in the log."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot import audit, housekeeping
from bot.doors import BEGUN, DOORS, OPEN, SIGNED_IN
from bot.permissions import Action, Actor
from bot.records.staff import Role
from tests.bot_api import OTHER_BOTS_TOKEN, until
from tests.service import Serving, served

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
WEBHOOK = {
    "telegram_webhook_url": "http://127.0.0.1/telegram", "telegram_webhook_secret": "s3cret-of-the-webhook_0123456789",
    "telegram_officials_token": OTHER_BOTS_TOKEN,
}  # fmt: skip


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    return Serving(tmp_path / "var", monkeypatch)


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> list[Starlette]:
    """The web applications that were given to the server."""
    given: list[Starlette] = []
    config = uvicorn.Config

    def noting(application: Starlette, **more: Any) -> uvicorn.Config:
        given.append(application)
        return config(application, **more)

    monkeypatch.setattr(uvicorn, "Config", noting)
    return given


def paths(application: Starlette) -> set[str]:
    for route in application.routes:
        assert isinstance(route, Route | Mount), f"{route} is no page"
        if isinstance(route, Mount):
            assert route.routes == [], f"{route.path} mounts pages of its own: each needs its entry"
    return {route.path for route in application.routes if isinstance(route, Route | Mount)}


def test_every_page_stands_in_the_table_and_nothing_else_does(serving: Serving, mounted: list[Starlette]) -> None:
    async def go() -> None:
        async with served(serving, **WEBHOOK):
            pass

    asyncio.run(asyncio.wait_for(go(), 60))
    [application] = mounted
    assert paths(application) == {door for door in DOORS if door.startswith("/")}
    assert all(DOORS[path] in (OPEN, BEGUN, SIGNED_IN) or DOORS[path] in Action for path in paths(application))


def test_the_head_of_the_audit_is_logged_at_the_start_and_once_a_day(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(housekeeping, "NOTE_HEAD_EVERY", 0.6)
    caplog.set_level(logging.INFO, "bot.housekeeping")

    def logged() -> list[str]:
        return [each.getMessage() for each in caplog.records if "audit" in each.getMessage()]

    async def go() -> str:
        async with served(serving) as service:
            await until(lambda: bool(logged()), 10)
            await service.app.database.run(audit.write, Actor("rosa", Role.AGENT), Action.TICKET_LIST, None, service.clock())
            await until(lambda: "has 1 rows" in logged()[-1], 10)
            return await service.app.database.run(audit.head)

    head = asyncio.run(asyncio.wait_for(go(), 60))
    assert logged()[0] == "The audit has 0 rows; its head is " and logged()[-1] == f"The audit has 1 rows; its head is {head}"
