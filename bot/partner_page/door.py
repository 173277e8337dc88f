"""The web door of institutions: a case by link.

Whoever has the link has the case, so a wrong, an expired and a revoked link look the same, no page may be kept, framed or found by a
search engine, and a browser tells nobody where it came from. That hides the form's origin too: its own value stands for it.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.content.languages import moment_in_words
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.errors import RefusedError
from bot.partner_page.patience import Patience, address_of
from bot.records.database import Database
from bot.records.referrals import ReferralState
from bot.referrals import lifecycle, partner_links
from bot.referrals.partner_links import Said, SharedCase, StaleFormError

logger = logging.getLogger(__name__)

CASE, FILES = "/caso/{token}", "/paginas"
LARGEST = 20_000  # bytes of a form
MOST_FIELDS = 8
HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
pages.filters["day"] = moment_in_words


class PartnerDoor:
    """`clock`: for tests, which cannot wait fourteen days."""

    def __init__(self, database: Database, content: LiveContent, clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._content, self._now, self._patience = database, content, clock, Patience()

    def routes(self) -> list[BaseRoute]:
        return [
            Route(CASE, self._guarded(self._show_case)),
            Route(CASE, self._guarded(self._take_answer), methods=["POST"]),
            Mount(FILES, StaticFiles(directory=HERE / "static")),
        ]

    def _guarded(self, answer: Callable[[Request, str], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Not too often, and in one way whatever goes wrong."""

        async def guarded(request: Request) -> Response:
            address = address_of(request)
            if not await self._patience.knock(address):
                return _page("slow.html", 429, {"Retry-After": "60"})
            try:
                response = await answer(request, request.path_params["token"])
            except HTTPException as error:
                return _page("failed.html", error.status_code)
            except SQLAlchemyError as error:
                logger.error("A page for an institution could not be made (%s)", type(error).__name__)
                return _page("failed.html", 503)
            if response.status_code == 404:
                await self._patience.missed(address)
            return response

        return guarded

    async def _show_case(self, request: Request, token: str) -> Response:
        content, _ = self._content.current()
        read = partner_links.look if request.method == "HEAD" else partner_links.open_link
        case = await self._database.run(read, token, content, self._now())
        return _case_page(case, content, "kept" if "anotado" in request.query_params else "") if case else _gone()

    async def _take_answer(self, request: Request, token: str) -> Response:
        content, detector = self._content.current()
        around = Surroundings(content, detector, "partner page", "", self._now())
        fields = await fields_of(request)
        said = Said(fields.get("answer", ""), fields.get("why") or None, fields.get("note", "").strip() or None)
        try:
            case = await self._database.run_durable(partner_links.answer, token, fields.get("form", ""), said, around)
        except StaleFormError:
            return await self._again(token, content, "stale", 409)
        except RefusedError:
            return await self._again(token, content, "refused", 422)
        if case is None:
            return _gone()
        if case.state not in lifecycle.AT_AN_OFFICE:
            return _page("ended.html", case=case)
        return RedirectResponse(f"/caso/{token}?anotado", status_code=303, headers=HEADERS)

    async def _again(self, token: str, content: Content, notice: str, status: int) -> Response:
        case = await self._database.run(partner_links.open_link, token, content, self._now())
        return _case_page(case, content, notice, status) if case else _gone()


def _case_page(case: SharedCase, content: Content, notice: str = "", status: int = 200) -> Response:
    service = content.services.get(case.service_id or "")
    return _page(
        "case.html", status, case=case, organization=content.organizations.get(case.organization_id), service=service, 
        reasons=lifecycle.REASONS[ReferralState.REJECTED], notice=notice, longest_note=lifecycle.LONGEST_NOTE,
    )  # fmt: skip


def _gone() -> Response:
    return _page("gone.html", 404)


def _page(name: str, status: int = 200, headers: dict[str, str] | None = None, /, **values: Any) -> Response:
    return HTMLResponse(pages.get_template(name).render(values), status, {**HEADERS, **(headers or {})})


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form, each once. Raises HTTPException when it is too long or is none."""
    body = bytearray()
    async for some in request.stream():  # the length need not be said, or be true
        body += some
        if len(body) > LARGEST:
            raise HTTPException(413)
    try:
        return {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=MOST_FIELDS, errors="strict").items()}
    except ValueError:
        raise HTTPException(400) from None
