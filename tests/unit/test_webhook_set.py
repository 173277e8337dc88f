"""The webhook is set with Telegram, and set again: after a refusal, a new token, or when somebody took it away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.conversation.live import LiveContent
from bot.logs import set_up_logs
from bot.settings import Settings
from bot.telegram_adapter import door as door_module
from bot.telegram_adapter import line as line_module
from bot.telegram_adapter import webhook as webhook_module
from bot.telegram_adapter.door import TelegramDoor
from bot.telegram_adapter.webhook import Webhook
from tests.bot_api import BAD_GATEWAY, DROPPED, NEW_TOKEN, TOKEN, BotApi, Fault, bot_api, until
from tests.webhooks import ADDRESS, SECRET, installed, run

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture
def app(tmp_path: Path, live: LiveContent) -> Iterator[App]:
    with installed(tmp_path, live) as made:
        yield made


@asynccontextmanager
async def registering(*faults: Fault) -> AsyncIterator[tuple[Any, asyncio.Task[None]]]:
    async with bot_api() as api:
        line = webhook_module.Line(Settings(telegram_token=TOKEN, telegram_api_url=api.url, _env_file=None))
        await line.open()
        api.faults["setWebhook"].extend(faults)
        yield api, asyncio.create_task(Webhook(line, None, ADDRESS, SECRET).register())  # type: ignore[arg-type]
        await line.bot.shutdown()


def test_a_webhook_refused_at_the_start_is_set_when_it_can_be(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    waits: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await real(0)

    monkeypatch.setattr(webhook_module.asyncio, "sleep", sleep)
    faults = [Fault(429, "Too Many Requests", retry_after=3), DROPPED, BAD_GATEWAY, Fault(401, "Unauthorized")]

    async def go() -> None:
        async with registering(*faults) as (api, registered):
            await registered
            asked = api.asked("setWebhook")
            assert len(asked) == len(faults) + 1 and asked[0] == asked[-1]
            assert asked[-1]["url"] == ADDRESS and asked[-1]["secret_token"] == SECRET
            assert set(asked[-1]["allowed_updates"]) == {"message", "edited_message", "callback_query", "my_chat_member"}
            assert asked[-1].get("drop_pending_updates") is not True

    with caplog.at_level(logging.INFO, "bot"):
        run(go())
    assert 3.0 in waits and all(wait <= 60 for wait in waits)
    assert "Telegram brings updates to the webhook" in caplog.text and SECRET not in caplog.text


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_secret_is_never_in_a_log(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Not even at DEBUG, where the library writes down every call."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    async def go() -> None:
        async with registering(Fault(400, "Bad Request: bad webhook")) as (api, registered):
            await until(lambda: len(api.asked("setWebhook")) == 2)
            await registered

    try:
        set_up_logs("DEBUG", form)
        for noisy in ("telegram", "httpx", "httpcore"):
            logging.getLogger(noisy).setLevel(logging.DEBUG)
        run(go())
        logged = capfd.readouterr().err
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for noisy in ("telegram", "httpx", "httpcore"):
            logging.getLogger(noisy).setLevel(logging.NOTSET)
    assert "setWebhook" in logged
    assert SECRET not in logged and TOKEN.partition(":")[2] not in logged


@asynccontextmanager
async def open_door(app: App, monkeypatch: pytest.MonkeyPatch, folder: Path) -> AsyncIterator[tuple[BotApi, asyncio.Task[None]]]:
    """The door with its webhook set; nothing is to be sent. Its settings are also in .env."""
    monkeypatch.setattr(door_module, "LOOK_AT_TOKEN", 0.02)
    monkeypatch.setattr(door_module, "LOOK_AT_CONTENT", 0.05)
    monkeypatch.setattr(door_module, "LOOK_AT_WEBHOOK", 0.05)
    monkeypatch.setattr(line_module, "LOOK_FOR_TOKEN", 0.05)
    monkeypatch.chdir(folder)
    async with bot_api() as api:
        app.settings = app.settings.model_copy(update={"telegram_api_url": api.url})
        running = asyncio.create_task(TelegramDoor(app).run())
        await until(lambda: api.webhook == ADDRESS and len(api.asked("setMyShortDescription")) > 3)
        try:
            yield api, running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def test_a_revoked_token_is_noticed_also_when_nothing_is_sent(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram brings nothing to the webhook of a revoked token, so nobody is answered either."""

    async def go() -> None:
        async with open_door(app, monkeypatch, tmp_path) as (api, running):
            api.tokens, api.webhook = {NEW_TOKEN}, ""
            (tmp_path / ".env").write_text(f"TELEGRAM_TOKEN={NEW_TOKEN}\nTELEGRAM_API_URL={api.url}\n")
            await until(lambda: api.webhook == ADDRESS, 5)
            assert not running.done()

    run(go())


def test_a_webhook_that_somebody_took_away_is_set_again(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        async with open_door(app, monkeypatch, tmp_path) as (api, _):
            api.webhook = ""
            await until(lambda: api.webhook == ADDRESS, 5)

    run(go())
    assert "Somebody took the webhook away" in caplog.text


@pytest.mark.parametrize("fault", [KeyError("utter_bot_description"), TypeError("no string")])
def test_a_menu_that_cannot_be_made_does_not_close_the_door(
    fault: Exception, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def go() -> None:
        async with open_door(app, monkeypatch, tmp_path) as (_, running):
            monkeypatch.setattr(door_module.Profile, "bring_up_to_date", failing)
            await until(lambda: failed >= [1, 1] or running.done(), 5)
            assert not running.done()

    async def failing(profile: object) -> None:
        failed.append(1)
        raise fault

    failed: list[int] = []
    run(go())
    assert "The bot's menu and description cannot be brought up to date" in caplog.text
