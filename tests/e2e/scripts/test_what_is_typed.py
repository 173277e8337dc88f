"""What somebody types and sends is neither lost nor sent twice, whatever becomes of the line."""

from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from bot.conversation.worker import utc_now
from tests.e2e.scripts.pages_to_try import GRACE, Tried, note, request_for_a_person, settled, until


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


def test_what_is_typed_before_the_script_is_there_is_kept_too(page: Page, tried: Tried) -> None:
    ticket = request_for_a_person(tried.desk.database, tried)
    held: list[Route] = []
    page.route("**/drafts.js*", lambda route: held.append(route))  # a slow line
    page.goto(f"{tried.address}/consola/prueba/{ticket}", wait_until="commit")
    page.get_by_label("Respuesta").press_sequentially("Ya voy")
    assert not page.get_by_text("Borrador").count()
    until(lambda: bool(held), page)
    held[0].continue_()
    expect(page.get_by_text("Borrador guardado a las")).to_be_visible(timeout=GRACE)
    assert tried.drafts == ["Ya voy"]


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
