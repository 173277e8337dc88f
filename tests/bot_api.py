"""Telegram's side of the Bot API, in the test's own loop: it keeps updates as Telegram does, fails as it is told, notes what it was asked.

tests/e2e/peer.py is the one that others wrote; this one fails in more ways.
"""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

TOKEN = "4242424242:AAF-first-token-of-the-bot-000000000"
NEW_TOKEN = "4242424242:AAF-second-token-of-the-bot-0000000"
OTHER_BOTS_TOKEN = "777777:AAF-token-of-quite-another-bot-000000"
HOLD = 0.3  # seconds that a request for updates is held without news


@dataclass(frozen=True)
class Fault:
    """Instead of an answer: an HTTP status with Telegram's error, a cut connection (0), or no end at all (-1)."""

    status: int
    description: str = "fault"
    retry_after: int | None = None


DROPPED, HANGS, BAD_GATEWAY = Fault(0), Fault(-1), Fault(502, "Bad Gateway")
CONFLICT = Fault(409, "Conflict: terminated by other getUpdates request")


class BotApi:
    def __init__(self, token: str = TOKEN) -> None:
        self.tokens = {token}
        self.number = int(token.partition(":")[0])
        self.updates: list[dict[str, Any]] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)  # by method: for one call each
        self.down: Fault | None = None  # for all calls, or for those in `down_for`
        self.down_for: set[str] = set()
        self.arrives_anyway = False  # a message whose answer is cut has arrived
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[tuple[int, str]] = []
        self.refused = 0
        self.webhook = ""
        self.url = ""
        self._ids = 0
        self._news = asyncio.Event()

    def deliver(self, *updates: dict[str, Any]) -> None:
        self.updates.extend(updates)
        self._news.set()

    def say(self, chat: int, *texts: str) -> None:
        self.deliver(*(message(self.next_id(), chat, text=text) for text in texts))

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def to(self, chat: int) -> list[str]:
        return [text for to, text in self.sent if to == chat]

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [given for name, given in self.calls if name == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = {name: _read(str(value)) for name, value in (await request.post()).items()}
        self.calls.append((method, given))
        if request.match_info["token"] not in self.tokens:
            self.refused += 1
            return _error(Fault(401, "Unauthorized"))
        fault = self.faults[method].popleft() if self.faults[method] else self.down
        if fault is self.down and self.down_for and method not in self.down_for:
            fault = None
        if fault is None:
            return web.json_response({"ok": True, "result": await self._result(method, given)})
        if method == "sendMessage" and self.arrives_anyway:
            await self._result(method, given)
        if fault is HANGS:
            await asyncio.Event().wait()
        if fault is DROPPED:
            assert request.transport is not None
            request.transport.abort()
        return _error(fault)

    async def _result(self, method: str, given: dict[str, Any]) -> Any:
        if method == "getMe":
            return {"id": self.number, "is_bot": True, "first_name": "Puente", "username": "puente_bot"}
        if method == "getUpdates":
            return await self._get_updates(given.get("offset", 0), given.get("limit", 100))
        if method == "sendMessage":
            self.sent.append((int(given["chat_id"]), str(given["text"])))
            return message(0, int(given["chat_id"]), text=str(given["text"]))["message"]
        if method in ("setWebhook", "deleteWebhook"):
            self.webhook = str(given.get("url", ""))
        if method == "getWebhookInfo":
            return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}
        return True

    async def _get_updates(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """All below the offset are forgotten, however they were numbered."""
        self.updates = [each for each in self.updates if each["update_id"] >= offset]
        self._news.clear()
        if not self.updates:
            try:
                await asyncio.wait_for(self._news.wait(), HOLD)
            except TimeoutError:
                return []
            self.updates = [each for each in self.updates if each["update_id"] >= offset]
        return self.updates[:limit]


def message(update_id: int, chat: int, **content: Any) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Persona", "language_code": "es"}
    said = {
        "message_id": update_id, "date": int(datetime.now(UTC).timestamp()), "from": person,
        "chat": {"id": chat, "type": "private"}, **content,
    }  # fmt: skip
    return {"update_id": update_id, "message": said}


def _error(fault: Fault) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": fault.status, "description": fault.description}
    if fault.retry_after is not None:
        body["parameters"] = {"retry_after": fault.retry_after}
    return web.json_response(body, status=fault.status or 500)


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


@asynccontextmanager
async def listening(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """A server on loopback; yields its address."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot_api() -> AsyncIterator[BotApi]:
    api = BotApi()
    async with listening([web.post("/bot{token}/{method}", api.handle)]) as api.url:
        yield api


@asynccontextmanager
async def two_bots() -> AsyncIterator[tuple[BotApi, BotApi]]:
    """One address for two bots, each with people, messages and a webhook of its own."""
    apis = {each.number: each for each in (BotApi(), BotApi(OTHER_BOTS_TOKEN))}

    async def handle(request: web.Request) -> web.StreamResponse:
        return await apis[int(request.match_info["token"].partition(":")[0])].handle(request)

    async with listening([web.post("/bot{token}/{method}", handle)]) as url:
        one, other = apis.values()
        one.url = other.url = url
        yield one, other


async def until(check: Callable[[], bool | Awaitable[bool]], seconds: float = 20) -> None:
    """For what announces itself nowhere."""
    async with asyncio.timeout(seconds):
        while True:
            found = check()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
