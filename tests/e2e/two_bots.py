"""A peer for both of our bots at one address: each has updates, messages and faults of its own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from tests.e2e.peer import Peer

OFFICIALS_TOKEN = "7777777777:TEST-token-for-the-officials-peer-00000"


class OfficialsPeer(Peer):
    token = OFFICIALS_TOKEN

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop.close()
        self.tokens, self.loop = {OFFICIALS_TOKEN}, loop


class TwoBots(Peer):
    """The migrants' bot, and beside it that of officials, in the same thread."""

    def __init__(self) -> None:
        super().__init__()
        self.officials = OfficialsPeer(self.loop)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        is_theirs = request.match_info["token"].partition(":")[0] == OFFICIALS_TOKEN.partition(":")[0]
        return await (self.officials.handle(request) if is_theirs else super().handle(request))

    def waiting(self) -> int:
        return super().waiting() + self.officials.waiting()

    @contextmanager
    def running(self) -> Iterator["TwoBots"]:
        with super().running():
            asyncio.run_coroutine_threadsafe(self.officials.post.keep_posting(OFFICIALS_TOKEN), self.loop)
            yield self
