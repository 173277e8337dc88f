"""The forms of a conversation's page: take it, pass it on, put it off, answer, note, close. Each has a path of its own."""

from datetime import UTC, datetime

from starlette.responses import Response

from bot.console.conversation import PATH, back
from bot.console.door import Page
from bot.console.typed import whole_number
from bot.console.visit import Visit
from bot.content.languages import MEXICO
from bot.errors import RefusedError
from bot.handoff import attending, drafts, notes, replies
from bot.permissions import Action


async def take(visit: Visit) -> Response:
    await visit.run_once(attending.claim_ticket, visit.number("ticket"), visit.actor, visit.around)
    return back(visit, "ticket_taken")


async def release(visit: Visit) -> Response:
    await visit.run_once(attending.release_ticket, visit.number("ticket"), visit.actor, visit.around)
    return back(visit, "ticket_released")


async def pass_on(visit: Visit) -> Response:
    await visit.run_once(attending.assign_ticket, visit.number("ticket"), visit.actor, visit.fields.get("to", ""), visit.around)
    return back(visit, "ticket_passed")


async def put_off(visit: Visit) -> Response:
    until = _moment(visit.fields.get("until", ""))
    await visit.run_once(attending.snooze_ticket, visit.number("ticket"), visit.actor, until, visit.around)
    return back(visit, "ticket_snoozed")


async def answer(visit: Visit) -> Response:
    """Sent again by a slow line, the form only shows what came of it: nothing goes out twice."""
    outcome = await visit.run_once(
        replies.write, visit.number("ticket"), visit.actor, visit.fields.get("text", ""), visit.around,
        whole_number(visit.fields.get("seen", "")), visit.fields.get("plantilla", "")[:64],
    )  # fmt: skip
    return back(visit, f"reply_{outcome}" if outcome else "reply_known")


async def save_draft(visit: Visit) -> Response:
    """By the page's script, or before a prepared reply is put in the box: then the page comes again with it."""
    await visit.run(drafts.type_on, visit.number("ticket"), visit.actor.name, visit.fields.get("text", ""), visit.now)
    if visit.fields.get("poner"):
        return back(visit, "", plantilla=visit.fields.get("elegida", "")[:64])
    return Response(status_code=204)


async def note(visit: Visit) -> Response:
    await visit.run_once(notes.add, visit.number("ticket"), visit.actor, visit.fields.get("text", ""), visit.now)
    return back(visit, "note_saved")


async def close(visit: Visit) -> Response:
    await visit.run_once(attending.close_ticket, visit.number("ticket"), visit.actor, visit.around)
    return back(visit, "ticket_closed")


async def resend(visit: Visit) -> Response:
    await visit.run_once(replies.resend, visit.number("ticket"), visit.number("message"), visit.actor, visit.now)
    return back(visit, "resent")


def _moment(written: str) -> datetime:
    """What a field of the kind datetime-local sends, on the clocks of Mexico. Raises RefusedError."""
    try:
        return datetime.fromisoformat(written).replace(tzinfo=MEXICO).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError("Elija el día y la hora en que la petición debe volver") from None


PAGES = (
    Page(f"{PATH}/tomar", Action.TICKET_CLAIM, take, "POST"),
    Page(f"{PATH}/soltar", Action.TICKET_CLAIM, release, "POST"),
    Page(f"{PATH}/pasar", Action.TICKET_ASSIGN, pass_on, "POST"),
    Page(f"{PATH}/posponer", Action.TICKET_SNOOZE, put_off, "POST"),
    Page(f"{PATH}/responder", Action.TICKET_REPLY, answer, "POST"),
    Page(f"{PATH}/borrador", Action.TICKET_REPLY, save_draft, "POST"),
    Page(f"{PATH}/nota", Action.TICKET_NOTE, note, "POST"),
    Page(f"{PATH}/cerrar", Action.TICKET_CLOSE, close, "POST"),
    Page(f"{PATH}/reenviar/{{message}}", Action.TICKET_REPLY, resend, "POST"),
)
