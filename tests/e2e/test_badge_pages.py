"""The pages of certificates as the service serves them, in a real browser, on a telephone and on a desk."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bot.conversation.live import LiveContent
from bot.records.database import Database
from bot.settings import ROOT
from tests.certified import NAME, certify, course, with_course
from tests.e2e.conftest import Alone
from tests.e2e.console_walk import SIZES

PICTURES = os.environ.get("PICTURES_OF_PAGES")  # a folder: for people who look at how the pages look


@pytest.fixture(scope="module")
def certificate(puente: Alone, database: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Its number and what stands in the holder's link."""
    taught = course(tmp_path_factory.mktemp("course"))
    content = with_course(LiveContent(ROOT / "flows", None, None).current()[0], taught)
    made, token = database.call(certify, content, taught, datetime.now(UTC) - timedelta(hours=1), puente.address)
    return made.number, token


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZES[request.param])
    opened = context.new_page()
    wrong: list[str] = []
    opened.on(
        "console", lambda message: wrong.append(message.text) if message.type == "error" and "status of 4" not in message.text else None
    )
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []


def looks_sound(page: Page, name: str) -> None:
    """One heading, nothing beyond the edge, nothing that a screen reader stumbles over."""
    page.wait_for_load_state()  # with its style
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    if PICTURES and page.viewport_size:
        page.screenshot(path=f"{PICTURES}/{name}_{page.viewport_size['width']}.png", full_page=True)


def test_the_holder_downloads_what_the_page_that_verifies_calls_genuine(
    page: Page, puente: Alone, certificate: tuple[str, str], tmp_path: Path
) -> None:  # fmt: skip
    page.goto(f"{puente.address}/constancia/{certificate[1]}")
    assert NAME in page.locator("h1").inner_text() and NAME not in page.title()
    looks_sound(page, "holder")
    files = []
    for link in ("Constancia en PDF", "Credencial firmada (.jwt)"):
        with page.expect_download() as waited:
            page.get_by_role("link", name=link).click()
        files.append(tmp_path / waited.value.suggested_filename)
        waited.value.save_as(files[-1])
    page.goto(f"{puente.address}/verificar")
    looks_sound(page, "verify")
    for file in files:
        page.reload()
        page.set_input_files("#archivo", file)
        page.locator("#resultado .notice[data-verdict=genuine]").wait_for()
    looks_sound(page, "verified")


def test_by_number_a_name_is_compared(page: Page, puente: Alone, certificate: tuple[str, str]) -> None:
    page.goto(f"{puente.address}/insignia")
    looks_sound(page, "find")
    page.get_by_label("Número").fill(certificate[0])
    page.get_by_role("button", name="Buscar").click()
    looks_sound(page, "badge")
    page.get_by_label("Nombre completo").fill("Ana López")
    page.get_by_role("button", name="Comparar").click()
    assert "No:" in page.get_by_role("alert").inner_text()
    looks_sound(page, "badge_not")
    page.get_by_label("Nombre completo").fill(NAME)
    page.get_by_role("button", name="Comparar").click()
    assert "Sí:" in page.get_by_role("status").inner_text()


def test_the_page_that_verifies_is_downloaded_as_one_file(page: Page, puente: Alone, tmp_path: Path) -> None:
    page.goto(f"{puente.address}/verificar")
    with page.expect_download() as waited:
        page.get_by_role("link", name="Baje esta página").click()
    file = tmp_path / waited.value.suggested_filename
    waited.value.save_as(file)
    page.goto(file.as_uri())
    looks_sound(page, "single_file")
