"""The web chats on this machine and the health page. They work without JavaScript, and answer on loopback only."""

import contextlib
import ipaddress
import logging
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.app import App
from bot.conversation import inbox
from bot.conversation.formatting import as_html
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.worker import utc_now
from bot.health import health, measure
from bot.local_chat.exchange import exchange, history
from bot.records.conversations import OF_OFFICIALS

logger = logging.getLogger(__name__)

SHOWN = 60  # messages
LONGEST_FORM = 200_000  # bytes; a message is cut far below that
HERE = Path(__file__).parent
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1", "testserver"}
CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"
}  # fmt: skip


@dataclass(frozen=True)
class LocalChat:
    """A chat of a browser on this machine with one of our two assistants."""

    bot_id: str
    path: str
    cookie: str
    is_for_officials: bool = False

    @property
    def say_at(self) -> str:
        return f"{self.path.rstrip('/')}/mensaje"


CHATS = (LocalChat("web", "/", "puente_chat"), LocalChat(f"web{OF_OFFICIALS}", "/oficiales", "puente_oficiales", is_for_officials=True))
BOT_IDS = tuple(each.bot_id for each in CHATS)

pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
pages.filters["marked"] = lambda text: Markup(as_html(text))  # noqa: S704  as_html escapes everything but its own marks


def web_app(app: App, routes_of_doors: Sequence[BaseRoute] = ()) -> Starlette:
    async def show_health(request: Request) -> Response:
        state = await health(app)
        page = pages.get_template("health.html").render(state=state)
        return HTMLResponse(page, status_code=200 if state.is_well else 503)

    async def healthz(request: Request) -> Response:
        state = await health(app)
        return JSONResponse(state.to_json(), status_code=200 if state.is_well else 503)

    async def show_metrics(request: Request) -> Response:
        await measure(app)
        return Response(app.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    routes = [
        *routes_of_doors,
        *(route for talk in CHATS for route in _routes_of(app, talk)),
        Route("/health", show_health),
        Route("/healthz", healthz),
        Route("/metrics", show_metrics),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    middleware = [Middleware(_Protected)]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={SQLAlchemyError: _not_kept})


def _routes_of(app: App, talk: LocalChat) -> tuple[Route, Route]:
    async def show(request: Request) -> Response:
        _loopback_only(request)
        chat = _chat(request, talk)
        messages = await app.database.run(history, talk.bot_id, chat, SHOWN) if chat else []
        last = messages[-1] if messages else None
        page = pages.get_template("chat.html").render(
            messages=messages, last=last, once=uuid.uuid4().hex, institution=app.content.current()[0].institution, talk=talk
        )
        response = HTMLResponse(page)
        if not chat:
            response.set_cookie(talk.cookie, secrets.token_urlsafe(24), httponly=True, samesite="strict", max_age=86_400)
        return response

    async def say(request: Request) -> Response:
        _loopback_only(request)
        _same_origin(request)
        chat = _chat(request, talk)
        if int(request.headers.get("content-length") or 0) > LONGEST_FORM:
            raise HTTPException(413, "Ese mensaje es demasiado largo.")
        form = await request.form(max_fields=4)
        payload, text, once = (str(form.get(name) or "") for name in ("button", "text", "once"))
        if not chat or not once or not (payload or text.strip()):
            return RedirectResponse(talk.path, status_code=303)
        incoming = Incoming(Kind.BUTTON, payload=payload[:128]) if payload else text_message(text)
        with contextlib.suppress(TimeoutError):  # the page shows the answer as soon as it is there
            await exchange(app, inbox.Arrival(talk.bot_id, once[:48], chat, incoming, utc_now()))
        return RedirectResponse(f"{talk.path}#ultimo", status_code=303)

    return Route(talk.path, show), Route(talk.say_at, say, methods=["POST"])


async def _not_kept(request: Request, error: Exception) -> Response:
    """The database cannot take anything in just now: the person is told, so that nothing is lost in silence."""
    logger.error("A message could not be kept (%s)", type(error).__name__)
    return HTMLResponse(pages.get_template("not_kept.html").render(talk=_talk_at(request)), status_code=503)


class _Protected:
    """What a page does not say itself. Starlette's own base for such classes would keep a stream alive that nobody reads any more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, protected)


def _talk_at(request: Request) -> LocalChat:
    return next((each for each in CHATS if request.url.path in (each.path, each.say_at)), CHATS[0])


def _chat(request: Request, talk: LocalChat) -> str:
    """The random name of this browser's chat; whoever has the cookie has the chat."""
    name = request.cookies.get(talk.cookie, "")
    return name if 16 <= len(name) <= 64 else ""


def _loopback_only(request: Request) -> None:
    """From this machine and by a name of this machine: a page elsewhere cannot reach it by renaming itself (DNS rebinding)."""
    host = (urlsplit(f"//{request.headers.get('host', '')}").hostname or "").lower()
    try:
        from_here = request.client is not None and (
            request.client.host == "testclient" or ipaddress.ip_address(request.client.host).is_loopback
        )
    except ValueError:
        from_here = False
    if not from_here or host not in LOOPBACK_NAMES:
        raise HTTPException(403, "El chat local solo se abre en esta misma computadora.")


def _same_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "Ese formulario no es de esta página.")
