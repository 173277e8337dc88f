"""The door Telegram brings updates to: nobody else gets in, and 200 means that it is on the disk.

The web server's routes, the library and the database are real; Telegram is tests/bot_api.py.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker, utc_now
from bot.local_chat.web import web_app
from bot.logs import set_up_logs
from bot.metrics import Metrics
from bot.rasa.client import RasaClient
from bot.records.conversations import Message
from bot.records.database import open_database
from bot.records.deliveries import InboxUpdate
from bot.settings import Settings
from bot.telegram_adapter import door as door_module
from bot.telegram_adapter import line as line_module
from bot.telegram_adapter import webhook as webhook_module
from bot.telegram_adapter.bots import MIGRANTS
from bot.telegram_adapter.door import TelegramDoor
from bot.telegram_adapter.webhook import LARGEST, PROOF, Webhook
from tests.bot_api import BAD_GATEWAY, DROPPED, NEW_TOKEN, TOKEN, BotApi, Fault, bot_api, message, until

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
SECRET = "s3cret-of-the-webhook_0123456789"
ANA = 111_000_111
PATH = MIGRANTS.path
ADDRESS = "https://puente.example/telegram"
LONG = "una historia larga " * 200  # takes new pages of the database


@pytest.fixture
def app(tmp_path: Path, live: LiveContent) -> Iterator[App]:
    settings = Settings(
        telegram_token=TOKEN, telegram_webhook_url=ADDRESS, telegram_webhook_secret=SECRET, telegram_api_url="http://127.0.0.1:9",
        puente_var=tmp_path, _env_file=None,
    )  # fmt: skip
    database, rasa, metrics = open_database(settings.url, settings.keys_file), RasaClient.at(9), Metrics()
    made = App(settings, database, live, rasa, Worker(database, live, rasa, ["telegram:4242424242"], utc_now, metrics), metrics, None)
    yield made
    asyncio.run(made.close())


class Telegram:
    """Who posts to the door, from wherever."""

    def __init__(self, app: App, address: str = "203.0.113.7", host: str = "puente.example") -> None:
        routes = TelegramDoor(app).routes()
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(web_app(app, routes), client=(address, 40_000)), base_url=f"http://{host}"
        )

    async def brings(self, body: Any, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {PROOF: secret}
        content = body if isinstance(body, bytes) or hasattr(body, "__aiter__") else json.dumps(body).encode()
        return (await self.http.post(PATH, content=content, headers=headers)).status_code


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 30))


def kept(app: App) -> int:
    return app.database.call(lambda session: session.scalar(select(func.count()).select_from(InboxUpdate))) or 0


def taken_in(app: App) -> float:
    return app.metrics.registry.get_sample_value("puente_updates_total", {"kind": "message"}) or 0


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "ñ"])
def test_without_the_secret_nothing_is_read_counted_or_stored(app: App, secret: str | None) -> None:
    read = []

    async def go() -> None:
        headers = [] if secret is None else [(PROOF.lower().encode(), secret.encode())]
        scope = {
            "type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "scheme": "http",
            "headers": headers, "server": ("puente.example", 80),
            "client": ("203.0.113.7", 40_000), "http_version": "1.1", "asgi": {"version": "3.0"}, "root_path": "",
        }  # fmt: skip
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            read.append(1)
            return {"type": "http.request", "body": json.dumps(message(1, ANA, text="hola")).encode(), "more_body": False}

        async def send(event: Any) -> None:
            answers.append(event)

        [route] = TelegramDoor(app).routes()
        await route.app(scope, receive, send)
        assert answers[0]["status"] == 403

    run(go())
    assert (read, kept(app), taken_in(app)) == ([], 0, 0)


def test_the_secret_is_compared_in_constant_time(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(webhook_module.hmac, "compare_digest", compare)

    async def go() -> None:
        assert await Telegram(app).brings(message(1, ANA, text="hola"), "wrong") == 403
        assert await Telegram(app).brings(message(1, ANA, text="hola")) == 200

    run(go())
    assert compared == [(b"wrong", SECRET.encode()), (SECRET.encode(), SECRET.encode())]


def test_what_cannot_be_kept_is_not_confirmed_and_kept_once_when_it_comes_again(app: App) -> None:
    async def go() -> None:
        telegram = Telegram(app)
        limit(app, 1)
        assert await telegram.brings(message(5, ANA, text=LONG)) == 503
        assert (kept(app), taken_in(app)) == (0, 0)
        limit(app, 1_000_000)
        assert await telegram.brings(message(5, ANA, text=LONG)) == 200
        assert await telegram.brings(message(5, ANA, text=LONG)) == 200

    run(go())
    assert kept(app) == 1


def limit(app: App, pages: int) -> None:
    """How large the database may become: with 1 the disk is full."""
    app.database.call(lambda session: session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}"))


def test_200_is_said_only_after_the_commit(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = asyncio.Event()
    durable = app.database.run_durable

    async def slowly(*arguments: Any) -> Any:
        await waits.wait()
        return await durable(*arguments)

    monkeypatch.setattr(app.database, "run_durable", slowly)

    async def go() -> None:
        bringing = asyncio.create_task(Telegram(app).brings(message(5, ANA, text="hola")))
        await asyncio.sleep(0.3)
        assert not bringing.done()
        waits.set()
        assert await bringing == 200

    run(go())
    assert kept(app) == 1


def test_the_same_update_ten_times_at_once_is_one(app: App) -> None:
    async def go() -> None:
        telegram = Telegram(app)
        assert await asyncio.gather(*(telegram.brings(message(5, ANA, text="hola")) for _ in range(10))) == [200] * 10

    run(go())
    assert kept(app) == 1


@pytest.mark.parametrize("body", [b"", b"hola", b"\xff\xfe", b"[]", b"{}", b"null", b"7", b'{"update_id": "7"}', b'{"message": {}}'])
def test_what_is_no_update_is_refused(app: App, body: bytes) -> None:
    async def go() -> None:
        assert await Telegram(app).brings(body) == 400

    run(go())
    assert kept(app) == 0


def test_more_than_a_megabyte_is_refused_whether_its_length_is_said_or_not(app: App) -> None:
    read = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            read.append(1)
            yield b" " * 100_000

    async def go() -> None:
        telegram = Telegram(app)
        assert await telegram.brings(json.dumps(message(5, ANA, text="x" * LARGEST)).encode()) == 413
        assert await telegram.brings(endless()) == 413

    run(go())
    assert kept(app) == 0


@pytest.mark.parametrize(("address", "host"), [("203.0.113.7", "localhost"), ("127.0.0.1", "puente.example")])
def test_the_local_chat_stays_on_this_machine_beside_the_webhook(app: App, address: str, host: str) -> None:
    async def go() -> None:
        elsewhere = Telegram(app, address, host)
        assert await elsewhere.brings(message(1, ANA, text="hola")) == 200
        assert (await elsewhere.http.get("/")).status_code == 403
        assert (await elsewhere.http.post("/mensaje", data={"once": "1", "text": "menu"})).status_code == 403
        assert (await elsewhere.http.get(PATH)).status_code == 405

    run(go())
    assert app.database.call(lambda session: session.scalar(select(func.count()).select_from(Message))) == 0


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
