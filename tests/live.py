"""The console on a real web server in the test's own loop, and the streams of its pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from bot.console.console import console_of
from bot.local_chat.web import web_app
from tests.console import Desk, Member


class Stream:
    """What a page hears, and when, on the loop's clock."""

    def __init__(self, response: httpx.Response) -> None:
        self.response, self.heard, self.has_ended = response, list[tuple[str, float]](), False
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for line in self.response.aiter_lines():
            if line.startswith("event: ") and line != "event: alive":
                self.heard.append((line.removeprefix("event: "), asyncio.get_running_loop().time()))
        self.has_ended = True

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    async def until(self, count: int, seconds: float = 5) -> list[str]:
        async with asyncio.timeout(seconds):
            while len(self.heard) < count:
                await asyncio.sleep(0.005)
        return self.names

    async def until_ended(self, seconds: float = 5) -> list[str]:
        async with asyncio.timeout(seconds):
            await self._reading
        return self.names

    async def leave(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self.response.aclose()


class Served:
    def __init__(self, desk: Desk, address: str) -> None:
        self.desk, self.address = desk, address
        self._clients: list[httpx.AsyncClient] = []
        self._streams: list[Stream] = []

    def client(self, member: Member) -> httpx.AsyncClient:
        made = httpx.AsyncClient(base_url=self.address, cookies=member.cookies, trust_env=False, timeout=20)
        self._clients.append(made)
        return made

    async def open(self, member: Member, ticket_id: int | None = None, wait: bool = True) -> Stream:
        """As a page of theirs does; it has heard that it may be old."""
        client = self.client(member)
        path = "/consola/vivo" if ticket_id is None else f"/consola/vivo/{ticket_id}"
        response = await client.send(client.build_request("GET", path, headers={"Accept": "text/event-stream"}), stream=True)
        stream = Stream(response)
        self._streams.append(stream)
        if wait:
            await stream.until(1)
        return stream

    async def close(self) -> None:
        for stream in self._streams:
            await stream.leave()
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[Served]:
    app = web_app(desk.app, console_of(desk.app, lambda: desk.now).routes())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    there = Served(desk, f"http://127.0.0.1:{port}")
    try:
        yield there
    finally:
        desk.app.watching.close()
        await there.close()
        server.should_exit = True
        await asyncio.wait_for(serving, 10)
