"""A person at Telegram and members of the staff at browsers, and what each of them does and sees."""

import contextlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Locator, Page
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import select

from bot.conversation import inbox
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketState
from tests.e2e.conftest import Running, colleague
from tests.e2e.peer import BOT_ID, Peer, Sent

GRACE = 10_000  # milliseconds that a slow machine is given
SIZES = {"telephone": {"width": 360, "height": 740}, "desk": {"width": 1366, "height": 768}}
CHATS = itertools.count(880_000_001)

REPLY, SEND = "Lo que recibe la persona", "Mandar a la persona"
NOTE, KEEP = "Lo que lee el equipo", "Guardar nota para el equipo"
TAKE, CLOSE = "Tomar la petición", "Cerrar la petición"


@dataclass
class Person:
    """Somebody on Telegram."""

    peer: Peer
    database: Database
    chat: int = field(default_factory=lambda: next(CHATS))

    def says(self, text: str) -> None:
        self.peer.message(self.chat, text)

    def presses(self, title: str) -> None:
        """The newest button of that title."""
        [payload] = [data for sent in self.got for shown, data in sent.buttons if shown == title][-1:]
        self.peer.press(self.chat, payload)

    @property
    def got(self) -> list[Sent]:
        return self.peer.to(self.chat)

    def hears(self, text: str, count: int = 1) -> Sent:
        """Waits for it."""
        until(lambda: sum(text in each.text for each in self.got) >= count)
        return [each for each in self.got if text in each.text][-1]

    def asks_for_a_person(self) -> int:
        """The number of the ticket, once it is there and was answered."""
        self.says("quiero hablar con una persona")
        until(lambda: self.ticket() is not None)
        until(lambda: bool(self.got))
        number = self.ticket()
        assert number is not None
        return number

    def ticket(self) -> int | None:
        chat = inbox.chat_hash(f"telegram:{BOT_ID}", str(self.chat))
        query = select(Ticket.id).join(Conversation, Conversation.id == Ticket.conversation_id).where(Conversation.chat == chat)
        return self.database.call(lambda session: session.scalars(query.order_by(Ticket.id.desc())).first())

    def state(self) -> TicketState:
        return self.database.call(lambda session: session.get_one(Ticket, self.ticket()).state)


@dataclass
class Desk:
    """The service, the browser, and who of the staff has signed in."""

    running: Running
    database: Database
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def opens(self, name: str, role: Role = Role.AGENT, size: str = "desk", scripts: bool = True) -> Page:
        """Their browser, with nothing open in it yet."""
        member = colleague(self.database, self.running.address, name, role)
        context = self.browser.new_context(viewport=SIZES[size], java_script_enabled=scripts, base_url=self.running.address)
        context.add_cookies([member.cookie])  # type: ignore[list-item]
        context.set_default_timeout(GRACE)
        self.contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        for each in self.contexts:
            close(each)
        self.contexts.clear()


def close(context: BrowserContext) -> None:
    """Each page is left first: Chromium waits for ever for one that is closed in the moment in which another takes its place."""
    for page in context.pages:
        with contextlib.suppress(PlaywrightError):  # it went somewhere else by itself meanwhile
            page.goto("about:blank")
    context.close()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come to hold"
        time.sleep(0.03)


def button(page: Page, name: str) -> Locator:
    """It may stand in a part that has to be opened first."""
    found = page.get_by_role("button", name=name, exact=True)
    if not found.count() or not found.first.is_visible():
        holder = page.locator("details:not([open])", has=page.locator(f'button:text-is("{name}")')).first
        if holder.count():
            holder.locator("summary").first.click()
    return found.first


def sends(page: Page, name: str) -> None:
    """Until the page that follows is there: what is pressed in the old one meanwhile is lost with it."""
    with page.expect_navigation(wait_until="domcontentloaded"):
        button(page, name).click()


def reply(page: Page, text: str) -> None:
    page.get_by_label(REPLY).fill(text)
    sends(page, SEND)


def note(page: Page, text: str) -> None:
    choice = page.get_by_label("Nota para el equipo", exact=True)
    if choice.count():
        page.locator("label", has_text="Nota para el equipo").first.click()
    page.get_by_label(NOTE).fill(text)
    sends(page, KEEP)


def tab_to(page: Page, wanted: Locator, most: int = 120) -> None:
    """By the keyboard alone."""
    for _ in range(most):
        if wanted.count() and wanted.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not lead there")
