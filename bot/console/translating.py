"""What the person wrote, in the language of who reads: by the program on this machine, or by a member's own hand."""

import asyncio

from starlette.responses import Response

from bot.console.conversation import PATH, back
from bot.console.door import Page
from bot.console.visit import Visit
from bot.errors import RefusedError
from bot.handoff import translating
from bot.permissions import Action


async def translate(visit: Visit) -> Response:
    """The program runs between two transactions: it may take long."""
    assert visit.signed is not None
    ticket, language, command = visit.number("ticket"), visit.signed.language, visit.app.settings.puente_translator
    if not command:
        raise RefusedError("Aquí no hay traducción automática; puede escribir una usted")
    source, texts = await visit.run(translating.untranslated, ticket, visit.actor, language, visit.now)
    made = await asyncio.to_thread(translating.made, translating.Translator(command), texts, source, language)
    await visit.run_once(translating.keep, ticket, made, language, visit.actor, visit.now)
    return back(visit, "translated")


async def write(visit: Visit) -> Response:
    assert visit.signed is not None
    ticket, text = visit.number("ticket"), visit.fields.get("text", "")
    language = visit.signed.language
    await visit.run_once(translating.write, ticket, visit.number("message"), text, language, visit.actor, visit.now)
    return back(visit, "translated")


PAGES = (
    Page(f"{PATH}/traducir", Action.TICKET_READ, translate, "POST"),
    Page(f"{PATH}/traducir/{{message}}", Action.TICKET_NOTE, write, "POST"),
)
