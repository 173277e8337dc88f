"""Replies that wait for a second reader: the list, and the two answers to each."""

from starlette.responses import Response

from bot.console.conversation import PATH, back
from bot.console.door import Page
from bot.console.visit import Visit
from bot.handoff import proposals, topics
from bot.permissions import Action


async def show_waiting(visit: Visit) -> Response:
    found = await visit.run(proposals.waiting, visit.actor, visit.now)
    return visit.page("second_reading.html", waiting=[(each, topics.title_of(visit.content, each.topic)) for each in found])


async def approve(visit: Visit) -> Response:
    arrives = await visit.run_once(proposals.approve, visit.number("ticket"), visit.number("proposal"), visit.actor, visit.around)
    return back(visit, "reply_blocked" if arrives is False else "proposal_approved")


async def give_back(visit: Visit) -> Response:
    ticket, why = visit.number("ticket"), visit.fields.get("text", "")
    await visit.run_once(proposals.give_back, ticket, visit.number("proposal"), visit.actor, why, visit.now)
    return back(visit, "proposal_returned")


PAGES = (
    Page("/consola/por-revisar", Action.TICKET_APPROVE, show_waiting),
    Page(f"{PATH}/propuesta/{{proposal}}/aprobar", Action.TICKET_APPROVE, approve, "POST"),
    Page(f"{PATH}/propuesta/{{proposal}}/devolver", Action.TICKET_APPROVE, give_back, "POST"),
)
