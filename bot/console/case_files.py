"""What the page of a case does with the case file of its programme: the stage, a document, a photograph that is opened for a reason."""

import asyncio

from starlette.responses import Response

from bot import pictures
from bot.cases import checklist, files, stages
from bot.console.door import Page
from bot.console.downloads import download, picture
from bot.console.referrals import RECORD, answered, back, folio_of
from bot.console.typed import one_of
from bot.console.visit import Visit
from bot.errors import RefusedError
from bot.file_types import kind_of
from bot.permissions import Action
from bot.records.cases import DocumentState, Stage


async def advance(visit: Visit) -> Response:
    stage = one_of(Stage, visit.fields.get("stage"))
    if stage is None:
        raise RefusedError("Elija a qué etapa pasa")
    why = visit.fields.get("text", "").strip() or None
    told = await visit.run_once(stages.advance, visit.actor, folio_of(visit), stage, why, visit.around)
    return answered(visit, told)


async def decide(visit: Visit) -> Response:
    state = one_of(DocumentState, visit.fields.get("state"))
    if state not in (DocumentState.ACCEPTED, DocumentState.REJECTED):
        raise RefusedError("Diga si el papel sirve o si se pide otro")
    why = visit.fields.get("text", "").strip() or None
    name = visit.fields.get("paper", "")
    told = await visit.run_once(checklist.decide, visit.actor, folio_of(visit), name, state, why, visit.around)
    return answered(visit, told)


async def open_photo(visit: Visit) -> Response:
    """The picture itself, drawn anew; a PDF is given as a file to keep. The opening is on the disk before anything is read."""
    folder, why = visit.app.settings.files_folder, visit.fields.get("text", "")
    stored = await visit.run_once(
        files.open_for, visit.actor, folio_of(visit), visit.fields.get("paper", ""), why, visit.content, visit.now
    )  # fmt: skip
    if stored is None:
        return back(visit)
    data = await asyncio.to_thread(files.read, folder, stored)
    if kind_of(data)[0] == "application/pdf":
        return download(data, f"{folio_of(visit)}.pdf", "application/pdf")
    drawn = await asyncio.to_thread(pictures.drawn_anew, data)
    return picture(drawn.data, drawn.media_type)


PAGES = (
    Page(f"{RECORD}/etapa", Action.CASE_ADVANCE, advance, "POST"),
    Page(f"{RECORD}/papel", Action.CASE_ADVANCE, decide, "POST"),
    Page(f"{RECORD}/foto", Action.CASE_READ, open_photo, "POST"),
)
