"""An institution answers a case from a link in a real browser without JavaScript, on a telephone and on a desk; Rasa need not run."""

import itertools
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from bot import staff
from bot.records.database import Database
from bot.records.referrals import ReferralState
from bot.records.staff import Role
from tests.cases_made import case, make_case
from tests.e2e.conftest import Alone
from tests.e2e.console_walk import SIZES

STORY = "Trabajé tres meses en la obra y no me pagaron. Mwen bezwen èd."
DETAILS = {"need": "work", "story": STORY, "municipality": "21019", "contact_way": "telephone", "telephone": "+52 222 555 0100"}
NUMBERS = itertools.count(1)
PICTURES = os.environ.get("PICTURES_OF_PAGES")  # a folder: for people who look at how the pages look


@pytest.fixture(scope="module")
def records(database: Database) -> Database:
    """With a member who makes links."""
    database.call(staff.invite, staff.OPERATOR, "rosa", Role.AGENT, None, datetime.now(UTC))
    return database


def new_case(records: Database, folio: str) -> None:
    def make(session: Session) -> None:
        now = datetime.now(UTC)
        make_case(session, folio=folio, details=DETAILS, expires_at=now + timedelta(days=100), answer_by=now + timedelta(days=3))

    records.call(make)


def link(puente: Alone, folio: str) -> str:
    """As staff make it, with the command."""
    done = puente.orders("links", "make", folio, "--who", "rosa")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[0]


def state(records: Database, folio: str) -> ReferralState:
    return records.call(lambda session: case(session, folio).state)


def office(browser: Browser, size: str, java_script_enabled: bool = False) -> BrowserContext:
    """As our own proxy names it, at an address of its own: what may be asked from one address in a minute is less than these tests ask."""
    address = {"X-Forwarded-For": f"198.51.100.{next(NUMBERS)}"}
    return browser.new_context(viewport=SIZES[size], java_script_enabled=java_script_enabled, extra_http_headers=address)


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = office(browser, request.param)
    yield context.new_page()
    context.close()


def picture(page: Page, name: str) -> None:
    if PICTURES and page.viewport_size:
        page.screenshot(path=f"{PICTURES}/{name}_{page.viewport_size['width']}.png", full_page=True)


def test_an_institution_answers_a_case_from_the_first_look_to_the_end(page: Page, puente: Alone, records: Database) -> None:
    folio = f"PTE-26-WALK{'AB'[page.viewport_size['width'] > 400]}2" if page.viewport_size else ""
    new_case(records, folio)
    page.goto(link(puente, folio))
    assert folio in page.get_by_role("heading", level=1).inner_text()
    assert page.get_by_text(STORY).is_visible() and page.get_by_text("Atlixco, Puebla").is_visible()
    assert folio not in page.title(), "titles stand in previews and histories"
    picture(page, "case")
    for button, after in (
        ("Lo recibimos", ReferralState.RECEIVED), ("Lo aceptamos", ReferralState.ACCEPTED), ("Ya la atendemos", ReferralState.IN_SERVICE)
    ):  # fmt: skip
        page.get_by_role("button", name=button).click()
        assert page.get_by_role("status").inner_text() == "Quedó anotado. Gracias." and state(records, folio) is after
    picture(page, "in_service")
    page.reload()
    assert state(records, folio) is ReferralState.IN_SERVICE
    page.get_by_role("button", name="Terminamos").click()
    assert page.get_by_text("terminó de atender este caso").is_visible() and state(records, folio) is ReferralState.DONE
    picture(page, "ended")
    page.go_back()
    page.reload()
    assert page.get_by_role("heading", name="Este enlace no se puede abrir").is_visible()
    picture(page, "gone")


def test_a_case_is_refused_with_a_reason_by_keyboard_alone(browser: Browser, puente: Alone, records: Database) -> None:
    new_case(records, "PTE-26-KEYS22")
    context = office(browser, "desk")
    page = context.new_page()
    page.goto(link(puente, "PTE-26-KEYS22"))
    page.keyboard.press("Tab")
    assert page.get_by_role("link", name="Ir al contenido").is_visible(), "the first stop skips to the content"
    for _ in range(3):  # two answers, then the reasons
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the second reason
    page.keyboard.press("Tab")
    page.keyboard.type("Cierra a las dos")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("no puede atender este caso").wait_for(timeout=5000)
    assert state(records, "PTE-26-KEYS22") is ReferralState.REJECTED
    context.close()


def test_two_windows_of_one_link_do_not_overwrite_each_other(browser: Browser, puente: Alone, records: Database) -> None:
    new_case(records, "PTE-26-TWQ222")
    context = office(browser, "telephone")
    one, two = context.new_page(), context.new_page()
    address = link(puente, "PTE-26-TWQ222")
    one.goto(address)
    two.goto(address)
    one.get_by_role("button", name="Lo aceptamos").click()
    two.get_by_role("button", name="Lo recibimos").click()
    assert "No se guardó nada nuevo" in two.get_by_role("alert").inner_text()
    picture(two, "stale")
    assert state(records, "PTE-26-TWQ222") is ReferralState.ACCEPTED
    context.close()


