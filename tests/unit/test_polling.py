"""Fetching updates: on the disk before Telegram hears that we have them, and going on whatever Telegram answers.

The library, the network on loopback and the database are real; Telegram is tests/bot_api.py.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import errors
from bot.metrics import Metrics
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate
from bot.settings import Settings
from bot.telegram_adapter import intake as intake_module
from bot.telegram_adapter import line as line_module
from bot.telegram_adapter import polling as polling_module
from bot.telegram_adapter.intake import Intake
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.polling import CONFLICTS_AT_START, Polling
from tests.bot_api import (
    BAD_GATEWAY,
    CONFLICT,
    DROPPED,
    HANGS,
    NEW_TOKEN,
    OTHER_BOTS_TOKEN,
    TOKEN,
    BotApi,
    Fault,
    bot_api,
    message,
    until,
)  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # of its own attribute
ANA = 111_000_111
NOT_KEPT = "no se pudo guardar"
LONG = "una historia larga " * 200  # takes new pages of the database


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules with shorter waits."""
    monkeypatch.setattr(polling_module, "AFTER_FAILURE", (0.05,))
    monkeypatch.setattr(polling_module, "AFTER_CONFLICT", 0.05)
    monkeypatch.setattr(line_module, "LOOK_FOR_TOKEN", 0.05)


@dataclass
class Post:
    """What a test looks at: Telegram, the line, the polling and its counts."""

    api: BotApi
    line: Line
    polling: Polling
    metrics: Metrics
    database: Database
    running: asyncio.Task[None]

    def polls(self, result: str) -> float:
        return self.metrics.registry.get_sample_value("puente_polls_total", {"result": result}) or 0

    async def kept(self) -> list[int]:
        return await self.database.run(
            lambda session: [int(each) for each in session.scalars(select(InboxUpdate.update_id).order_by(InboxUpdate.id))]
        )

    async def has(self, *update_ids: int) -> bool:
        return await self.kept() == list(update_ids)


@asynccontextmanager
async def polling(database: Database, *faults: Fault, prepare: Callable[[BotApi], None] = lambda api: None) -> AsyncIterator[Post]:
    async with bot_api() as api:
        api.faults["getUpdates"].extend(faults)
        prepare(api)
        line, metrics = Line(Settings(telegram_token=TOKEN, telegram_api_url=api.url, _env_file=None)), Metrics()
        await line.open()
        taking = Polling(line, Intake(line, database, lambda count: None, metrics, lambda language: NOT_KEPT, None), metrics)
        running = asyncio.create_task(taking.run())
        try:
            yield Post(api, line, taking, metrics, database, running)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await line.bot.shutdown()


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 30))


