"""Pages that stay as they are until something changes: a stream of events that name what is to be asked for again, and hold no data.

Written with Starlette alone: sse-starlette changes uvicorn's class when it is imported, and what it then knows of a stop outlives the
server. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from bot.console.door import Page
from bot.console.visit import Visit
from bot.handoff.watching import Watcher, Watching
from bot.permissions import Action

PING = 10.0  # seconds: proxies close what is silent, and a page whose line is dead finds it out
AT_LEAST_EVERY = 60.0  # seconds: «hace 5 min» becomes untrue without anything happening
RETRY = 2000  # milliseconds until a browser that was cut off tries again


async def stream_inbox(visit: Visit) -> Response:
    return _stream(visit, "inbox", None)


async def stream_ticket(visit: Visit) -> Response:
    return _stream(visit, "ticket", visit.number("ticket"))


def _stream(visit: Visit, name: str, ticket_id: int | None) -> Response:
    assert visit.signed is not None
    watcher = Watcher(ticket_id, visit.actor.name, visit.signed.session_id)
    events = _events(visit.app.watching, watcher, name)
    return StreamingResponse(events, headers={"X-Accel-Buffering": "no"}, media_type="text/event-stream")


async def _events(watching: Watching, watcher: Watcher, name: str) -> AsyncIterator[str]:
    """The first one comes with the first look: something may have changed since the page was made, or while it was cut off.

    Not before it: what changes between the page's asking and the look that others are compared with would never be told.
    """
    clock = asyncio.get_running_loop().time
    watching.open(watcher)
    try:
        yield f"retry: {RETRY}\n\n"
        told_at = clock()
        while True:
            try:
                await asyncio.wait_for(watcher.news.wait(), PING)
            except TimeoutError:
                if clock() < told_at + AT_LEAST_EVERY:
                    yield _event("alive")
                    continue
            watcher.news.clear()
            yield _event(watcher.end or name)
            if watcher.end:
                return
            told_at = clock()
    finally:
        watching.leave(watcher)


def _event(name: str) -> str:
    return f"event: {name}\ndata: 1\n\n"  # without data a browser hears nothing


PAGES = (
    Page("/consola/vivo", Action.TICKET_LIST, stream_inbox),
    Page("/consola/vivo/{ticket}", Action.TICKET_READ, stream_ticket),
)
