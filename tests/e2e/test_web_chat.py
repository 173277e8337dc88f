"""The web chat and the health page in a real browser (Debian's Chromium), with and without JavaScript."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import BotAlone, Running


@pytest.fixture(scope="module")
def puente(tmp_path_factory: pytest.TempPathFactory, rasa_port: int) -> Iterator[Running]:
    running = BotAlone(tmp_path_factory.mktemp("web") / "var", rasa_port).start().wait_until_ready()
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser, puente: Running) -> Iterator[Page]:
    """A telephone-sized page without JavaScript: everything has to work so."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    opened = context.new_page()
    opened.goto(puente.address)
    yield opened
    context.close()


def say(page: Page, text: str) -> str:
    page.get_by_label("Su mensaje").fill(text)
    page.get_by_role("button", name="Enviar").click()
    return page.locator("li.out").last.inner_text()


def test_a_question_is_answered_and_a_referral_is_made_on_a_small_screen(page: Page) -> None:
    assert "44 dólares" in say(page, "¿cuánto cuesta el pasaporte?")
    say(page, "menu")
    page.get_by_role("button", name="Pedir apoyo de una oficina").last.click()
    page.get_by_role("button", name="Para mí").last.click()
    page.get_by_role("button", name="Trabajo").last.click()
    page.get_by_role("button", name="Omitir").last.click()
    say(page, "Atlixco")
    page.get_by_role("button", name="Por este chat").last.click()
    page.get_by_role("button", name="Sí, escríbanme").last.click()
    assert "Atlixco, Puebla" in page.locator("li.out").last.inner_text()
    page.get_by_role("button", name="Sí, autorizo").last.click()
    assert "Su folio es PTE-" in page.locator("li.out").last.inner_text()
    width = page.locator("body").bounding_box()
    assert width is not None and width["width"] <= 360, "the page is wider than the screen"


def test_a_reload_repeats_nothing_and_keeps_the_conversation(page: Page) -> None:
    say(page, "menu")
    count = page.locator("li").count()
    page.reload()
    assert page.locator("li").count() == count


def test_the_same_form_sent_twice_is_one_message(puente: Running) -> None:
    with httpx.Client(base_url=puente.address, trust_env=False, follow_redirects=True) as client:
        client.get("/")
        form = {"once": "a" * 32, "text": "menu"}
        client.post("/mensaje", data=form)
        assert client.post("/mensaje", data=form).text.count('class="in"') == 1


def test_another_site_and_another_machine_are_refused(puente: Running) -> None:
    with httpx.Client(base_url=puente.address, trust_env=False) as client:
        client.get("/")
        assert (
            client.post("/mensaje", data={"once": "b" * 32, "text": "hola"}, headers={"Origin": "https://elsewhere.example"}).status_code
            == 403
        )
        assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 403


def test_what_is_typed_is_shown_as_text_and_never_as_html(page: Page) -> None:
    say(page, "<b id='boo'>menu</b>")
    assert page.locator("#boo").count() == 0
    assert "<b id='boo'>" in page.locator("li.in").last.inner_text()


def test_the_health_page_says_how_it_is(page: Page, puente: Running) -> None:
    page.goto(f"{puente.address}/health")
    assert page.get_by_text("Todo funciona.").is_visible()
    assert httpx.get(f"{puente.address}/healthz", trust_env=False).json()["status"] == "ok"


def test_no_page_asks_for_anything_from_elsewhere(browser: Browser, puente: Running) -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(puente.address)
    page.goto(f"{puente.address}/health")
    page.close()
    assert asked and all(url.startswith(puente.address) for url in asked)