def fill(database: Database) -> None:
    """The disk is full."""
    database.call(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1"))


def make_room(database: Database) -> None:
    database.call(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000"))


def test_updates_are_confirmed_only_when_they_are_on_the_disk(database: Database) -> None:
    async def go() -> None:
        async with polling(database) as post:
            await until(lambda: post.polls("ok") > 0)
            fill(database)
            post.api.deliver(message(41, ANA, text=LONG), message(42, ANA, text=LONG))
            await until(lambda: post.polls("failed") >= 3)
            assert await post.kept() == []
            assert [each["update_id"] for each in post.api.updates] == [41, 42], "Telegram was told that we have them"
            assert all(asked.get("offset", 0) <= 41 for asked in post.api.asked("getUpdates"))
            assert post.api.to(ANA) == [NOT_KEPT], "it is said once"
            make_room(database)
            await until(lambda: post.has(41, 42))
            await until(lambda: post.api.updates == [])

    run(go())


def test_it_starts_without_an_offset_and_takes_what_it_has_again_for_known(database: Database) -> None:
    async def go() -> None:
        for _ in range(2):
            async with polling(database, prepare=lambda api: api.deliver(message(7, ANA, text="hola"))) as post:
                await until(lambda: post.polls("ok") >= 2)
                assert "offset" not in post.api.asked("getUpdates")[0]
        assert await post.has(7)

    run(go())


def test_numbers_that_begin_lower_after_a_quiet_week_are_taken(database: Database) -> None:
    async def go() -> None:
        async with polling(database) as post:
            post.api.deliver(message(900_000_000, ANA, text="antes"))
            await until(lambda: post.has(900_000_000))
            quiet = post.polls("ok")
            await until(lambda: post.polls("ok") >= quiet + 2)
            post.api.deliver(message(12, ANA, text="después"), message(13, ANA, text="y otra"))
            await until(lambda: post.has(900_000_000, 12, 13), 5)

    run(go())


UNREADABLE: dict[str, dict[str, Any]] = {
    "a message without a chat": {"update_id": 2, "message": {"message_id": 2, "date": 1}},
    "a message that is a list": {"update_id": 2, "message": []},
    "a kind of tomorrow": {"update_id": 2, "hologram": {"of": "somebody"}},
    "nothing": {"update_id": 2},
    "a button without a name": {"update_id": 2, "callback_query": {"data": "x"}},
    "a button that is a text": {"update_id": 2, "callback_query": "x"},
    "a date that is a text": {"update_id": 2, "message": {"message_id": 2, "date": "yesterday", "chat": {"id": "x", "type": "private"}}},
}


@pytest.mark.parametrize("update", list(UNREADABLE.values()), ids=list(UNREADABLE))
def test_one_update_that_cannot_be_read_does_not_stop_the_rest(update: dict[str, Any], database: Database) -> None:
    async def go() -> None:
        async with polling(database) as post:
            post.api.deliver(message(1, ANA, text="antes"), update, message(3, ANA, text="después"))
            await until(lambda: post.has(1, 3))
            await until(lambda: post.api.updates == [])
            assert not post.running.done()

    run(go())


def test_a_request_that_never_ends_is_given_up_and_counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling_module, "STALLED_AFTER", 0.6)

    async def go() -> None:
        async with polling(database, HANGS) as post:
            post.api.deliver(message(1, ANA, text="hola"))
            await until(lambda: post.has(1))
            assert post.polls("stalled") == 1

    run(go())


def test_a_wait_that_telegram_asks_for_is_kept(database: Database) -> None:
    async def go() -> None:
        async with polling(database, Fault(429, "Too Many Requests", retry_after=1)) as post:
            started = asyncio.get_running_loop().time()
            await until(lambda: len(post.api.asked("getUpdates")) >= 2)
            assert asyncio.get_running_loop().time() - started >= 0.9
            assert post.polls("wait") == 1

    run(go())


@pytest.mark.parametrize("fault", [BAD_GATEWAY, DROPPED, Fault(500, "Internal Server Error"), Fault(400, "Bad Request")])
def test_a_failing_telegram_is_asked_again(fault: Fault, database: Database) -> None:
    async def go() -> None:
        async with polling(database, fault, fault, fault) as post:
            post.api.deliver(message(1, ANA, text="hola"))
            await until(lambda: post.has(1))
            assert post.polls("failed") == 3

    run(go())


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes the .env file in the folder Puente was started from."""
    monkeypatch.chdir(tmp_path)
    return lambda token, url: (tmp_path / ".env").write_text(f"TELEGRAM_TOKEN={token}\nTELEGRAM_API_URL={url}\n") and None


def test_a_revoked_token_is_waited_out_and_the_new_one_of_the_same_bot_taken_up(
    database: Database, env: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        async with polling(database) as post:
            await until(lambda: post.polls("ok") > 0)
            env(TOKEN, post.api.url)
            old = post.line.bot
            post.api.tokens = {NEW_TOKEN, OTHER_BOTS_TOKEN}
            await until(lambda: post.api.refused >= 3)
            post.api.deliver(message(1, ANA, text="hola"))
            refused = post.api.refused
            await until(lambda: post.api.refused >= refused + 3)
            assert await post.kept() == [] and not post.running.done()
            env(OTHER_BOTS_TOKEN, post.api.url)
            await until(lambda: "another bot's" in caplog.text)
            assert post.line.bot.token == TOKEN
            env(NEW_TOKEN, post.api.url)
            await until(lambda: post.has(1))
            assert post.line.bot.token == NEW_TOKEN and post.line.bot_id == "telegram:4242424242"
            await old.shutdown()

    run(go())
    assert "write the new one in .env" in caplog.text
    assert not any(secret.partition(":")[2] in caplog.text for secret in (NEW_TOKEN, OTHER_BOTS_TOKEN))


def test_a_token_refused_by_mistake_is_used_again(database: Database, env: Callable[[str, str], None]) -> None:
    async def go() -> None:
        async with polling(database, Fault(401, "Unauthorized"), Fault(404, "Not Found")) as post:
            env(TOKEN, post.api.url)
            post.api.deliver(message(1, ANA, text="hola"))
            await until(lambda: post.has(1), 5)
            assert post.polls("token") == 2

    run(go())


def test_beside_another_program_it_does_not_start(database: Database) -> None:
    async def go() -> None:
        async with polling(database, *[CONFLICT] * CONFLICTS_AT_START) as post:
            with pytest.raises(errors.TelegramError, match="otro programa ya recibe los mensajes de este bot"):
                await asyncio.wait_for(asyncio.shield(post.running), 10)
            assert post.polls("conflict") == CONFLICTS_AT_START

    run(go())


def test_failures_of_the_network_before_a_conflict_are_no_other_program(database: Database) -> None:
    """After an outage Telegram may still hold our own last request."""

    async def go() -> None:
        async with polling(database, *[BAD_GATEWAY] * CONFLICTS_AT_START, CONFLICT) as post:
            await until(lambda: post.polls("ok") > 0)

    run(go())


def test_another_program_that_comes_later_is_said_and_does_not_stop_us(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async def go() -> None:
        async with polling(database) as post:
            await until(lambda: post.polls("ok") > 0)
            post.api.faults["getUpdates"].extend([CONFLICT] * (CONFLICTS_AT_START + 2))
            await until(lambda: post.polls("conflict") == CONFLICTS_AT_START + 2)
            post.api.deliver(message(1, ANA, text="hola"))
            await until(lambda: post.has(1))

    with caplog.at_level(logging.ERROR):
        run(go())
    assert "Another program reads the updates of this bot" in caplog.text


@pytest.mark.parametrize("spoiled", [b"TELEGRAM_TOKEN=\xff\xfe", None], ids=["not UTF-8", "not to be read"])
def test_settings_that_cannot_be_read_do_not_end_the_wait_for_a_token(
    spoiled: bytes | None, database: Database, env: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        async with polling(database) as post:
            await until(lambda: post.polls("ok") > 0)
            if spoiled is None:
                monkeypatch.setattr(line_module, "read_settings", refused)
            else:
                (tmp_path / ".env").write_bytes(spoiled)
            post.api.tokens = {NEW_TOKEN}
            await until(lambda: post.api.refused >= 5 or post.running.done())
            assert not post.running.done()
            monkeypatch.setattr(line_module, "read_settings", read_settings)
            env(NEW_TOKEN, post.api.url)
            post.api.deliver(message(1, ANA, text="hola"))
            await until(lambda: post.has(1))

    def refused() -> Settings:
        raise PermissionError(13, "Permission denied")

    read_settings = line_module.read_settings
    run(go())


@pytest.mark.parametrize("fault", [Fault(502, "Bad Gateway"), Fault(429, "Too Many Requests", retry_after=1)], ids=["failing", "too fast"])
def test_a_webhook_that_cannot_be_taken_away_at_once_is_no_other_program(fault: Fault, database: Database) -> None:
    async def go() -> None:
        async with bot_api() as api:
            api.faults["deleteWebhook"].append(fault)
            line = Line(Settings(telegram_token=TOKEN, telegram_api_url=api.url, _env_file=None))
            await line.open()
            metrics = Metrics()
            taking = Polling(line, Intake(line, database, lambda count: None, metrics, lambda language: NOT_KEPT, None), metrics)
            await taking.stop_webhook()
            await line.close()
            assert len(api.asked("deleteWebhook")) == 2

    run(go())


def test_who_waits_long_for_a_locked_database_is_told_before_it_gives_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "PATIENCE", 0.2)

    async def go() -> None:
        async with polling(database) as post:
            await until(lambda: post.polls("ok") > 0)
            locked = database.engine.connect()
            locked.begin()  # BEGIN IMMEDIATE: nobody else writes
            post.api.deliver(message(41, ANA, text="hola"))
            await until(lambda: post.api.to(ANA) == [NOT_KEPT])
            assert post.polls("failed") == 0
            locked.rollback()
            locked.close()
            await until(lambda: post.api.updates == [])
            assert await post.kept() and post.api.to(ANA) == [NOT_KEPT]

    run(go())
