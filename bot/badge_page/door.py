"""The web door of certificates: by the holder's link, by number, the public keys and the revocation list, and a page that verifies files.

The holder's link opens the name and the files, so what partner_page says of links holds here too: a wrong one costs patience, nothing is
kept or framed. By number anybody sees what the certificate says, and never whose it is; a name can be compared with the hashed one, and a
name that does not fit costs patience as a wrong link does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.badge_page import checker
from bot.badge_page.checker import FILE, HERE, Trusted, pages
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.worker import utc_now
from bot.courses import certificates, credential, signing
from bot.courses.certificate_paper import Issuer, file_name, sheet
from bot.courses.certificates import Shown, State
from bot.courses.verification import payload_in
from bot.partner_page.door import HEADERS as PRIVATE
from bot.partner_page.door import fields_of
from bot.partner_page.patience import Patience, address_of
from bot.records.database import Database

logger = logging.getLogger(__name__)

HOLDER, PDF, JWT = "/constancia/{token}", "/constancia/{token}/pdf", "/constancia/{token}/jwt"
FIND, BADGE = "/insignia", "/insignia/{number}"
CHECK, CHECK_FILE, FILES = "/verificar", f"/verificar/{FILE}", "/insignias/pagina"
LONGEST_NAME = 80
HEADERS = {
    **PRIVATE,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
}
PUBLIC = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}

type Answer = Callable[[Request], Awaitable[Response]]


class BadgeDoor:
    """`origin`: PUENTE_PUBLIC_URL. `clock`: for tests."""

    def __init__(
        self, database: Database, content: LiveContent, origin: str | None, clock: Callable[[], datetime] = utc_now
    ) -> None:  # fmt: skip
        self._database, self._content, self._origin, self._now, self._patience = database, content, origin, clock, Patience()

    def routes(self) -> list[BaseRoute]:
        answers: list[tuple[str, Answer, str]] = [
            (HOLDER, self._show_holder, "GET"), (PDF, self._give_pdf, "GET"), (JWT, self._give_jwt, "GET"),
            (FIND, self._find, "GET"), (BADGE, self._show_badge, "GET"), (BADGE, self._compare_name, "POST"),
            (credential.KEYS, self._give_keys, "GET"), (credential.KEY, self._give_key, "GET"),
            (credential.ISSUER, self._give_issuer, "GET"), (credential.REVOKED, self._give_revoked, "GET"),
            (CHECK, self._show_check, "GET"), (CHECK_FILE, self._give_check, "GET"),
        ]  # fmt: skip
        made: list[BaseRoute] = [Route(path, self._guarded(answer), methods=[method]) for path, answer, method in answers]
        return [*made, Mount(FILES, StaticFiles(directory=HERE / "static"))]

    def _guarded(self, answer: Answer) -> Answer:
        """Not too often, and in one way whatever goes wrong."""

        async def guarded(request: Request) -> Response:
            address = address_of(request)
            if not await self._patience.knock(address):
                return _page("slow.html", 429, {"Retry-After": "60"})
            try:
                response = await answer(request)
            except HTTPException as error:
                return _page("failed.html", error.status_code)
            except SQLAlchemyError as error:
                logger.error("A page about a certificate could not be made (%s)", type(error).__name__)
                return _page("failed.html", 503)
            if response.status_code in (404, 422):
                await self._patience.missed(address)
            return response

        return guarded

    @property
    def _published(self) -> Content:
        return self._content.current()[0]

    async def _held(self, request: Request) -> Shown | None:
        return await self._database.run(certificates.held, request.path_params["token"], self._published, self._now())

    async def _show_holder(self, request: Request) -> Response:
        shown = await self._held(request)
        if shown is None:
            return _gone()
        return _page("holder.html", shown=shown, token=request.path_params["token"], proves=self._published.learning.proves)

    async def _give_pdf(self, request: Request) -> Response:
        shown = await self._held(request)
        if shown is None or shown.state is State.REVOKED or not shown.is_proof:
            return _gone()
        learning = self._published.learning
        issuer = Issuer(learning.issuer, learning.proves, self._origin)
        made = await asyncio.to_thread(sheet, shown, issuer, self._now())
        return _file(made, "application/pdf", file_name(shown, "pdf"))

    async def _give_jwt(self, request: Request) -> Response:
        """As text, as §5.2 says."""
        shown = await self._held(request)
        return _file(shown.signed.encode(), "text/plain", file_name(shown, "jwt")) if shown and shown.is_proof else _gone()

    async def _find(self, request: Request) -> Response:
        number = certificates.cleaned(request.query_params.get("numero", ""))
        if not number:
            return _page("find.html")
        return RedirectResponse(f"/insignia/{quote(number[:64], safe='')}", status_code=303, headers=HEADERS)

    async def _badge(self, request: Request) -> Shown | None:
        return await self._database.run(certificates.public, request.path_params["number"], self._published, self._now())

    async def _show_badge(self, request: Request) -> Response:
        shown = await self._badge(request)
        return _page("badge.html", shown=shown, fits=None, longest=LONGEST_NAME) if shown else _gone()

    async def _compare_name(self, request: Request) -> Response:
        shown = await self._badge(request)
        if shown is None or not shown.signed:
            return _gone()
        name = (await fields_of(request)).get("name", "").strip()[:LONGEST_NAME]
        fits = credential.is_of(payload_in(shown.signed), name)
        return _page("badge.html", 200 if fits else 422, shown=shown, fits=fits, longest=LONGEST_NAME)

    async def _give_keys(self, _: Request) -> Response:
        return _json(await self._database.run(signing.public_keys))

    async def _give_key(self, request: Request) -> Response:
        """410 of one that got out: a program that comes by its address guesses nothing, and loses no patience."""
        name = request.path_params["name"]
        found = await self._database.run(signing.public_key, name)
        if found is None and await self._database.run(signing.is_leaked, name):
            return _json({signing.LEAKED: [name]}, 410)
        return _json(found) if found else _gone()

    async def _give_issuer(self, _: Request) -> Response:
        profile = credential.issuer_of(self._published, self._origin)
        return _json({"@context": list(credential.CONTEXT), **profile})

    async def _give_revoked(self, _: Request) -> Response:
        return _json(await self._database.run(certificates.revocations, self._origin))

    async def _trusted(self) -> Trusted:
        keys = await self._database.run(signing.public_keys)
        return Trusted(keys, await self._database.run(certificates.revocations, self._origin), self._now())

    async def _show_check(self, _: Request) -> Response:
        return HTMLResponse(checker.page(await self._trusted()), headers=HEADERS)

    async def _give_check(self, _: Request) -> Response:
        return _file(checker.single_file(await self._trusted()).encode(), "text/html; charset=utf-8", FILE)


def _gone() -> Response:
    return _page("gone.html", 404)


def _page(name: str, status: int = 200, headers: dict[str, str] | None = None, /, **values: Any) -> Response:
    return HTMLResponse(pages.get_template(name).render(values), status, {**HEADERS, **(headers or {})})


def _file(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, media_type=media_type, headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'})


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(value, status, headers=PUBLIC)
