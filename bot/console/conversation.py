"""A conversation: what was said, what is known about it, and the boxes to answer and to leave a note."""

from datetime import timedelta

from starlette.responses import Response

from bot.console.door import Page
from bot.console.typed import whole_number
from bot.console.visit import Visit
from bot.content.languages import MEXICO
from bot.handoff.opening import Asked, open_page
from bot.permissions import Action

PATH = "/consola/peticiones/{ticket}"
NEXT = 9  # o'clock tomorrow: what is offered for putting it off


async def show_conversation(visit: Visit) -> Response:
    assert visit.signed is not None
    query = visit.request.query_params
    asked = Asked(
        visit.signed.language, visit.is_fragment, whole_number(query.get("antes", "")), query.get("plantilla", "")[:64],
    )  # fmt: skip
    opened = await visit.run(open_page, visit.number("ticket"), visit.actor, asked, visit.around)
    return visit.page("conversation.html", opened=opened, tomorrow=_tomorrow(visit), translates=bool(visit.app.settings.puente_translator))


def back(visit: Visit, said: str, **query: str) -> Response:
    """After a form of that page."""
    return visit.to(PATH.format(ticket=visit.number("ticket")), said, **query)


def _tomorrow(visit: Visit) -> str:
    """As a field of the kind datetime-local wants it, on the clocks of Mexico."""
    day = visit.now.astimezone(MEXICO) + timedelta(days=1)
    return day.strftime(f"%Y-%m-%dT{NEXT:02d}:00")


PAGES = (Page(PATH, Action.TICKET_READ, show_conversation),)
