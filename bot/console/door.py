"""The console's door: every page with the action it needs, and what is asked of each request before its page is called.

A request has to come from a browser in which somebody signed in, whose role may do what the page does. A form also has to come from one of
our own pages (its value, which only that session's pages carry, and where the browser says it comes from) and does what it does once.
"""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from python_multipart.multipart import parse_options_header
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.accounts import sessions
from bot.app import App
from bot.console.cookie import COOKIE, name_of
from bot.console.pages import HERE
from bot.console.visit import Visit
from bot.conversation.worker import utc_now
from bot.doors import BEGUN, OPEN, SIGNED_IN
from bot.errors import RefusedError
from bot.partner_page.patience import Patience, address_of
from bot.permissions import Action, may

logger = logging.getLogger(__name__)

__all__ = ["COOKIE", "HEADERS", "Console", "Page"]

SIGN_IN, STATIC = "/consola/entrar", "/consola/estilo"
LARGEST = 300_000  # bytes of a form without files
LARGEST_FILES = 21_000_000
MOST_FIELDS = 60
NUL = "\0"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Page:
    """`needs`: the action of `doors.DOORS` under the same path, SIGNED_IN, BEGUN for what
    signing in is finished with, or OPEN for who is to sign in."""

    path: str
    needs: Action | str
    answer: Callable[[Visit], Awaitable[Response]]
    method: str = "GET"
    takes_files: bool = False


class Console:
    """`clock`: for tests."""

    def __init__(self, app: App, pages: Sequence[Page], clock: Callable[[], datetime] = utc_now) -> None:
        self._app, self.pages, self._now, self._patience = app, pages, clock, Patience()

    def routes(self) -> list[BaseRoute]:
        """Several pages of one path and different methods are one route each."""
        made: list[BaseRoute] = [Route(each.path, self._guarded(each), methods=[each.method]) for each in self.pages]
        return [*made, Mount(STATIC, StaticFiles(directory=HERE / "static"))]

    def _guarded(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            visit = Visit(request, self._app, self._now())
            try:
                response = await self._answer(visit, page)
            except RefusedError as error:
                response = visit.page("refused.html", 409, why=str(error), typed=visit.fields.get("text", ""))
            except HTTPException as error:
                response = visit.page("failed.html", error.status_code, status=error.status_code)
            except SQLAlchemyError as error:
                logger.error("A page of the console could not be made (%s)", type(error).__name__)
                response = visit.page("failed.html", 503, status=503, typed=visit.fields.get("text", ""))
            except Exception:  # a door: whoever works here needs a page to go on from, and we a trace
                number = secrets.token_hex(4)
                logger.exception("A page of the console failed (%s)", number)
                response = visit.page("failed.html", 500, status=500, number=number, typed=visit.fields.get("text", ""))
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded

    async def _answer(self, visit: Visit, page: Page) -> Response:
        _require_text(visit.request)
        token = visit.request.cookies.get(name_of(self._app.settings), "")
        if token and len(token) <= 64:
            visit.signed = await visit.run(sessions.find, token, visit.now, not visit.is_by_itself)
        if page.method == "POST" and (not page.takes_files or _may_send_files(visit, page)):
            visit.fields, visit.files = await _form(visit.request, page.takes_files)
        if page.needs == OPEN:
            return await self._answer_stranger(visit, page)
        if visit.signed is None:
            return self._to(visit, page, SIGN_IN)
        if page.needs == BEGUN:
            return await self._answer_beginner(visit, page)
        if step := visit.next_step:
            return self._to(visit, page, step)
        if page.needs != SIGNED_IN and not may(visit.actor.role, Action(page.needs)):
            return visit.page("forbidden.html", 403)
        if page.method == "POST":
            _require_own_form(visit)
        return await page.answer(visit)

    async def _answer_stranger(self, visit: Visit, page: Page) -> Response:
        """Not too often: whoever guesses passwords or links is slowed down before anything is computed."""
        if page.method == "POST" or "{" in page.path:
            if not await self._patience.knock(address_of(visit.request)):
                return visit.page("slow.html", 429)
            if page.method == "POST":
                _require_same_site(visit.request)
        return await self._patiently(visit, page)

    async def _answer_beginner(self, visit: Visit, page: Page) -> Response:
        """So is who guesses the second factor."""
        if page.method == "POST":
            if not await self._patience.knock(address_of(visit.request)):
                return visit.page("slow.html", 429)
            _require_own_form(visit)
        return await self._patiently(visit, page)

    async def _patiently(self, visit: Visit, page: Page) -> Response:
        response = await page.answer(visit)
        if response.status_code in (401, 404):
            await self._patience.missed(address_of(visit.request))
        return response

    def _to(self, visit: Visit, page: Page, step: str) -> Response:
        """What they have to do first; what they had written is shown to them, and where they wanted to go is kept."""
        if page.method == "POST" or visit.is_fragment or visit.is_stream:
            return visit.page("signed_out.html", 401, typed=visit.fields.get("text", ""), step=step)
        asked = visit.request.url.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
        return RedirectResponse(f"{step}?sigue={quote(asked, safe='/')}", status_code=303)


def _may_send_files(visit: Visit, page: Page) -> bool:
    """Files are read for nobody who may not send them: they are large, and what they end with is refused anyway."""
    return visit.signed is not None and page.needs in Action and may(visit.actor.role, Action(page.needs))


async def _form(request: Request, takes_files: bool) -> tuple[dict[str, str], dict[str, bytes]]:
    """Raises HTTPException when it is larger than any of ours, or says its letters otherwise: those that a browser sends are UTF-8."""
    most = LARGEST_FILES if takes_files else LARGEST
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal() and len(length) < 16 and int(length) <= most):
        raise HTTPException(413)
    _, parameters = parse_options_header(request.headers.get("content-type", ""))
    if parameters.get(b"charset", b"utf-8").lower() != b"utf-8":  # a script's form names it, a page's does not
        raise HTTPException(400)
    async with request.form(max_fields=MOST_FIELDS, max_files=3 if takes_files else 0) as form:
        fields: dict[str, str] = {}
        files: dict[str, bytes] = {}
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = await value.read()
            else:
                text = value.replace(NUL, "")
                fields[name] = f"{fields[name]},{text}" if name in fields else text  # ticked boxes of one name
        return fields, files


def _require_own_form(visit: Visit) -> None:
    """Raises HTTPException for a form that none of this session's pages has made."""
    assert visit.signed is not None
    _require_same_site(visit.request)
    if not hmac.compare_digest(visit.fields.get("csrf", "").encode(), visit.signed.csrf.encode()):
        raise HTTPException(403)
    if not 16 <= len(visit.fields.get("once", "")) <= 64:
        raise HTTPException(400)


def _require_same_site(request: Request) -> None:
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    if origin and origin != "null" and _place_of(origin) != host:
        raise HTTPException(403)


def _place_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _require_text(request: Request) -> None:
    """PostgreSQL takes no NUL in a text, and no page of ours leads to an address with one. Raises HTTPException."""
    if any(NUL in each for each in (request.url.path, *request.path_params.values(), *map("".join, request.query_params.multi_items()))):
        raise HTTPException(400)
