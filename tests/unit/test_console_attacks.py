"""What somebody hostile sends to the console: whatever it is, it is answered in order, and nothing of it becomes markup or a header."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.accounts import signing
from bot.accounts.sessions import find
from bot.console import door
from bot.console.console import console_of
from bot.console.dashboard import as_csv
from bot.console.door import MOST_FIELDS
from bot.console.pages import own_path
from bot.numbers.dashboard import Chart, Dashboard
from bot.permissions import MAY, Action
from bot.records.staff import Role, Staff
from bot.settings import Settings
from tests.attended import Attended
from tests.console import Desk, Member

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
MARKUP = "\"'><i id=dentro>{{7*7}}{% raw %}</i>"
FILTERS = (
    "sigue", "dicho", "busca", "tab", "tema", "urgencia", "idioma", "municipio", "etiqueta", "espera", "quien", "tarde", "vistas", "desde",
    "antes", "plantilla", "estado", "oficina", "atrasados", "prioridad", "necesidad", "vista", "lista", "dias", "resultado", "pendientes",
    "persona", "accion", "dia", "periodo", "institucion", "buscar", "clave",
)  # fmt: skip
ENDS_A_HEADER = ("/consola/x\r\nSet-Cookie: a=b", "/consola/x%0d%0aSet-Cookie:%20a=b", "/consola/\nLocation: https://elsewhere.example")
NOT_AN_ADDRESS = ("http://[", "https://[::1", "//[x]/consola/", "http://[v1.a]:99999/consola/x", "/consola/[")


def pages_of(desk: Desk, role: Role) -> list[str]:
    """What that role opens without the number of anything."""
    return [page.path for page in console_of(desk.app).pages if page.method == "GET" and "{" not in page.path and "vivo" not in page.path]


def post(member: Member, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded", **headers: str) -> httpx.Response:
    sent = {"content-type": kind, **headers}
    return member.desk.ask(lambda client: client.post(path, content=body, headers=sent), member.cookies)


@pytest.mark.parametrize("role", list(Role))
def test_nothing_that_stands_in_an_address_becomes_markup(role: Role, desk: Desk) -> None:
    member = desk.member(role, organization_id="ipam" if role is Role.PARTNER else None)
    for path in pages_of(desk, role):
        answer = member.get(path, params={**dict.fromkeys(FILTERS, MARKUP)})
        assert answer.status_code < 500 and "<i id=dentro" not in answer.text and ">49<" not in answer.text, path
        one_by_one = member.get(f"{path}?dicho={quote(MARKUP)}")
        assert "dentro" not in one_by_one.text, "what came of a form is said by its name alone"


@pytest.mark.parametrize(
    "path", ["casos/{}", "casos/{}/identidad", "derechos/{}", "tablero/{}.csv", "exportar/{}", "directorio/{}/cambiar"]
)
def test_nothing_that_stands_in_a_path_becomes_markup(path: str, desk: Desk) -> None:
    for role in (Role.SUPERVISOR, Role.DATA_OFFICER, Role.EDITOR):
        for said in (MARKUP, "..%2f..%2fetc%2fpasswd", "%00", "x" * 3000, "‮PTE-26", "😀"):
            answer = desk.member(role).get(f"/consola/{path.format(quote(said, safe='%'))}")
            assert answer.status_code < 500 and "<i id=dentro" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("asked", [*ENDS_A_HEADER, *NOT_AN_ADDRESS])
def test_where_somebody_goes_on_to_ends_no_header_and_breaks_no_page(asked: str, desk: Desk) -> None:
    for answer in (
        desk.stranger().get("/consola/entrar", params={"sigue": asked}),
        desk.member().get("/consola/entrar", params={"sigue": asked}),
        desk.ask(lambda client: client.post("/consola/entrar", data={"sigue": asked, "name": "a", "password": "b"})),
    ):
        assert answer.status_code < 500 and "set-cookie" not in answer.headers
        assert not re.search(r"[\r\n]", answer.headers.get("location", "")), answer.headers
        assert answer.headers.get("location", "/consola").startswith("/consola")


@given(st.text())
def test_whatever_is_asked_leads_into_the_console(asked: str) -> None:
    led = own_path(asked)
    assert led == "/consola" or led.startswith("/consola/")
    assert not re.search(r"[\r\n\\]|//", led)


@pytest.mark.parametrize(
    "origin", ["http://[", "https://elsewhere.example", "http://console.example.elsewhere.example", "null\x7f", "//[::"]
)
def test_a_form_from_elsewhere_or_from_nowhere_is_refused_and_breaks_nothing(origin: str, desk: Desk) -> None:
    member = desk.member()
    answer = desk.ask(
        lambda client: client.post("/consola/cuenta/ausencia", data=member.form(away="1"), headers={"origin": origin}), member.cookies
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("many", [MOST_FIELDS + 1, 5000])
def test_a_form_with_more_fields_than_any_of_ours_is_refused(many: int, desk: Desk) -> None:
    for member in (desk.stranger(), desk.member()):
        path = "/consola/cuenta/ausencia" if member.token else "/consola/entrar"
        assert post(member, path, b"&".join(b"a=b" for _ in range(many))).status_code == 400


@pytest.mark.parametrize("length", ["-5", "abc", "99999999999999999999", "1e9"])
def test_a_length_that_is_none_or_too_much_is_refused(length: str, desk: Desk) -> None:
    answer = post(desk.member(), "/consola/cuenta/ausencia", b"a=b", **{"content-length": length})
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize("charset", ["unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "punycode", "idna", "rot13", "x" * 500])
def test_a_form_says_its_letters_in_utf_8(charset: str, desk: Desk) -> None:
    """Others could say what is no text, or take very long to be read."""
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800\r\n--x--\r\n'
    for member in (desk.stranger(), desk.member()):
        path = "/consola/cuenta/ausencia" if member.token else "/consola/entrar"
        assert post(member, path, body, f"multipart/form-data; boundary=x; charset={charset}").status_code == 400


@pytest.mark.parametrize("kind", ["", "; charset=UTF-8", ";charset=utf-8"])
def test_a_form_of_a_page_and_one_of_a_script_are_taken(kind: str, desk: Desk) -> None:
    """A browser's `fetch` names the letters of a form, its pages do not."""
    member = desk.member()
    body = urlencode(member.form(language="es")).encode()
    assert post(member, "/consola/cuenta/ausencia", body, f"application/x-www-form-urlencoded{kind}").status_code == 303


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300]
)
def test_what_is_no_form_is_refused(kind: str, desk: Desk) -> None:
    member = desk.member()
    assert 400 <= post(member, "/consola/cuenta/ausencia", b'{"csrf": 1}', kind).status_code < 500


