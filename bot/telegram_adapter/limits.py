"""How fast Telegram lets a bot send, kept by the one sender: so many messages a second in all, one a second to each chat, and the waits
that Telegram asks for. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

On the loop's own clock: a jump of the wall clock changes nothing. After a restart Telegram asks again for a wait that still holds.
"""

import asyncio

from aiolimiter import AsyncLimiter

SECOND = 1.0


class Limits:
    def __init__(self, per_second: float, per_chat: float) -> None:
        """`per_second`: messages of the bot; `per_chat`: seconds between two to the same chat."""
        self._all = AsyncLimiter(per_second, SECOND)
        self._per_chat = per_chat
        self._ready_at: dict[int, float] = {}  # conversation -> when the next message may go
        self._all_wait_until = 0.0

    def room(self, most: int) -> int:
        """How many messages may go now."""
        if self._now() < self._all_wait_until:
            return 0
        room = most
        while room and not self._all.has_capacity(room):
            room -= 1
        return room

    def waiting(self, longer_than: float = 0.0) -> list[int]:
        """Conversations that may not be sent to yet, nor within so many seconds."""
        now = self._now()
        for conversation_id in [each for each, ready_at in self._ready_at.items() if ready_at <= now]:
            del self._ready_at[conversation_id]
        return [each for each, ready_at in self._ready_at.items() if ready_at > now + longer_than]

    def waiting_seconds(self, conversation_id: int) -> float:
        """Until that one may be sent to again."""
        return max(0.0, self._ready_at.get(conversation_id, 0.0) - self._now())

    async def count(self, conversation_id: int) -> None:
        """One message goes to this conversation now."""
        await self._all.acquire()
        self.wait(conversation_id, self._per_chat)

    def wait(self, conversation_id: int, seconds: float) -> None:
        self._ready_at[conversation_id] = max(self._ready_at.get(conversation_id, 0), self._now() + seconds)

    def wait_all(self, seconds: float) -> None:
        self._all_wait_until = max(self._all_wait_until, self._now() + seconds)

    def next_change(self, longest: float) -> float:
        """Seconds until something that waits, or waited when `waiting` last looked, may go; `longest` at most."""
        now = self._now()
        moments = [each for each in (self._all_wait_until,) if each > now] + [*self._ready_at.values()]
        return min([longest, *(max(0.0, moment - now) for moment in moments)])

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
