"""A person on Telegram asks for a person, and the staff's console answers: real Rasa, a real Telegram peer, a real browser."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.records.database import Database
from bot.records.tickets import TicketState
from tests.e2e.conftest import NO_LIMITS, BotAlone, telegram
from tests.e2e.console_walk import CLOSE, GRACE, REPLY, SEND, TAKE, Desk, Person, button, note, reply, tab_to, until
from tests.e2e.peer import Peer

SECRET = "NOTA-QUE-NADIE-MÁS-LEE"


@pytest.fixture(scope="module")
def telegram_peer() -> Iterator[Peer]:
    with Peer().running() as started:
        yield started


@pytest.fixture(scope="module")
def puente(tmp_path_factory: pytest.TempPathFactory, rasa_port: int, telegram_peer: Peer) -> Iterator[BotAlone]:
    made = BotAlone(tmp_path_factory.mktemp("console") / "var", rasa_port, **telegram(telegram_peer, **NO_LIMITS))
    made.start()
    made.wait_until_ready()
    yield made
    started = time.monotonic()
    made.stop()
    assert time.monotonic() - started < 8, "open pages hold up the end"


@pytest.fixture
def desk(puente: BotAlone, database: Database, browser: Browser) -> Iterator[Desk]:
    made = Desk(puente, database, browser)
    yield made
    made.close()


@pytest.fixture
def ana(telegram_peer: Peer, database: Database) -> Person:
    return Person(telegram_peer, database)


def link_to(page: Page, ticket: int) -> Locator:
    return page.locator(f'main a[href="/consola/peticiones/{ticket}"]').first


def opened(page: Page, ticket: int) -> Page:
    page.goto(f"/consola/peticiones/{ticket}")
    return page


@pytest.mark.parametrize(("scripts", "size"), [(True, "desk"), (False, "desk"), (True, "telephone"), (False, "telephone")])
def test_a_person_is_answered_by_one_of_two_and_handed_back(scripts: bool, size: str, desk: Desk, ana: Person) -> None:
    ticket = ana.asks_for_a_person()
    rosa, luis = (desk.opens(name, size=size, scripts=scripts) for name in ("rosa", "luis"))
    luis.route("**/consola/vivo/**", lambda route: route.abort())  # his page stays as it was
    rosa.goto("/consola/bandeja")
    link_to(rosa, ticket).click()
    opened(luis, ticket)
    button(rosa, TAKE).click()
    rosa.wait_for_url("**dicho=**")
    button(luis, TAKE).click()
    expect(luis.get_by_role("alert").first).to_contain_text("rosa")
    assert ana.state() is TicketState.ASSIGNED
    note(rosa, SECRET)
    expect(rosa.locator("main")).to_contain_text(SECRET)
    reply(rosa, "Buenas tardes, soy Rosa. ¿En qué municipio está?")
    ana.hears("soy Rosa")
    silent = len(ana.got)
    ana.says("en Atlixco, y tengo una duda <b>grande</b>")
    if scripts:  # comes by itself
        expect(rosa.get_by_text("tengo una duda <b>grande</b>")).to_be_visible(timeout=GRACE)
    else:
        until(lambda: "tengo una duda" in opened(rosa, ticket).inner_text("main"))
    button(rosa, CLOSE).click()
    until(lambda: ana.state() is TicketState.RESOLVED)
    until(lambda: len(ana.got) > silent)
    ana.says("menu")
    until(lambda: len(ana.got) > silent + 1)
    assert not [each for each in ana.got if SECRET in each.text], "a note reached the person"
    assert sum("soy Rosa" in each.text for each in ana.got) == 1


def test_who_was_helped_is_asked_whether_it_served(desk: Desk, ana: Person) -> None:
    page = opened(desk.opens("rosa"), ana.asks_for_a_person())
    button(page, TAKE).click()
    reply(page, "Ya lo vi con la oficina: puede ir mañana.")
    ana.hears("puede ir mañana")
    button(page, CLOSE).click()
    asked = ana.hears("¿Le sirvió la ayuda")
    assert len(asked.buttons) >= 3
    before = len(ana.got)
    ana.presses(asked.buttons[0][0])
    until(lambda: len(ana.got) > before)


@pytest.mark.alone
def test_what_the_person_says_is_on_the_page_half_a_second_later(desk: Desk, ana: Person) -> None:
    page = opened(desk.opens("rosa"), ana.asks_for_a_person())
    button(page, TAKE).click()
    page.get_by_label(REPLY).wait_for()
    page.wait_for_timeout(1000)
    took = []
    for number in range(7):
        page.wait_for_timeout(370)
        started = time.monotonic()
        ana.says(f"palabra {number}")
        page.wait_for_function("text => document.body.innerText.includes(text)", arg=f"palabra {number}", polling=10, timeout=GRACE)
        took.append(time.monotonic() - started)
    print("seconds from Telegram to the page:", [round(each, 2) for each in sorted(took)])
    assert sorted(took)[2] < 0.5, took  # the third best: others may use this machine too


def test_a_line_that_is_cut_loses_nothing_and_doubles_nothing(desk: Desk, ana: Person) -> None:
    ticket = ana.asks_for_a_person()
    rosa, luis = desk.opens("rosa"), opened(desk.opens("luis"), ticket)
    button(luis, TAKE).click()
    luis.get_by_label(REPLY).wait_for()
    opened(rosa, ticket)
    luis.context.set_offline(True)
    luis.get_by_label(REPLY).fill("Mañana a las diez en la oficina")
    button(luis, SEND).click()
    expect(luis.get_by_text("No se mandó: no hay conexión.")).to_be_visible()
    ana.says("¿sigue ahí?")
    expect(rosa.get_by_text("¿sigue ahí?")).to_be_visible()
    note(rosa, "Luis no tiene internet")
    luis.context.set_offline(False)
    expect(luis.get_by_text("¿sigue ahí?")).to_be_visible(timeout=GRACE)
    assert luis.get_by_label(REPLY).input_value() == "Mañana a las diez en la oficina"
    button(luis, SEND).dblclick()
    ana.hears("Mañana a las diez")
    expect(luis.get_by_label(REPLY)).to_have_value("", timeout=GRACE)
    luis.wait_for_timeout(1500)
    assert sum("Mañana a las diez" in each.text for each in ana.got) == 1


def test_a_page_that_is_loaded_again_and_a_step_back_send_nothing_twice(desk: Desk, ana: Person) -> None:
    page = opened(desk.opens("rosa", scripts=False), ana.asks_for_a_person())
    button(page, TAKE).click()
    path = f"/consola/peticiones/{ana.ticket()}/responder"
    page.get_by_label(REPLY).wait_for()
    with page.expect_request(f"**{path}") as sent:
        reply(page, "Una sola vez")
    ana.hears("Una sola vez")
    page.reload()
    page.go_back()
    page.go_forward()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    again = page.context.request.post(path, data=sent.value.post_data_buffer, headers=form)
    assert again.ok, "who sends it again over a slow line sees what came of the first"
    page.wait_for_timeout(1500)
    assert sum("Una sola vez" in each.text for each in ana.got) == 1


def test_a_draft_outlives_a_closed_browser(desk: Desk, ana: Person) -> None:
    ticket = ana.asks_for_a_person()
    page = opened(desk.opens("rosa"), ticket)
    button(page, TAKE).click()
    page.get_by_label(REPLY).press_sequentially("Estoy viendo su caso")
    expect(page.get_by_text("Borrador guardado a las")).to_be_visible(timeout=GRACE)
    page.context.close()
    desk.contexts.clear()
    assert opened(desk.opens("rosa"), ticket).get_by_label(REPLY).input_value() == "Estoy viendo su caso"
    assert not [each for each in ana.got if "Estoy viendo" in each.text]


def test_two_who_have_a_conversation_open_see_each_other(desk: Desk, ana: Person) -> None:
    ticket = ana.asks_for_a_person()
    rosa = opened(desk.opens("rosa"), ticket)
    luis = opened(desk.opens("luis"), ticket)
    expect(rosa.locator("main")).to_contain_text("luis", timeout=GRACE)
    luis.context.close()
    expect(rosa.locator("main")).not_to_contain_text("luis", timeout=GRACE)


def test_the_main_job_is_done_by_the_keyboard_alone(desk: Desk, ana: Person) -> None:
    ticket = ana.asks_for_a_person()
    page = desk.opens("rosa")
    page.goto("/consola/bandeja")
    page.keyboard.press("Tab")
    assert page.get_by_role("link", name="Ir al contenido").is_visible()
    tab_to(page, link_to(page, ticket))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/peticiones/{ticket}")
    tab_to(page, page.get_by_role("button", name=TAKE, exact=True))
    page.keyboard.press("Enter")
    page.get_by_label(REPLY).wait_for()
    tab_to(page, page.get_by_label(REPLY))
    page.keyboard.type("Escrito con el teclado")
    tab_to(page, page.get_by_role("button", name=SEND, exact=True))
    page.keyboard.press("Enter")
    ana.hears("Escrito con el teclado")


def test_over_a_slow_line_the_queue_can_be_read_and_a_person_answered(desk: Desk, ana: Person) -> None:
    """About what 3G gives in the sierra: 400 kbit/s and 400 ms."""
    ticket = ana.asks_for_a_person()
    page = desk.opens("rosa", size="telephone")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions", {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 25_000}
    )
    started = time.monotonic()
    page.goto("/consola/bandeja", wait_until="commit")
    link_to(page, ticket).wait_for()
    seconds = time.monotonic() - started
    print(f"the queue over a slow line, for the first time: {seconds:.1f} s")
    assert seconds < 8
    opened(page, ticket)
    button(page, TAKE).click()
    reply(page, "Le escribo desde un lugar con mala señal")
    ana.hears("mala señal")


def test_no_page_asks_for_anything_from_elsewhere_and_no_script_fails(desk: Desk, ana: Person, tmp_path: Path) -> None:
    ticket = ana.asks_for_a_person()
    page = desk.opens("rosa")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/consola", "/consola/bandeja", f"/consola/peticiones/{ticket}"):
        page.goto(path)
        page.wait_for_timeout(500)
    assert asked and all(url.startswith(desk.running.address) for url in asked)
    assert not said
