"""The first page after signing in."""

from starlette.responses import Response

from bot.console.visit import Visit


async def show_home(visit: Visit) -> Response:
    return visit.page("home.html")