@pytest.mark.parametrize("said", ["\x00", "a\x00b"])
def test_a_letter_that_a_database_does_not_take_never_reaches_it(said: str, desk: Desk) -> None:
    """PostgreSQL takes no NUL in a text: what stands in an address is refused, what was typed goes on without it."""
    agent, officer = desk.member(Role.AGENT), desk.member(Role.DATA_OFFICER)
    for member, path in ((agent, "/consola/bandeja"), (officer, "/consola/registro")):
        assert all(member.get(path, params={name: said}).status_code == 400 for name in ("quien", "idioma", "busca", "persona"))
    assert agent.get("/consola/casos/%00").status_code in (400, 404)
    agent.send("/consola/cuenta/avisos", email="rosa@institucion.mx\x00", language="es")
    assert desk.database.call(lambda session: session.get_one(Staff, agent.number).email) == "rosa@institucion.mx"


LONG = "😀 \u202e\n" * 10_000


@pytest.mark.parametrize("field", ["responder", "nota", "borrador", "caso/leer", "traducir/1"])
def test_ten_thousand_lines_are_refused_in_words_or_kept(field: str, attended: Attended) -> None:
    attended.is_held()
    answer = attended.rosa.send(f"{attended.path}/{field}", text=LONG)
    assert answer.status_code in (204, 303, 409) and attended.sent() == []
    assert attended.rosa.get(attended.path).status_code == 200


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(min_size=1, max_size=60))
def test_whatever_a_person_writes_the_page_says_it_as_text(said: str, attended: Attended) -> None:
    attended.later(minutes=1)
    attended.person_writes(f"<i>{said}</i> {MARKUP}")
    page = attended.rosa.get(attended.path)
    assert page.status_code == 200 and "<i>" not in page.text and "<i id=dentro" not in page.text


