"""Rows to take along: what of, in which format, and a password for the file; then a link that works once."""

import asyncio

from starlette.responses import Response

from bot.console.dashboard import wish_of
from bot.console.door import Page
from bot.console.downloads import download
from bot.console.visit import Visit
from bot.errors import RefusedError
from bot.numbers import exports
from bot.numbers.dashboard import MONTHS, Wish, recent_months
from bot.numbers.reading import snapshot
from bot.numbers.rows import FORMATS, KINDS, Row, conversation_rows, referral_rows, written
from bot.permissions import Action

LIST = "/consola/exportar"


async def show(visit: Visit) -> Response:
    organizations = sorted((each.short_name, key) for key, each in visit.content.organizations.items())
    return visit.page(
        "export.html", kinds=KINDS, formats=FORMATS, spans=MONTHS, months=recent_months(visit.now), organizations=organizations,
        shortest=exports.SHORTEST_PASSWORD,
    )  # fmt: skip


async def make(visit: Visit) -> Response:
    kind, form = visit.fields.get("que", ""), visit.fields.get("formato", "")
    if kind not in KINDS or form not in FORMATS:
        raise RefusedError("Elija qué exportar y en qué formato")
    password = visit.fields.get("password", "")
    exports.require_password(password, visit.fields.get("again", ""))
    rows, content = await asyncio.to_thread(_made, visit, kind, form, wish_of(visit), password)
    folder = visit.app.settings.exports_folder
    token = await visit.run_once(exports.keep, visit.actor, f"{kind} {form}", rows, content, folder, visit.now)
    if token is None:
        return visit.to(LIST, "export_made")
    return visit.page("export_made.html", token=token, rows=rows, until=visit.now + exports.LASTS)


def _made(visit: Visit, kind: str, form: str, wish: Wish, password: str) -> tuple[int, bytes]:
    """On a thread of its own: no conversation waits for it."""
    with snapshot(visit.app.database) as session:
        period = wish.period(visit.now)
        rows: list[Row] = (
            conversation_rows(session, visit.actor, period)
            if kind == "conversations"
            else referral_rows(session, visit.actor, period, visit.content, wish.organization, visit.now)
        )
    return len(rows), exports.sealed(written(rows, form), password)


async def take(visit: Visit) -> Response:
    if visit.request.method != "GET":
        return Response(status_code=405)  # who only looks whether it is there must not use it up
    folder = visit.app.settings.exports_folder
    what, content = await visit.run(exports.take, visit.actor, visit.request.path_params["token"], folder, visit.now)
    kind, form = what.split()
    return download(content, f"puente-{kind}-{visit.now:%Y-%m-%d}.{form}.age", "application/octet-stream")


PAGES = (
    Page(LIST, Action.TICKET_EXPORT, show),
    Page(f"{LIST}/hacer", Action.TICKET_EXPORT, make, "POST"),
    Page(f"{LIST}/{{token}}", Action.TICKET_EXPORT, take),
)
