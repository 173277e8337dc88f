"""Two pages of nobody's, made as the console's are: a list and a conversation, to try what the scripts do. The server can be cut off."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from jinja2 import ChoiceLoader, DictLoader
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Page as BrowserPage
from sqlalchemy import func, select
from starlette.responses import Response

from bot.console import visit as visit_module
from bot.console.console import console_of
from bot.console.door import COOKIE, Console, Page
from bot.console.visit import Visit
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.doors import SIGNED_IN
from bot.errors import RefusedError
from bot.handoff import presence
from bot.local_chat.web import web_app
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketNote
from tests.chats import Chat
from tests.console import Desk

GRACE = 5000  # milliseconds that a slow machine is given
LIST = """{% extends "layout.html" %}
{% from "form.html" import own_form with context %}
{% block title %}({{ tickets | length }}) Lista{% endblock %}
{% block body %} hx-ext="sse" sse-connect="/consola/vivo"{% endblock %}
{% block content %}<h1>Lista</h1>
<ul id="lista" hx-get="{{ path }}" hx-trigger="sse:inbox" hx-select="#lista" hx-swap="outerHTML">
{% for ticket in tickets %}<li><a href="/consola/prueba/{{ ticket.id }}">Petición {{ ticket.id }}</a>
<details><summary>Más de {{ ticket.id }}</summary>{{ ticket.reason }}</details></li>{% endfor %}
</ul><form method="post" action="/consola/prueba/tomar">{{ own_form() }}<button>Tomar</button></form>{% endblock %}"""
TALK = """{% extends "layout.html" %}
{% from "form.html" import own_form with context %}
{% block body %} hx-ext="sse" sse-connect="/consola/vivo/{{ ticket.id }}"{% endblock %}
{% block content %}<h1>Petición {{ ticket.id }}</h1>
<ol id="charla" class="talk" hx-get="{{ path }}" hx-trigger="sse:ticket" hx-select="#charla" hx-swap="outerHTML" hx-select-oob="#estado">
{% for note in notes %}<li>{{ note.text }}
<form method="post" action="/consola/prueba/{{ ticket.id }}/mandar?nota={{ note.id }}">{{ own_form() }}
<label for="t{{ note.id }}">Traducción</label><textarea id="t{{ note.id }}" name="text"></textarea></form></li>{% endfor %}
</ol>
<div id="estado">{% for other in others %}<p>{{ other.who }} {{ "escribe" if other.is_writing else "mira" }}</p>{% endfor %}
<input type="hidden" name="seen" value="{{ notes | length }}" form="mandar"></div>
<form class="compose" id="mandar" method="post" action="/consola/prueba/{{ ticket.id }}/mandar">{{ own_form() }}
<label for="respuesta">Respuesta</label>
<textarea id="respuesta" name="text" data-draft="/consola/prueba/{{ ticket.id }}/borrador">{{ draft }}</textarea>
<button>Mandar</button></form>{% endblock %}"""


@dataclass
class Tried:
    """The service, and what its two forms did."""

    desk: Desk
    address: str = ""
    drafts: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)  # with `seen`
    asked: list[str] = field(default_factory=list)  # pages, by their paths
    taken: int = 0  # times that the browser asked for it
    seconds: float = 0.0  # that sending and taking take

    async def show_list(self, visit: Visit) -> Response:
        self.asked.append(visit.request.url.path)
        found = await visit.run(lambda session: list(session.scalars(select(Ticket).order_by(Ticket.id))))
        return visit.page("try_list.html", tickets=found)

    async def show_talk(self, visit: Visit) -> Response:
        number = visit.number("ticket")
        self.asked.append(visit.request.url.path)
        ticket = await visit.run(lambda session: session.get_one(Ticket, number))
        notes = await visit.run(lambda session: list(session.scalars(select(TicketNote).where(TicketNote.ticket_id == number))))
        others = await visit.run(presence.others, number, visit.actor.name, visit.now)
        return visit.page("try_talk.html", ticket=ticket, notes=notes, others=others, draft=self.drafts[-1] if self.drafts else "")

    async def keep(self, visit: Visit) -> Response:
        await visit.run_once(presence.mark, visit.number("ticket"), visit.actor.name, visit.now, is_writing=True)
        self.drafts.append(visit.fields["text"])
        return Response(status_code=204)

    async def take(self, visit: Visit) -> Response:
        self.taken += 1
        await asyncio.sleep(self.seconds)
        return visit.to("/consola/prueba", "saved")

    async def send(self, visit: Visit) -> Response:
        if "prohibido" in visit.fields["text"]:
            raise RefusedError("Eso no se puede mandar")
        done = await visit.run_once(lambda session: session.scalar(select(func.count()).select_from(Ticket)))
        if done is not None:
            self.sent.append((visit.fields["text"], visit.fields["seen"]))
        time.sleep(self.seconds)
        return visit.to(f"/consola/prueba/{visit.number('ticket')}", "saved")


@contextmanager
def trying(desk: Desk, port: int) -> Iterator[Tried]:
    """In a thread, until the end."""
    tried = Tried(desk, f"http://127.0.0.1:{port}")
    own = [
        Page("/consola/prueba", SIGNED_IN, tried.show_list),
        Page("/consola/prueba/tomar", SIGNED_IN, tried.take, "POST"),
        Page("/consola/prueba/{ticket}", SIGNED_IN, tried.show_talk),
        Page("/consola/prueba/{ticket}/borrador", SIGNED_IN, tried.keep, "POST"),
        Page("/consola/prueba/{ticket}/mandar", SIGNED_IN, tried.send, "POST"),
    ]
    pages = visit_module._pages
    before = pages.loader
    assert before is not None
    pages.loader = ChoiceLoader([DictLoader({"try_list.html": LIST, "try_talk.html": TALK}), before])
    console = Console(desk.app, [*console_of(desk.app).pages, *own], utc_now)
    server = uvicorn.Server(uvicorn.Config(web_app(desk.app, console.routes()), port=port, log_config=None, lifespan="off"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield tried
    finally:
        loop.call_soon_threadsafe(desk.app.watching.close)
        server.should_exit = True
        thread.join(10)
        loop.close()
        pages.loader = before


def signed_in(browser: Browser, tried: Tried, name: str | None = None) -> BrowserContext:
    tried.desk.now = utc_now()
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.add_cookies([{"name": COOKIE, "value": tried.desk.member(name=name).token, "url": tried.address}])
    return context


def request_for_a_person(database: Database, tried: Tried) -> int:
    """As another process writes it: nobody rings."""
    content, danger = tried.desk.app.content.current()
    chat = Chat(database, Surroundings(content, danger, "test", "", utc_now()))
    chat.now = utc_now()
    chat.says("persona")
    return database.call(lambda session: session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first()) or 0


def note(database: Database, ticket: int, text: str) -> None:
    database.call(lambda session: session.add(TicketNote(ticket_id=ticket, who="luis", text=text, at=utc_now())))


def until(holds: Callable[[], bool], page: BrowserPage, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come to hold"
        page.wait_for_timeout(20)


def settled(page: BrowserPage) -> None:
    """The stream is open and its first event has been dealt with."""
    page.wait_for_timeout(700)