def test_a_revoked_link_is_gone_and_the_command_says_how_often_it_was_opened(puente: Alone, records: Database) -> None:
    new_case(records, "PTE-26-REV222")
    address = link(puente, "PTE-26-REV222")
    assert httpx.get(address, trust_env=False).status_code == 200
    listed = puente.orders("links", "list", "PTE-26-REV222", "--who", "rosa").stdout
    assert "vigente" in listed and "abierto 1 veces" in listed and address.rsplit("/", 1)[1] not in listed
    assert puente.orders("links", "revoke", "PTE-26-REV222", "--who", "rosa").stdout == "Enlaces anulados: 1.\n"
    assert httpx.get(address, trust_env=False).status_code == 404


def test_a_sheet_of_paper_opens_its_case_and_is_for_its_owner_alone(tmp_path: Path, puente: Alone, records: Database) -> None:
    from pypdf import PdfReader

    new_case(records, "PTE-26-PAP222")
    file = tmp_path / "caso.pdf"
    done = puente.orders("links", "paper", "PTE-26-PAP222", str(file), "--who", "rosa", "--days", "5")
    assert done.returncode == 0 and file.stat().st_mode & 0o077 == 0, done.stderr
    [found] = re.findall(rf"{re.escape(puente.address)}/caso/\S+", PdfReader(file).pages[0].extract_text())
    assert "PTE-26-PAP222" in httpx.get(found, trust_env=False).text
    again = puente.orders("links", "paper", "PTE-26-PAP222", str(file), "--who", "rosa")
    assert again.returncode == 2 and "ya existe" in again.stderr


@pytest.mark.parametrize("name", ["", "eva", "luz"])
def test_who_may_not_share_a_case_gets_no_link(name: str, puente: Alone, records: Database) -> None:
    if name == "eva":
        records.call(staff.invite, staff.OPERATOR, name, Role.EDITOR, None, datetime.now(UTC))
    done = puente.orders("links", "make", "PTE-26-REV222", *(["--who", name] if name else []))
    assert done.returncode == 2 and not done.stdout and len(done.stderr.splitlines()) == 1


def test_an_invitation_is_accepted_in_the_browser(page: Page, puente: Alone, records: Database) -> None:
    name = f"nadia.{page.viewport_size['width']}" if page.viewport_size else ""
    _, token = records.call(staff.invite, staff.OPERATOR, name, Role.PARTNER, "ipam", datetime.now(UTC))
    page.goto(f"{puente.address}/invitacion/{token}")
    assert page.get_by_text(name).is_visible() and page.get_by_text("Oficina que recibe casos").is_visible()
    picture(page, "invitation")
    for label in ("Contraseña nueva", "Escríbala otra vez"):
        page.get_by_label(label).fill("cuatro nubes y un tren")
    page.get_by_role("button", name="Acepto la invitación").click()
    assert page.get_by_role("heading", name="Una segunda llave: su teléfono").is_visible()
    page.goto(f"{puente.address}/invitacion/{token}x")
    assert page.get_by_role("heading", name="Este enlace no se puede abrir").is_visible()


CONTRASTS = """() => {
  const light = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((each) => {
    const share = each / 255; return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4 });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const behind = (element) => { for (let each = element; each; each = each.parentElement) {
    const color = getComputedStyle(each).backgroundColor; if (!/, 0\\)$/.test(color)) return color } return 'rgb(255, 255, 255)' };
  const says = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll('body *')].filter(says)
    .map((each) => { const [a, b] = [light(getComputedStyle(each).color), light(behind(each))].sort((x, y) => y - x);
      return [each.tagName + '.' + each.className, (a + 0.05) / (b + 0.05)] }) }"""


@pytest.mark.parametrize("size", list(SIZES))
def test_the_page_can_be_read_and_fits_and_asks_nothing_from_elsewhere(
    size: str, browser: Browser, puente: Alone, records: Database
) -> None:
    folio = f"PTE-26-FIT{'AB'[size == 'desk']}22"
    new_case(records, folio)
    context = office(browser, size, java_script_enabled=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(link(puente, folio))
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 15 and not [each for each in contrasts if each[1] < 4.5]
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    small = page.evaluate(
        "[...document.querySelectorAll('button, label.choice')].filter((each) => each.getBoundingClientRect().height < 44).length"
    )
    assert small == 0, "too small for a thumb"
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), textarea')].filter((each) => !each.labels.length).length"
    )
    assert unnamed == 0
    assert asked and all(url.startswith(puente.address) for url in asked) and not [each for each in said if "Security" in each]
    context.close()
