"""A conversation: what was said, what is known about it, and the boxes to answer and to leave a note."""

from datetime import timedelta

from starlette.responses import Response

from bot.console.door import Page
from bot.console.visit import Visit
from bot.content.languages import MEXICO
from bot.handoff.opening import Asked, Opened, open_page
from bot.permissions import Action

PATH = "/consola/peticiones/{ticket}"
NEXT = 9  # o'clock tomorrow: what is offered for putting it off


async def show_conversation(visit: Visit) -> Response:
    assert visit.signed is not None
    query = visit.request.query_params
    before = query.get("antes", "")
    asked = Asked(
        visit.signed.language, visit.is_fragment, int(before) if before.isdecimal() and len(before) < 16 else None,
        query.get("plantilla", "")[:64],
    )  # fmt: skip
    opened: Opened = await visit.run(open_page, visit.number("ticket"), visit.actor, asked, visit.around)
    packet = opened.packet
    sorted_as = {"id": packet.ticket_id, "topic": packet.topic_name, "state": packet.state, "urgency": packet.urgency}
    return visit.page(
        "conversation.html", opened=opened, ticket=sorted_as, tags=packet.tags, tomorrow=_tomorrow(visit),
        translates=bool(visit.app.settings.puente_translator),
    )  # fmt: skip


def _tomorrow(visit: Visit) -> str:
    """As a field of the kind datetime-local wants it, on the clocks of Mexico."""
    day = visit.now.astimezone(MEXICO) + timedelta(days=1)
    return day.strftime(f"%Y-%m-%dT{NEXT:02d}:00")


PAGES = (Page(PATH, Action.TICKET_READ, show_conversation),)