def test_what_is_turned_round_turns_nothing_round_but_itself(attended: Attended) -> None:
    """A file may be called so that the words behind its name read backwards (U+202E)."""
    attended.is_held()
    attended.chat.sends(document={"file_id": "f1", "file_unique_id": "u1", "file_name": "recibo‮fdp.exe", "file_size": 9})
    attended.later(minutes=1)
    number = attended.chat.attachments()[-1].id
    attended.rosa.send(f"{attended.path}/archivo/{number}/abrir", why="Para leer el recibo que mandó")
    page = attended.rosa.get(attended.path).text
    assert re.search(r"<bdi>recibo\u202efdp\.exe</bdi>", page)


def test_guesses_of_the_code_are_counted_over_a_restart_and_over_every_browser(desk: Desk) -> None:
    """Each with a new session of who knows the password, on a service that was just started."""
    rosa = desk.member(name="rosa")
    waits = 0
    for number in range(12):
        again = Desk(desk.database, desk.app.content, desk.app.settings, NOW + timedelta(seconds=number))

        def guess(session: Session, now: datetime = again.now) -> bool:
            signed = find(session, rosa.token, now)
            assert signed is not None
            return signing.give_code(session, signed, "000000", now).wait > timedelta(0)

        waits += again.database.call(guess)
    assert waits >= 7


def test_a_cookie_that_was_given_over_http_opens_nothing_over_https(desk: Desk, tmp_path: Path) -> None:
    """Whoever could write the plain one on the way must not choose who is signed in."""
    rosa = desk.member()
    secure = Settings(puente_var=tmp_path, puente_public_url="https://puente.example.mx", _env_file=None)  # type: ignore[call-arg]
    over_https = Desk(desk.database, desk.app.content, secure, NOW)
    assert over_https.ask(lambda client: client.get("/consola"), {"puente_equipo": rosa.token}).status_code == 303
    assert over_https.ask(lambda client: client.get("/consola"), {"__Secure-puente_equipo": rosa.token}).status_code == 200


@pytest.mark.parametrize("token", ["x" * 65, "x" * 100_000, "ñ", "\x7f"])
def test_a_cookie_that_is_none_of_ours_opens_nothing(token: str, desk: Desk) -> None:
    sent = {b"cookie": f"puente_equipo={token}".encode("latin-1")}
    assert desk.ask(lambda client: client.get("/consola", headers=sent)).status_code == 303


def test_no_value_of_a_table_is_a_formula() -> None:
    """Titles are written by who edits the content, and opened by who reads the figures."""
    line = SimpleNamespace(label="@x", title='=HYPERLINK("https://elsewhere.example")', count=3)
    chart = SimpleNamespace(name="topics", tag="#x", list=SimpleNamespace(lines=[line]))
    shown = SimpleNamespace(period=SimpleNamespace(first="2026-11-01", last="2026-11-30"))
    last = as_csv(cast(Chart, chart), cast(Dashboard, shown)).splitlines()[-1]
    assert last == """topics,2026-11-01,2026-11-30,'@x,"'=HYPERLINK(""https://elsewhere.example"")",3"""


@pytest.mark.parametrize("role", [None, Role.AGENT])
def test_files_are_read_for_nobody_who_may_not_send_them(role: Role | None, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for a stranger nor for a member whose role may not: they are large."""
    taking = [page for page in console_of(desk.app).pages if page.takes_files]
    assert taking and all(page.needs in Action and Role.AGENT not in MAY[Action(page.needs)] for page in taking)

    async def read(request: object, takes_files: bool) -> tuple[dict[str, str], dict[str, bytes]]:
        raise AssertionError("the form was read")

    monkeypatch.setattr(door, "_form", read)
    file = {"file": ("a.csv", b"x" * 1000, "text/csv")}
    for page in taking:
        cookies = desk.member(role).cookies if role else {}
        answer = desk.ask(lambda client, page=page: client.post(page.path, files=file), cookies)
        assert answer.status_code == (401 if role is None else 403)
