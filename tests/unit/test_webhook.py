"""The door Telegram brings updates to: nobody else gets in, and 200 means that it is on the disk.

The web server's routes, the library and the database are real; Telegram is tests/bot_api.py.
"""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.conversation.live import LiveContent
from bot.local_chat.web import web_app
from bot.records.conversations import Message
from bot.records.deliveries import InboxUpdate
from bot.telegram_adapter import webhook as webhook_module
from bot.telegram_adapter.bots import MIGRANTS
from bot.telegram_adapter.door import TelegramDoor
from bot.telegram_adapter.webhook import LARGEST, PROOF
from tests.bot_api import message
from tests.webhooks import SECRET, installed, run

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
ANA = 111_000_111
PATH = MIGRANTS.path
LONG = "una historia larga " * 200  # takes new pages of the database


@pytest.fixture
def app(tmp_path: Path, live: LiveContent) -> Iterator[App]:
    with installed(tmp_path, live) as made:
        yield made


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
