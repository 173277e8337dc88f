"""How updates reach the bot: fetched by it, or posted to its webhook as Telegram posts them."""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from lo_bot_api_emulator import updates as emulator
from lo_bot_api_emulator.updates import UpdateQueues

TRY_AGAIN = 0.3  # seconds; Telegram waits longer

PATIENCE = 60  # seconds for one POST; Telegram's limit is about that
emulator.ALLOWED_UPDATE_TYPES |= {"guest_message", "managed_bot"}  # newer than the emulator


class UnheardOf(dict[str, Any]):
    """An update that is handed over whatever kinds the bot asked for."""

    def __contains__(self, key: object) -> bool:
        return True


class Post(UpdateQueues):  # type: ignore[misc]
    """The emulator's queues, for any kind of update, with the moments at which each was put there and handed over."""

    def __init__(self) -> None:
        super().__init__(record=lambda _item: None, max_updates=1_000_000, insecure_webhooks=True)
        self.enqueued: dict[int, float] = {}
        self.handed: dict[int, float] = {}
        self.hand_again = 0
        self.polls = 0
        self._last: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    def _state(self, token: str) -> Any:
        return super()._state(token.partition(":")[0])  # a rotated token is the same bot

    async def enqueue(self, token: str, update: dict[str, Any]) -> int:
        [number] = await self.enqueue_all(token, [update])
        return number

    async def enqueue_all(self, token: str, many: Iterable[dict[str, Any]]) -> list[int]:
        """All at once: one poll gets them together. An update_id that is given is kept, even one used before."""
        state = self._state(token)
        numbers = []
        async with state.condition:
            for update in many:
                known = any(kind in update for kind in emulator.ALLOWED_UPDATE_TYPES)
                number = int(update.get("update_id", state.next_id))
                state.next_id = max(state.next_id, number + 1)
                state.updates.append((dict if known else UnheardOf)({"update_id": number, **update}))
                self.enqueued.setdefault(number, time.monotonic())
                numbers.append(number)
            state.condition.notify_all()
        self._news.set()
        return numbers

    def hand_next_batch_again(self, times: int) -> None:
        """So many more polls get the next batch once more, as if it had never been confirmed."""
        self.hand_again, self._last = times, []

    async def poll(self, token: str, fields: dict[str, Any], *, disconnected: Any = None) -> list[dict[str, Any]]:
        self.polls += 1
        if self.hand_again and self._last:
            self.hand_again -= 1
            return self._last
        found: list[dict[str, Any]] = await super().poll(token, fields, disconnected=disconnected)
        if found:
            self._last = found
            now = time.monotonic()
            for update in found:
                self.handed.setdefault(update["update_id"], now)
        return found

    async def deliver(self, token: str) -> int:
        """The emulator posts one update after another; `keep_posting` does it as Telegram does."""
        self._news.set()
        return 0

    async def keep_posting(self, token: str, at_once: int = 40) -> None:
        """While the bot has a webhook: in order for each chat, many chats at once, each update again until it is taken."""
        busy: dict[str, asyncio.Task[None]] = {}
        async with ClientSession(timeout=ClientTimeout(total=PATIENCE), connector=TCPConnector(limit=at_once)) as client:
            while True:
                self._news.clear()
                state = self._state(token)
                if state.url:
                    for update in list(state.updates):
                        if len(busy) >= at_once:
                            break
                        key = chat_of(update)
                        if key not in busy and (not state.allowed or any(kind in update for kind in state.allowed)):
                            busy[key] = asyncio.create_task(self._post(client, state, update))
                            busy[key].add_done_callback(lambda _task, key=key: (busy.pop(key, None), self._news.set()))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 1)

    async def _post(self, client: ClientSession, state: Any, update: dict[str, Any]) -> None:
        self.handed.setdefault(update["update_id"], time.monotonic())
        if state.url and await taken(client, state.url, state.secret, update):
            place = next((number for number, each in enumerate(state.updates) if each is update), None)
            if place is not None:
                del state.updates[place]
        else:
            await asyncio.sleep(TRY_AGAIN)


async def taken(client: ClientSession, url: str, secret: str | None, update: dict[str, Any]) -> bool:
    """One POST. False: Telegram would try again later."""
    headers = {"Content-Type": "application/json"} | ({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})
    try:
        async with client.post(url, data=json.dumps(update), headers=headers, allow_redirects=False) as answer:
            return 200 <= answer.status < 300
    except (ClientError, TimeoutError, OSError):
        return False


async def post_webhook(url: str, secret: str | None, updates: Iterable[dict[str, Any]], at_once: int = 40) -> dict[int, float]:
    """Post them straight at the bot until all are taken; answers when each was handed over for the first time."""
    chats: dict[str, list[dict[str, Any]]] = {}
    for update in updates:
        chats.setdefault(chat_of(update), []).append(update)
    handed: dict[int, float] = {}
    turnstile = asyncio.Semaphore(at_once)

    async def one_chat(client: ClientSession, mine: list[dict[str, Any]]) -> None:
        for update in mine:
            async with turnstile:
                handed.setdefault(update["update_id"], time.monotonic())
                was_taken = await taken(client, url, secret, update)
            while not was_taken:
                await asyncio.sleep(TRY_AGAIN)
                was_taken = await taken(client, url, secret, update)

    async with ClientSession(timeout=ClientTimeout(total=PATIENCE), connector=TCPConnector(limit=at_once)) as client:
        await asyncio.gather(*(one_chat(client, mine) for mine in chats.values()))
    return handed


async def post_at_once(url: str, secret: str | None, update: dict[str, Any], times: int) -> list[bool]:
    """The same update in so many POSTs at the same moment; which of them were taken."""
    async with ClientSession(timeout=ClientTimeout(total=PATIENCE)) as client:
        return list(await asyncio.gather(*(taken(client, url, secret, update) for _ in range(times))))


def chat_of(update: dict[str, Any]) -> str:
    """What Telegram keeps in order: the updates of one chat."""
    content = next((value for name, value in update.items() if name != "update_id" and isinstance(value, dict)), {})
    where = content.get("chat") or content.get("message", {}).get("chat") or {}
    return str(where.get("id", ""))
