"""Files that a person sent: opened with a reason, then shown for some minutes to whoever gave it. Nothing of them is kept on the disk."""

import asyncio

from starlette.responses import Response

from bot.console.conversation import PATH, back
from bot.console.door import Page
from bot.console.visit import Visit
from bot.errors import RefusedError, TelegramError
from bot.handoff import attachments, attending, media
from bot.permissions import Action

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox"
"""Whatever a browser takes it for, no script of it runs and it knows nothing of the console."""


async def open_file(visit: Visit) -> Response:
    ticket, why = visit.number("ticket"), visit.fields.get("why", "")
    await visit.run_once(attending.open_file, ticket, visit.number("file"), visit.actor, why, visit.now)
    return back(visit, "file_opened")


async def show_file(visit: Visit) -> Response:
    ticket, number = visit.number("ticket"), visit.number("file")
    file = await visit.run(attachments.opened_by, ticket, number, visit.actor.name, visit.now)
    if visit.app.fetch_file is None:
        raise RefusedError("Aquí no se pueden pedir archivos a Telegram: el servicio no tiene su cuenta")
    try:
        data = await visit.app.fetch_file(file)
    except TelegramError:
        raise RefusedError("Telegram no da el archivo ahora; puede que ya lo haya borrado. Intente más tarde") from None
    shown = await asyncio.to_thread(media.shown, data)
    how = "attachment" if shown.is_downloaded else "inline"
    headers = {"Content-Disposition": f'{how}; filename="{shown.name(ticket, number)}"', "Content-Security-Policy": SANDBOX}
    return Response(shown.data, media_type=shown.media_type, headers=headers)


PAGES = (
    Page(f"{PATH}/archivo/{{file}}/abrir", Action.FILE_OPEN, open_file, "POST"),
    Page(f"{PATH}/archivo/{{file}}", Action.FILE_OPEN, show_file),
)
