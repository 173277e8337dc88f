"""The first page after signing in: what waits for this member today."""

from starlette.responses import Response

from bot import today
from bot.console.visit import Visit
from bot.handoff.queue import MOST_COUNTED


async def show_home(visit: Visit) -> Response:
    return visit.page("home.html", numbers=await visit.run(today.numbers, visit.actor, visit.now), most=MOST_COUNTED)
