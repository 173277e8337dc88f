"""Every page of the console, found in its own table: accessible, no wider than a small screen; pictures to look at are in var/shots."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from bot import staff
from bot.console.console import console_of
from bot.console.door import Page as Door
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.doors import SIGNED_IN
from bot.handoff import tickets
from bot.permissions import Action, may
from bot.records.conversations import Direction, Message
from bot.records.database import Database
from bot.records.learning import Assessment, Learner
from bot.records.privacy import ArcoRequest, Right
from bot.records.staff import Role
from bot.records.tickets import TicketNote
from bot.settings import ROOT, Settings
from tests.cases_made import make_case
from tests.chats import Chat
from tests.console import app_of
from tests.e2e.conftest import Alone, colleague
from tests.e2e.console_walk import SIZES
from tests.learning import Official
from tests.signing import PASSWORD

SHOTS = ROOT / "var" / "shots"
ASSESSMENT, PUEBLA = "entrepreneurship", "21114"
FOLIO, ARCO = "PTE-26-PAGES2", "ARC-26-PAGES2"
FIRST = (Role.SUPERVISOR, Role.DATA_OFFICER, Role.ADMIN, Role.EDITOR)  # between them they may open every page
ONCE = ("/consola/peticiones/1/archivo", "/consola/exportar/", "/consola/tablero/")  # there is no such thing yet: that too is a page
NO_PAGES = ("/consola/vivo",)  # streams
SAYS = ["persona", "tengo una duda con mi solicitud de refugio en la COMAR de Tapachula, ¿me pueden orientar?"]


@pytest.fixture(scope="module")
def database(database: Database) -> Database:
    """Three requests, of which one is held and has a note, one case, one person who asks for their data, a town's self-assessment, and an
    official who learns."""
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    now = datetime.now(UTC)
    for _ in range(3):
        chat = Chat(database, Surroundings(content, danger, "test", "", now))
        chat.now = now
        for each in SAYS:
            chat.says(each)
    database.call(tickets.claim, 1, "supervisor", now)
    database.call(lambda session: session.add(TicketNote(ticket_id=1, who="supervisor", text="Llamar a la oficina", at=now)))
    details = {"need": "work", "story": "No me pagaron.", "municipality": "21019", "contact_way": "chat"}
    database.call(
        lambda session: make_case(
            session, folio=FOLIO, details=details, expires_at=now + timedelta(days=90), answer_by=now + timedelta(days=3)
        )
    )
    asked = ArcoRequest(
        folio=ARCO, idempotency_key="pages", conversation_id=1, right=Right.ACCESS, asked="Quiero mis datos", received_at=now,
        answer_by=now + timedelta(days=20),
    )  # fmt: skip
    database.call(lambda session: session.add(asked))
    of_puebla = content.assessments[ASSESSMENT]
    answers = {each.id: "no" for each in of_puebla.questions}
    answered = Assessment(municipality=PUEBLA, name=ASSESSMENT, version=of_puebla.version, answers=answers, at=now)
    database.call(lambda session: session.add(answered))
    official = Official(database, Surroundings(content, danger, "test", "", now))
    official.now = now
    official.joins()
    return database


def doors() -> list[Door]:
    """What is asked for with a browser by somebody who has signed in."""
    live = LiveContent(ROOT / "flows", None, ROOT / "no such file")
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    app = app_of(None, live, settings, lambda: datetime.now(UTC))  # type: ignore[arg-type]
    found = [each for each in console_of(app).pages if each.method == "GET" and not each.path.startswith(NO_PAGES)]
    return [each for each in found if each.needs == SIGNED_IN or each.needs in set(Action)]


def role_for(door: Door) -> Role:
    return next(role for role in FIRST if door.needs == SIGNED_IN or may(role, Action(door.needs)))


def test_every_page_can_be_used_by_everybody_and_on_every_screen(browser: Browser, puente: Alone, database: Database) -> None:
    values, wrong, looked, status = real(database), list[str](), list[str](), dict[str, int]()
    SHOTS.mkdir(parents=True, exist_ok=True)
    for role in FIRST:
        context = browser.new_context(viewport=SIZES["desk"], base_url=puente.address)
        context.add_cookies([colleague(database, puente.address, str(role), role).cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        for path in [filled(door.path, values) for door in doors() if role_for(door) is role]:
            answer = context.request.get(path)
            assert answer.status < 500, (path, answer.status)
            status[path] = answer.status
            if answer.headers.get("content-type", "").startswith("text/html"):
                page.goto(path)
                looked.append(path)
                wrong += [f"{path}: {each}" for each in faults(page)]
        context.close()
    assert {"/consola", "/consola/peticiones/1"} <= set(looked)
    assert {path for path, each in status.items() if each != 200} <= {path for path in status if path.startswith(ONCE)}, status
    assert not wrong, "\n".join(wrong)


def test_so_can_every_page_before_somebody_has_signed_in(browser: Browser, puente: Alone, database: Database) -> None:
    """From the invitation to the first page, out again, and in with the second factor; also what is said when it goes wrong."""
    wrong: list[str] = []
    page = browser.new_context(viewport=SIZES["desk"], base_url=puente.address).new_page()

    def look(heading: str) -> None:
        assert page.get_by_role("heading", name=heading, level=1).is_visible(), page.url
        wrong.extend(f"{heading}: {each}" for each in faults(page))

    def press(button: str) -> None:
        page.get_by_role("button", name=button).click()

    page.goto("/invitacion/nobodys")
    look("Este enlace no se puede abrir")
    page.goto(f"/invitacion/{database.call(staff.invite, staff.OPERATOR, 'nora', Role.AGENT, None, datetime.now(UTC))[1]}")
    look("Invitación al equipo")
    for password in ("contraseña1234", PASSWORD):
        for label in ("Contraseña nueva", "Escríbala otra vez"):
            page.get_by_label(label).fill(password)
        press("Acepto la invitación")
        if password != PASSWORD:
            look("Invitación al equipo")
    look("Una segunda llave: su teléfono")
    telephone = pyotp.TOTP("".join(page.locator(".key").inner_text().split()))
    page.get_by_label("Código de seis números").fill("000000")
    press("Confirmar")
    look("Una segunda llave: su teléfono")
    page.get_by_label("Código de seis números").fill(telephone.now())
    press("Confirmar")
    look("Guarde estos códigos en papel")
    paper = page.locator("main li code, main li").first.inner_text().split()[-1]
    page.goto("/consola/conducta")
    look("Código de conducta")
    page.get_by_label("Lo leí y lo acepto").check()
    press("Seguir")
    look("Buen día, nora")
    press("Salir")
    look("Entrar a la consola")
    for password in ("otra cosa distinta", PASSWORD):
        page.locator("input[name=name]").fill("nora")
        page.locator("input[name=password]").fill(password)
        page.locator("main button").first.click()
        if password != PASSWORD:
            look("Entrar a la consola")
    assert "/consola/codigo" in page.url
    wrong.extend(f"the code: {each}" for each in faults(page))
    page.locator("input[name=code]").fill(paper)
    page.locator("main button").first.click()
    look("Mi cuenta")
    assert not wrong, "\n".join(wrong)


def real(database: Database) -> dict[str, str]:
    """What is there, by the name in the path of what asks for it."""
    content = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()[0]
    asks = select(Message.id).where(Message.direction == Direction.IN, Message.intent.is_not(None)).order_by(Message.id)
    message = database.call(lambda session: session.scalars(asks).first())
    places = {"assessment": ASSESSMENT, "municipality": PUEBLA}
    places["reference"] = database.call(lambda session: session.scalars(select(Learner.reference)).one())
    return {"ticket": "1", "folio": FOLIO, "message": str(message), "service": next(iter(content.services)), "chart": "waiting", **places}


def filled(path: str, values: dict[str, str]) -> str:
    if path.startswith("/consola/derechos/"):
        values = {**values, "folio": ARCO}
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}").split(".")[0].split("}")[0]
            path = path.replace(part, values.get(name, "1"))
    return path


def faults(page: Page) -> list[str]:
    """What axe finds serious, what a screen reader is led by, and what does not fit. Pictures on the way, with all parts open."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    found = [
        f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:120]}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} headings of the first level")
    for name, size in SIZES.items():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.screenshot(path=SHOTS / f"{urlsplit(page.url).path.strip('/').replace('/', '-')}_{name}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            found.append(f"wider than {size['width']}")
    page.set_viewport_size(SIZES["desk"])  # type: ignore[arg-type]
    return found


def test_pictures_are_no_part_of_the_project() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "var/" in ignored and Path("var") in SHOTS.relative_to(ROOT).parents
