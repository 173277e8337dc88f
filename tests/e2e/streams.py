"""What it costs that so many of the staff have pages open, and how soon they hear: `python -m tests.e2e.streams [how many]`.

The bot process runs alone, with a database made up as large as one likes before; each page is one stream over its own connection.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import select

from bot.accounts import sessions
from bot.console.door import COOKIE
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketNote
from bot.settings import ROOT
from tests.chats import Chat
from tests.console import enrolled
from tests.e2e.conftest import Alone

AT_REST = 10.0  # seconds over which processor time is measured
CHANGES = 20


@dataclass(frozen=True)
class Cost:
    megabytes_before: float
    megabytes: float  # with all pages open
    share_before: float  # of one processor
    share: float
    seconds: list[float]  # from a change, written by another process, to the last page's hearing of it


def measure(folder: Path, pages: int, report: Callable[[str], None] = print) -> Cost:
    running = Alone(folder / "var").start().wait_until_ready()
    database = open_database(f"sqlite:///{running.var}/puente.db", running.var / "puente.keys")
    try:
        assert running.process is not None
        cost = asyncio.run(_measure(running.address, running.process.pid, database, pages))
    finally:
        database.close()
        started = time.monotonic()
        running.stop()
        report(f"stopped within {time.monotonic() - started:.1f} s")
    seconds = sorted(cost.seconds)
    report(f"memory: {cost.megabytes_before:.0f} MB, with {pages} pages {cost.megabytes:.0f} MB")
    report(f"processor at rest: {cost.share_before:.1%}, with {pages} pages {cost.share:.1%}")
    report(f"all have heard after: median {seconds[len(seconds) // 2]:.2f} s, longest {seconds[-1]:.2f} s")
    return cost


async def _measure(address: str, pid: int, database: Database, pages: int) -> Cost:
    now = datetime.now(UTC)
    live = LiveContent(ROOT / "flows", None, ROOT / "no such file")
    tickets = [_ticket(database, live.current()[0], live) for _ in range(5)]
    tokens = [database.call(_signed_in, f"member{number}", now) for number in range(pages)]
    await asyncio.sleep(3)  # what is done at the start is done
    before, share_before = _megabytes(pid), await _share(pid)
    heard = [0] * pages
    clients = [httpx.AsyncClient(base_url=address, cookies={COOKIE: token}, trust_env=False, timeout=60) for token in tokens]
    listening = [asyncio.create_task(_listen(client, tickets[number % 5], heard, number)) for number, client in enumerate(clients)]
    while not all(heard):
        await asyncio.sleep(0.05)
    await asyncio.sleep(3)
    share, seconds = await _share(pid), []
    for number in range(CHANGES):
        await asyncio.sleep(0.5 + number * 0.37 % 0.4)
        counts, started = list(heard), time.monotonic()
        await asyncio.to_thread(database.call, _note_all, tickets)
        while any(each <= earlier for each, earlier in zip(heard, counts, strict=True)):
            await asyncio.sleep(0.005)
        seconds.append(time.monotonic() - started)
    megabytes = _megabytes(pid)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    for client in clients:
        await client.aclose()
    return Cost(before, megabytes, share_before, share, seconds)


async def _listen(client: httpx.AsyncClient, ticket: int, heard: list[int], number: int) -> None:
    async with client.stream("GET", f"/consola/vivo/{ticket}") as response:
        async for line in response.aiter_lines():
            heard[number] += line == "event: ticket"


def _ticket(database: Database, content: Content, live: LiveContent) -> int:
    chat = Chat(database, Surroundings(content, live.current()[1], "test", "", datetime.now(UTC)))
    chat.says("persona")
    return database.call(lambda session: session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first()) or 0


def _signed_in(session: sessions.Session, name: str, now: datetime) -> str:
    return sessions.begin(session, enrolled(session, name, Role.AGENT, now), "test", now, is_confirmed=True)


def _note_all(session: sessions.Session, tickets: list[int]) -> None:
    session.add_all([TicketNote(ticket_id=ticket, who="eva", text="…", at=datetime.now(UTC)) for ticket in tickets])


def _megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _share(pid: int) -> float:
    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before, started = used(), time.monotonic()
    await asyncio.sleep(AT_REST)
    return (used() - before) / (time.monotonic() - started)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 50)
