"""What the console's scripts do, in a real browser on two pages made as the console's are (pages_to_try.py); Rasa need not run."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from bot.console.door import COOKIE
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.rasa.process import free_port
from bot.records.database import Database, open_database
from bot.records.tickets import Ticket, TicketNote
from bot.settings import ROOT, Settings
from tests.chats import Chat
from tests.console import Desk
from tests.e2e.pages_to_try import Tried, trying

GRACE = 5000  # milliseconds that a slow machine is given


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    var = tmp_path_factory.mktemp("scripts")
    opened = open_database(f"sqlite:///{var}/puente.db", var / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def content() -> LiveContent:
    return LiveContent(ROOT / "flows", None, ROOT / "no such file")


@pytest.fixture
def desk(database: Database, content: LiveContent, tmp_path: Path) -> Desk:
    return Desk(database, content, Settings(puente_var=tmp_path, _env_file=None), utc_now())  # type: ignore[call-arg]


@pytest.fixture
def tried(desk: Desk) -> Iterator[Tried]:
    with trying(desk, free_port()) as started:
        yield started


@pytest.fixture
def context(browser: Browser, tried: Tried) -> Iterator[BrowserContext]:
    opened = signed_in(browser, tried)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert not failures


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


def until(holds: Callable[[], bool], page: Page, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it does not come to hold"
        page.wait_for_timeout(20)


def settled(page: Page) -> None:
    """The stream is open and its first event has been dealt with."""
    page.wait_for_timeout(700)


def test_what_is_new_is_in_the_page_within_half_a_second(page: Page, tried: Tried) -> None:
    database = tried.desk.database
    ticket = request_for_a_person(database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    settled(page)
    took = []
    for number in range(7):
        page.wait_for_timeout(130 * number % 400)
        written = time.monotonic()
        note(database, ticket, f"nuevo {number}")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=f"nuevo {number}", polling=10, timeout=GRACE)
        took.append(time.monotonic() - written)
    print("seconds from writing to seeing:", sorted(round(each, 3) for each in took))
    assert sorted(took)[2] < 0.5, took  # the third best: others may use this machine too


def test_a_refresh_keeps_the_focus_what_was_opened_and_what_is_the_same(page: Page, tried: Tried) -> None:
    database = tried.desk.database
    ticket = request_for_a_person(database, tried)
    page.goto(f"{tried.address}/consola/prueba")
    settled(page)
    page.get_by_role("link", name=f"Petición {ticket}", exact=True).focus()
    page.get_by_text(f"Más de {ticket}", exact=True).click()
    page.get_by_role("link", name=f"Petición {ticket}", exact=True).focus()
    page.evaluate("document.querySelector('#lista').dataset.same = 'yes'")
    count = len(tried.asked)
    note(database, ticket, "no se ve en la lista")
    tried.desk.database.call(lambda session: setattr(session.get_one(Ticket, ticket), "reason", "asked"))
    page.evaluate("htmx.trigger('#lista', 'sse:inbox')")
    until(lambda: len(tried.asked) > count, page)
    page.wait_for_timeout(200)
    assert page.locator("#lista[data-same]").count() == 1, "what is the same is not put in place of itself"
    other = request_for_a_person(database, tried)
    page.get_by_role("link", name=f"Petición {other}", exact=True).wait_for(timeout=GRACE)
    assert page.locator("#lista[data-same]").count() == 0
    assert page.evaluate("document.activeElement.textContent") == f"Petición {ticket}"
    assert page.locator("details[open]").count() == 1 and str(page.title()).startswith("(")


def test_what_is_typed_in_a_part_that_comes_again_stays_and_so_does_the_place_in_it(page: Page, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    note(tried.desk.database, ticket, "Bonjou")
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    settled(page)
    box = page.get_by_label("Traducción").first
    box.press_sequentially("Buenos días")
    box.press("ArrowLeft")
    note(tried.desk.database, ticket, "Mèsi")
    page.get_by_text("Mèsi").wait_for(timeout=GRACE)
    page.keyboard.type("X")
    assert box.input_value() == "Buenos díaXs"


def test_what_is_typed_is_kept_while_typing_and_when_leaving(page: Page, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    page.get_by_label("Respuesta").press_sequentially("Buenas tardes")
    expect(page.get_by_text("Borrador guardado a las")).to_be_visible(timeout=GRACE)
    assert tried.drafts == ["Buenas tardes"]
    page.get_by_label("Respuesta").press_sequentially(", Ana")
    page.goto(f"{tried.address}/consola/prueba")
    until(lambda: tried.drafts[-1] == "Buenas tardes, Ana", page)
    page.go_back()
    assert page.get_by_label("Respuesta").input_value() == "Buenas tardes, Ana"


def test_with_the_line_cut_nothing_is_lost_and_a_reply_goes_out_once(page: Page, context: BrowserContext, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    settled(page)
    box, button = page.get_by_label("Respuesta"), page.get_by_role("button", name="Mandar")
    context.set_offline(True)
    expect(page.get_by_text("Sin conexión; se reintenta.")).to_be_visible()
    box.press_sequentially("Mañana a las diez")
    expect(page.get_by_text("Sin guardar: no hay conexión.")).to_be_visible(timeout=GRACE)
    button.click()
    expect(page.get_by_text("No se mandó: no hay conexión.")).to_be_visible(timeout=GRACE)
    assert box.input_value() == "Mañana a las diez" and not tried.sent and not tried.drafts
    note(tried.desk.database, ticket, "escrito mientras tanto")
    page.wait_for_timeout(600)
    assert page.get_by_text("escrito mientras tanto").count() == 0
    context.set_offline(False)
    expect(page.get_by_text("escrito mientras tanto")).to_be_visible(timeout=GRACE)
    expect(page.get_by_text("Borrador guardado a las")).to_be_visible(timeout=GRACE)
    assert page.get_by_text("Sin conexión").count() == 0 or not page.get_by_text("Sin conexión").is_visible()
    tried.seconds = 0.5
    button.dblclick()
    expect(page.get_by_text("Se guardó.")).to_be_visible(timeout=GRACE)
    assert tried.sent == [("Mañana a las diez", "1")] and tried.drafts == ["Mañana a las diez"], "what was sent is no draft any more"


def test_a_button_that_is_pressed_again_while_its_form_is_under_way_sends_nothing_more(page: Page, tried: Tried) -> None:
    page.goto(f"{tried.address}/consola/prueba")
    tried.seconds = 0.5
    button = page.get_by_role("button", name="Tomar")
    button.evaluate("async (each) => { each.click(); await new Promise((go) => setTimeout(go, 150)); each.click() }")
    expect(page.get_by_text("Se guardó.")).to_be_visible(timeout=GRACE)
    assert tried.taken == 1
    button.click()
    until(lambda: tried.taken == 2, page)
    page.go_back()
    button.click()
    until(lambda: tried.taken == 3, page)


def test_an_answer_that_gets_lost_is_no_second_reply(page: Page, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    lost = []

    def lose(route: object) -> None:
        if not lost:
            lost.append(route.fetch(max_redirects=0))  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/mandar", lose)
    page.get_by_label("Respuesta").fill("Una vez")
    page.get_by_role("button", name="Mandar").click()
    expect(page.get_by_text("No se mandó")).to_be_visible(timeout=GRACE)
    note(tried.desk.database, ticket, "y la página se puso al día")
    page.get_by_text("y la página se puso al día").wait_for(timeout=GRACE)
    page.get_by_role("button", name="Mandar").click()
    expect(page.get_by_text("Se guardó.")).to_be_visible(timeout=GRACE)
    assert [text for text, _ in tried.sent] == ["Una vez"]


def test_a_reply_that_is_refused_stays_in_its_box_and_says_why(page: Page, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    page.get_by_label("Respuesta").fill("algo prohibido")
    page.get_by_role("button", name="Mandar").click()
    expect(page.get_by_text("Eso no se puede mandar")).to_be_visible(timeout=GRACE)
    assert page.get_by_label("Respuesta").input_value() == "algo prohibido" and page.get_by_role("button", name="Mandar").is_enabled()


def test_two_members_see_each_other_look_and_write(page: Page, browser: Browser, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    context = signed_in(browser, tried, "luis")
    other = context.new_page()
    other.goto(f"{tried.address}/consola/prueba/{ticket}")
    expect(page.get_by_text("luis mira")).to_be_visible(timeout=GRACE)
    other.get_by_label("Respuesta").press_sequentially("Bue")
    expect(page.get_by_text("luis escribe")).to_be_visible(timeout=GRACE)
    context.close()
    expect(page.get_by_text("luis")).to_be_hidden(timeout=GRACE)


def test_what_was_seen_by_a_refresh_counts_as_seen(page: Page, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    settled(page)
    note(tried.desk.database, ticket, "llegó después")
    page.get_by_text("llegó después").wait_for(timeout=GRACE)
    page.get_by_label("Respuesta").fill("Ya lo leí")
    page.get_by_role("button", name="Mandar").click()
    expect(page.get_by_text("Se guardó.")).to_be_visible(timeout=GRACE)
    assert tried.sent == [("Ya lo leí", "1")]
    page.wait_for_timeout(300)
    assert not tried.drafts, "what was sent does not come back as a draft"


def test_who_is_signed_out_is_told_and_keeps_the_text(page: Page, tried: Tried) -> None:
    from bot.accounts import sessions
    from bot.records.staff import Staff

    ticket = request_for_a_person(tried.desk.database, tried)
    page.goto(f"{tried.address}/consola/prueba/{ticket}")
    page.get_by_label("Respuesta").fill("Sigo escribiendo")
    settled(page)

    def end_all(session: object) -> None:
        for number in session.scalars(select(Staff.id)):  # type: ignore[attr-defined]
            sessions.end(session, number, utc_now())  # type: ignore[arg-type]

    tried.desk.database.call(end_all)
    expect(page.get_by_text("Su sesión terminó.")).to_be_visible(timeout=GRACE)
    assert page.get_by_role("link", name="Entrar").is_visible()
    assert page.get_by_label("Respuesta").input_value() == "Sigo escribiendo"


def test_a_service_that_is_started_again_is_found_again(browser: Browser, database: Database, desk: Desk, content: LiveContent) -> None:
    port = free_port()
    with trying(desk, port) as tried:
        context = signed_in(browser, tried)
        page = context.new_page()
        ticket = request_for_a_person(database, tried)
        page.goto(f"{tried.address}/consola/prueba/{ticket}")
        settled(page)
    expect(page.get_by_text("Sin conexión; se reintenta.")).to_be_visible(timeout=GRACE)
    note(database, ticket, "mientras no estaba")
    with trying(Desk(database, content, desk.app.settings, utc_now()), port):
        expect(page.get_by_text("mientras no estaba")).to_be_visible(timeout=10_000)
        expect(page.get_by_text("Sin conexión; se reintenta.")).to_be_hidden()
        context.close()
