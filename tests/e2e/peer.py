"""A Bot API server that others wrote (lo-bot-api-emulator), in a thread, with what it lacks for us.

It checks requests as Telegram does (lengths, callback data, keyboards, offsets, a second poller). Added here: every kind of update
(updates.py), webhook posts as Telegram makes them (post.py), refusals, outages, blocked bots and rotated tokens (faults.py), files, ids
and dates by which messages can be edited, deleted and replied to, and a record of all calls and moments.

What it does not model: flood limits (a 429 is a fault that a test plans), Telegram's own waits between webhook retries, the 24 hours
after which it forgets updates, the 48 hours after which a message cannot be deleted, callback queries that are too old, the limits of
groups and of privacy mode, and the full grammar of HTML. An edited, deleted or replied-to message has to exist; whose it is is not
looked at.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from lo_bot_api_emulator import CONTRACT

from tests.e2e import updates
from tests.e2e.faults import SECOND_TOKEN, TOKEN, Faulty, refusal, shown
from tests.e2e.post import Post
from tests.e2e.updates import BOT_ID, BOT_NAME, Json

__all__ = ["BOT_ID", "BOT_NAME", "SECOND_TOKEN", "TOKEN", "Peer", "Sent"]

BIGGEST_FILE = 20 * 1024 * 1024  # bytes that getFile hands out
_LATER = {
    "sendMessage": {"link_preview_options", "protect_content", "message_thread_id"},
    "editMessageText": {"link_preview_options"},
    "setWebhook": {"ip_address"},
}
for _method, _names in _LATER.items():
    CONTRACT["methods"][_method]["parameters"] = sorted({*CONTRACT["methods"][_method]["parameters"], *_names})


@dataclass
class Sent:
    """A message that the bot sent and the peer accepted."""

    chat: str
    text: str  # as it is shown: without tags
    buttons: list[tuple[str, str]] = field(default_factory=list)
    message_id: int = 0
    at: float = 0.0  # on the monotonic clock
    reply_to: int | None = None
    fields: Json = field(default_factory=dict, repr=False)


@dataclass
class Call:
    method: str
    fields: Json
    at: float


class Peer(Faulty):
    token = TOKEN

    def __init__(self) -> None:
        super().__init__(allow_insecure_loopback_webhooks=True)
        self.sent: list[Sent] = []
        self.calls: list[Call] = []  # all but getUpdates and sendMessage
        self.on_sent: Callable[[Sent], None] = lambda _sent: None  # called in the peer's own thread
        self.url = ""
        self.post = self._update_queues = Post()
        self._ids = 0
        self._there: dict[tuple[str, int], str] = {}  # messages that can be edited, deleted and replied to

    # What the bot calls

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method, token = request.match_info["method"], request.match_info["token"]
        fields = {} if request.content_type.startswith("multipart/") else dict(await request.post())
        wrong = await self.fault(request, method, token, fields)
        if wrong is not None:
            return wrong
        if method == "getUpdates":
            self._polls.append(request)
            try:
                return await super().handle(request)
            finally:
                self._polls = [each for each in self._polls if each is not request]
        if method == "sendMessage":
            return await self._take_message(request, fields)
        self.calls.append(Call(method, fields, time.monotonic()))
        if method in ("setMyDescription", "setMyShortDescription", "leaveChat", "deleteMessages"):
            return self._done_here(method, fields)
        if method.startswith("editMessage") or method == "deleteMessage":
            refused = self._not_there(method, fields)
            if refused:
                return refused
        if method == "getFile" and len(self.assets.get(fields.get("file_id"), {}).get("data", b"")) > BIGGEST_FILE:
            return refusal(400, "Bad Request: file is too big")
        return _touched(method, await super().handle(request))

    async def _take_message(self, request: web.Request, fields: Json) -> web.StreamResponse:
        reply_to = json.loads(fields.get("reply_parameters") or "{}").get("message_id")
        if reply_to and (fields["chat_id"], reply_to) not in self._there and "allow_sending_without_reply" not in str(fields):
            return refusal(400, "Bad Request: message to be replied not found")
        answer = await super().handle(request)
        if answer.status != 200:
            return answer
        text = shown(fields["text"]) if fields.get("parse_mode") == "HTML" else str(fields["text"])
        markup = json.loads(fields["reply_markup"]) if fields.get("reply_markup") else {}
        buttons = [(each["text"], each.get("callback_data", "")) for row in markup.get("inline_keyboard", []) for each in row]
        sent = Sent(str(fields["chat_id"]), text, buttons, self._next_id(), time.monotonic(), reply_to, fields)
        self._there[sent.chat, sent.message_id] = text
        self.sent.append(sent)
        self.on_sent(sent)
        if self.lost_answers:
            self.lost_answers -= 1
            await asyncio.sleep(3600)
        body = json.loads(answer.body)  # type: ignore[attr-defined]
        body["result"] |= {"message_id": sent.message_id, "date": int(time.time()), "text": text, "from": updates.bot()}
        return web.json_response(body)

    def _done_here(self, method: str, fields: Json) -> web.Response:
        if method == "deleteMessages":
            for number in json.loads(fields["message_ids"]):
                self._there.pop((fields["chat_id"], int(number)), None)
        longest = {"setMyDescription": ("description", 512), "setMyShortDescription": ("short_description", 120)}.get(method)
        if longest and len(fields.get(longest[0], "")) > longest[1]:
            return refusal(400, "Bad Request: BOT_DESCRIPTION_TOO_LONG")
        return web.json_response({"ok": True, "result": True})

    def _not_there(self, method: str, fields: Json) -> web.Response | None:
        place = (fields.get("chat_id", ""), int(fields.get("message_id") or 0))
        if place not in self._there:
            return refusal(400, f"Bad Request: message to {'delete' if method == 'deleteMessage' else 'edit'} not found")
        if method == "deleteMessage":
            del self._there[place]
        elif method == "editMessageText":
            text = shown(fields["text"]) if fields.get("parse_mode") == "HTML" else fields["text"]
            if text == self._there[place] and "reply_markup" not in fields:
                return refusal(400, "Bad Request: message is not modified: specified new message content is exactly the same")
            self._there[place] = text
        return None

    def called(self, method: str) -> list[Json]:
        """The fields of each call of that method, in order."""
        return [each.fields for each in self.calls if each.method == method]

    def commands(self) -> dict[str, list[tuple[str, str]]]:
        """The command menu in each language; "" is everybody's."""
        return {
            call.get("language_code", ""): [(each["command"], each["description"]) for each in json.loads(call["commands"])]
            for call in self.called("setMyCommands")
        }

    def offer_file(self, file_id: str, data: bytes) -> None:
        """What getFile and the download hand out for that id."""
        self.assets[file_id] = {"data": data}

    # What people do

    def deliver(self, update: Json) -> int:
        """Telegram has this update for the bot; returns its id. One with an `update_id` keeps it."""
        return self.deliver_all([update])[0]

    def deliver_all(self, many: Iterable[Json]) -> list[int]:
        """Several in one batch."""
        return asyncio.run_coroutine_threadsafe(self.post.enqueue_all(self.token, many), self.loop).result(30)

    def message(self, chat: int, text: str) -> int:
        return self.deliver(self.typed(chat, text))

    def say(self, chat: int, content: Json, kind: str = "private", **more: Any) -> int:
        """Any content, in any kind of chat; answers the update's id, `last_said` the message's. `more` goes to the message."""
        return self.deliver(self.said(chat, content, kind, **more))

    def reply(self, chat: int, message_id: int, content: Json) -> int:
        """Said in answer to an earlier message, of the person or of the bot."""
        replied = updates.message(message_id, updates.chat(chat), {"text": self._there[str(chat), message_id]})
        return self.say(chat, content, reply_to_message=replied)

    def edit(self, chat: int, message_id: int, content: Json) -> int:
        """A message that was said before says something else now, or its live location moves."""
        edited = updates.message(message_id, updates.chat(chat), {**content, "edit_date": int(time.time())})
        return self.deliver({"edited_message": edited})

    def press(self, chat: int, payload: str, message_id: int | None = None) -> int:
        return self.deliver(self.pressed(chat, payload, message_id))

    def block(self, chat: int) -> int:
        """The person blocks the bot: nothing reaches them until `unblock`."""
        self.blocked.add(chat)
        return self.deliver(updates.membership(updates.chat(chat), "member", "kicked", chat))

    def unblock(self, chat: int) -> int:
        self.blocked.discard(chat)
        return self.deliver(updates.membership(updates.chat(chat), "kicked", "member", chat))

    def add_to(self, chat: int, kind: str = "supergroup") -> int:
        """Somebody puts the bot into a group or a channel."""
        after = "administrator" if kind == "channel" else "member"
        return self.deliver(updates.membership(updates.chat(chat, kind), "left", after, 700_700_700))

    def said(self, chat: int, content: Json, kind: str = "private", **more: Any) -> Json:
        """The update for `deliver`, with a new message id."""
        said = updates.message(self._next_id(), updates.chat(chat, kind), content | more)
        self._there[str(chat), said["message_id"]] = str(content.get("text", ""))
        return {"channel_post" if kind == "channel" else "message": said}

    def typed(self, chat: int, text: str) -> Json:
        return self.said(chat, updates.command(text) if text.startswith("/") else updates.text(text))

    def pressed(self, chat: int, payload: str, message_id: int | None = None) -> Json:
        on = updates.message(message_id or self._next_id(), updates.chat(chat), {"text": "…"}) | {"from": updates.bot()}
        return updates.callback(self._next_id(), on, payload)

    def last_said(self, chat: int) -> int:
        """The message id of what was last said in that chat."""
        return max(number for where, number in self._there if where == str(chat))

    # What happened

    @property
    def handed(self) -> dict[int, float]:
        """When each update was handed over for the first time."""
        return self.post.handed

    @property
    def enqueued(self) -> dict[int, float]:
        return self.post.enqueued

    @property
    def polls(self) -> int:
        return self.post.polls

    def next_update_id(self) -> int:
        """A new one, for those who have to know it before the update is on its way; only in the peer's own thread."""
        state = self.post._state(self.token)
        state.next_id += 1
        return int(state.next_id - 1)

    def waiting(self) -> int:
        """Updates that the bot has not confirmed."""
        return len(self.post._state(self.token).updates)

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

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    # The thread

    @contextmanager
    def running(self) -> Iterator["Peer"]:
        started = threading.Event()
        thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        thread.start()
        assert started.wait(10), "the peer did not start"
        yield self
        self.loop.call_soon_threadsafe(self.loop.stop)
        thread.join(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        runner = web.AppRunner(self.app(), access_log=None)
        self.loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self.loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        posting = self.loop.create_task(self.post.keep_posting(self.token))
        started.set()
        self.loop.run_forever()
        for waiting in asyncio.all_tasks(self.loop):
            waiting.cancel()
        self.loop.run_until_complete(asyncio.gather(posting, return_exceptions=True))
        self.loop.run_until_complete(runner.cleanup())
        self.loop.close()


def _touched(method: str, answer: web.Response) -> web.Response:
    """The bot's name, its number and dates that are none in the emulator."""
    if answer.status != 200 or not (method == "getMe" or method.startswith("editMessage")):
        return answer
    body = json.loads(answer.body)  # type: ignore[arg-type]
    if method == "getMe":
        body["result"] |= updates.bot()
    else:
        body["result"] |= {"date": int(time.time()), "edit_date": int(time.time())}
    return web.json_response(body)
