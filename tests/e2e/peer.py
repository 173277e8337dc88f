"""A Bot API server that others wrote (lo-bot-api-emulator), in a thread, with what it lacks for us.

It checks requests as Telegram does (lengths, callback data, keyboards, offsets, a second poller) but is not Telegram: it does not
model flood limits, blocked bots, network failures or unknown tokens. Those are injected here as faults. Edited messages and the bot's user
name are added.
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator, updates

TOKEN = "4242424242:TEST-token-for-the-peer-only-000000"
BOT_NAME = "puente_de_prueba_bot"
updates.KINDS |= {"edited_message", "my_chat_member"}


@dataclass
class Sent:
    chat: str
    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Peer(LoBotApiEmulator):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(max_updates=10_000)
        self.sent: list[Sent] = []
        self.faults: list[tuple[str, int, dict[str, Any]]] = []  # method, status, body; the next call of that method gets it
        self.lost_answers = 0  # so many next sends arrive and their answer does not
        self.url = ""
        self._ids = 0
        self._loop = asyncio.new_event_loop()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        fault = next((each for each in self.faults if each[0] == method), None)
        if fault:
            self.faults.remove(fault)
            return web.json_response({"ok": False, "error_code": fault[1], **fault[2]}, status=fault[1])
        answer = await super().handle(request)
        if method == "sendMessage" and answer.status == 200:
            self.sent.append(_sent(dict(await request.post())))
            if self.lost_answers:
                self.lost_answers -= 1
                await asyncio.sleep(3600)
        if method == "getMe":
            body = json.loads(answer.body)
            body["result"]["username"] = BOT_NAME
            return web.json_response(body)
        return answer

    def deliver(self, update: dict[str, Any]) -> int:
        """Telegram has this update for the bot; returns its id."""
        waiting = asyncio.run_coroutine_threadsafe(self.enqueue_update(update, token=TOKEN), self._loop)
        return int(waiting.result(10))

    def message(self, chat: int, text: str) -> int:
        return self.deliver({"message": self._message(chat, text=text)})

    def press(self, chat: int, payload: str) -> int:
        self._ids += 1
        button = {
            "id": str(self._ids),
            "from": _person(chat),
            "chat_instance": "1",
            "data": payload,
            "message": self._message(chat, text="…"),
        }
        return self.deliver({"callback_query": button})

    def to(self, chat: int) -> list[Sent]:
        return [each for each in self.sent if each.chat == str(chat)]

    def wait_for(self, chat: int, count: int, seconds: float = 30) -> list[Sent]:
        """The messages that chat has received, once there are so many."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(self.to(chat)) >= count:
                return self.to(chat)
            time.sleep(0.05)
        raise AssertionError(f"chat {chat} got {len(self.to(chat))} messages, not {count}")

    def _message(self, chat: int, **content: Any) -> dict[str, Any]:
        self._ids += 1
        return {
            "message_id": self._ids,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "from": _person(chat),
            **content,
        }

    @contextmanager
    def running(self) -> Iterator["Peer"]:
        started = threading.Event()
        thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        thread.start()
        assert started.wait(10), "the peer did not start"
        yield self
        self._loop.call_soon_threadsafe(self._loop.stop)
        thread.join(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self.app(), access_log=None)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        started.set()
        self._loop.run_forever()
        for waiting in asyncio.all_tasks(self._loop):
            waiting.cancel()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()


def _person(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "Persona", "language_code": "es"}


def _sent(fields: dict[str, Any]) -> Sent:
    markup = json.loads(str(fields["reply_markup"])) if fields.get("reply_markup") else {}
    buttons = [(button["text"], button["callback_data"]) for row in markup.get("inline_keyboard", []) for button in row]
    return Sent(str(fields["chat_id"]), str(fields["text"]), buttons)
