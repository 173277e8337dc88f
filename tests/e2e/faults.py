"""What goes wrong between the bot and Telegram: refusals, outages, blocked bots, revoked tokens, silence."""

import asyncio
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator

TOKEN = "4242424242:TEST-token-for-the-peer-only-000000"
SECOND_TOKEN = "4242424242:TEST-token-after-a-rotation-000000"
TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler", "span", "tg-emoji"}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=\"[^\"<>]*\"|='[^'<>]*')?)*)\s*>")
_BARE = re.compile(r"<|&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)")


class Faulty(LoBotApiEmulator):  # type: ignore[misc]
    """Everything here may be set from the test's own thread while the peer runs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.faults: list[tuple[str, int, dict[str, Any]]] = []  # method, status, body; the next call of that method gets it
        self.lost_answers = 0  # so many next sends arrive and their answer does not
        self.blocked: set[int] = set()  # chats of people who blocked the bot
        self.tokens = {TOKEN}  # take one out and it is revoked; put SECOND_TOKEN in and the bot's token was rotated
        self._down: list[int | None] = []
        self._silent: list[str] = []
        self._rivals = 0
        self._polls: list[web.Request] = []
        self.loop = asyncio.new_event_loop()

    @contextmanager
    def outage(self, status: int | None) -> Iterator[None]:
        """Every method answers that status; with None the connection is dropped. Long polls under way are cut."""
        self._down.append(status)
        self.loop.call_soon_threadsafe(self._cut_polls)
        try:
            yield
        finally:
            self._down.remove(status)

    @contextmanager
    def silence(self, method: str) -> Iterator[None]:
        """Calls of that method are taken and never answered, as over a connection that died unnoticed."""
        self._silent.append(method)
        self.loop.call_soon_threadsafe(self._cut_polls)
        try:
            yield
        finally:
            self._silent.remove(method)

    @contextmanager
    def rival(self) -> Iterator[None]:
        """Another program polls with the same token."""
        self._rivals += 1
        self.loop.call_soon_threadsafe(self._cut_polls)
        try:
            yield
        finally:
            self._rivals -= 1

    async def fault(self, request: web.Request, method: str, token: str, fields: dict[str, Any]) -> web.StreamResponse | None:
        """The answer that goes wrong, or None: nothing is wrong with this call."""
        if self._down:
            if self._down[-1] is None:
                return _dropped(request)
            return refusal(self._down[-1], "Bad Gateway")
        if token not in self.tokens:
            return refusal(401, "Unauthorized")
        if method in self._silent:
            await asyncio.sleep(3600)
        if method == "getUpdates" and self._rivals:
            return refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
        planned = next((each for each in self.faults if each[0] == method), None)
        if planned:
            self.faults.remove(planned)
            return web.json_response({"ok": False, "error_code": planned[1], **planned[2]}, status=planned[1])
        if self.blocked and str(fields.get("chat_id")) in {str(each) for each in self.blocked}:
            return refusal(403, "Forbidden: bot was blocked by the user")
        if fields.get("parse_mode") == "HTML" and (wrong := wrong_html(str(fields.get("text") or fields.get("caption") or ""))):
            return refusal(400, f"Bad Request: can't parse entities: {wrong}")
        return None

    def _cut_polls(self) -> None:
        for request in list(self._polls):
            _dropped(request)


def refusal(status: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": status, "description": description}, status=status)


def wrong_html(text: str) -> str:
    """What Telegram would say of it, or nothing. A bare & is refused here though Telegram lets it pass: it was not escaped."""
    opened: list[str] = []
    for tag in _TAG.finditer(text):
        closes, name = bool(tag[1]), tag[2].lower()
        if name not in TAGS:
            return f'Unsupported start tag "{name}" at byte offset {len(text[: tag.start()].encode())}'
        if not closes:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return f'Unmatched end tag at byte offset {len(text[: tag.start()].encode())}, found "</{name}>"'
    if opened:
        return f'Can\'t find end tag corresponding to start tag "{opened[-1]}"'
    bare = _BARE.search(_TAG.sub("", text))
    return f'Unsupported start tag "" or bare {bare[0]}' if bare else ""


def shown(text: str) -> str:
    """Formatted text as a person sees it."""
    return html.unescape(_TAG.sub("", text))


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
