"""One request of a member of the staff: who they are, what they sent, and how a page answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from bot.accounts import forms
from bot.accounts.sessions import Signed
from bot.app import App
from bot.console.pages import environment, translations
from bot.console.typed import whole_number
from bot.content.languages import SOURCE
from bot.content.marking import N_
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.doors import DOORS
from bot.permissions import Action, Actor, may

SECTIONS = (
    (N_("Bandeja"), "/consola/bandeja"),
    (N_("Casos"), "/consola/casos"),
    (N_("Revisión"), "/consola/revision"),
    (N_("Ejemplos"), "/consola/ejemplos"),
    (N_("Tablero"), "/consola/tablero"),
    (N_("Derechos"), "/consola/derechos"),
    (N_("Directorio"), "/consola/directorio"),
    (N_("Registro"), "/consola/registro"),
    (N_("Registro"), "/consola/registro/cadena"),
    (N_("Capacitación"), "/consola/capacitacion"),
    (N_("Capacitación"), "/consola/capacitacion/oficinas"),
    (N_("Equipo"), "/consola/equipo"),
)
"""What the bar at the top leads to: of those of one title, the first that the member may open."""
_pages = environment()


@dataclass
class Visit:
    request: Request
    app: App
    now: datetime
    signed: Signed | None = None  # None: on the pages of who has not signed in yet
    fields: Mapping[str, str] = field(default_factory=dict)  # of the form that was sent
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        assert self.signed is not None, "the door lets nobody in who has not signed in"
        return self.signed.actor

    @property
    def next_step(self) -> str | None:
        """The page on which they finish signing in; None: nothing is missing."""
        assert self.signed is not None
        if not self.signed.has_second_factor:
            return "/consola/alta"
        if not self.signed.is_confirmed:
            return "/consola/codigo"
        return None if self.signed.conduct == self.content.team.conduct.version else "/consola/conducta"

    @property
    def content(self) -> Content:
        return self.app.content.current()[0]

    @property
    def around(self) -> Surroundings:
        """What a service needs that tells the person what was done."""
        content, detector = self.app.content.current()
        return Surroundings(content, detector, "console", "", self.now, folder=self.app.settings.files_folder)

    @property
    def is_fragment(self) -> bool:
        """A script of the page asks for a part of it."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def is_stream(self) -> bool:
        return "text/event-stream" in self.request.headers.get("accept", "")

    @property
    def is_by_itself(self) -> bool:
        """The page asks, and nobody need sit in front of it: a browser that was left alone is to be signed out."""
        return self.request.method == "GET" and (self.is_fragment or self.is_stream)

    def number(self, name: str) -> int:
        """A number of the path; what is none is the number of nothing."""
        return whole_number(str(self.request.path_params.get(name, ""))) or 0

    @property
    def language(self) -> str:
        """That the pages are in."""
        return self.signed.language if self.signed else SOURCE

    def say(self, text: str) -> str:
        return self.content.translate(text, self.language)

    async def run[**P, R](self, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A service call, in its transaction."""
        return await self.app.database.run(function, *args, **kwargs)

    async def run_once[**P, R](self, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """The same for a form, on the disk when it returns. None: the form was taken before, and nothing was done again."""

        def once(session: Session) -> R | None:
            used = forms.use(session, forms.name_of(self.fields, self.request.url.path), self.actor.name, self.now)
            return function(session, *args, **kwargs) if used else None

        done = await self.app.database.run_durable(once)
        self.app.worker.on_replies()
        self.app.watching.ring()
        return done

    def page(self, name: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        gettext, ngettext = translations(self.content, self.language)
        always = {
            "visit": self, "signed": self.signed, "now": self.now, "content": self.content, "once": uuid4().hex, "may": self.may,
            "sections": self._sections(), "said": self.request.query_params.get("dicho", ""), "path": self.request.url.path,
            "gettext": gettext, "ngettext": ngettext, "_": gettext, "language": self.language,
        }  # fmt: skip
        return HTMLResponse(_pages.get_template(name).render({**always, **values}), status)

    def to(self, path: str, said: str = "", **query: str) -> RedirectResponse:
        """After a form: the page that shows what came of it. `said`: a name of templates/said.html."""
        asked = urlencode({**({"dicho": said} if said else {}), **query})
        return RedirectResponse(f"{path}?{asked}" if asked else path, status_code=303)

    def may(self, action: str) -> bool:
        return self.signed is not None and may(self.signed.actor.role, Action(action))

    def _sections(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for title, path in SECTIONS:
            if self.may(DOORS[path]):
                found.setdefault(title, path)
        return list(found.items())
