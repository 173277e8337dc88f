"""Signing in: one answer for all that is wrong, waits for who guesses, and codes that serve once."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot import staff
from bot.accounts import passwords, second_factor, tries
from bot.records.audit import AuditEntry
from bot.records.staff import Staff
from tests.attended import NOON
from tests.console import Desk
from tests.signing import PASSWORD, Browser, audited, begun, change, code_at, member, with_password

RIGHT = {"name": "rosa", "password": PASSWORD}


@pytest.fixture(autouse=True)
def rosa_has_a_password(desk: Desk) -> None:
    with_password(desk)


def test_password_and_code_lead_to_the_page_that_was_wanted(desk: Desk) -> None:
    browser = Browser(desk)
    assert browser.enter(wanted="/consola/cuenta?x=1").headers["location"] == "/consola/codigo?sigue=%2Fconsola%2Fcuenta%3Fx%3D1"
    browser.open("/consola/codigo?sigue=/consola/cuenta")
    answer = browser.send("/consola/codigo", {"code": code_at(member(desk).totp, NOON), "sigue": "/consola/cuenta"})
    assert answer.headers["location"] == "/consola/cuenta" and browser.open("/consola").status_code == 200
    assert browser.open("/consola/entrar?sigue=/consola/cuenta").headers["location"] == "/consola/cuenta"
    assert audited(desk) == [("rosa", "staff.sign_in")]


@pytest.mark.parametrize("name", ["Rosa", " rosa ", "ROSA"])
def test_a_name_is_found_as_telephones_type_it(name: str, desk: Desk) -> None:
    assert Browser(desk).enter(name).status_code == 303


# What is told, and to whom


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(desk: Desk) -> None:
    answers = [Browser(desk).enter("rosa", "wrong wrong wrong"), Browser(desk).enter("nobody", PASSWORD)]
    assert {each.status_code for each in answers} == {401}
    assert answers[0].text.replace('value="rosa"', "") == answers[1].text.replace('value="nobody"', "")
    assert audited(desk) == [("rosa", "staff.sign_in_failed"), ("unknown", "staff.sign_in_failed")]


def test_what_was_typed_as_a_name_that_does_not_exist_is_written_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    Browser(desk).enter("mysecretpassword", "x")
    rows = desk.database.call(lambda session: [(each.who, each.why, each.subject) for each in session.scalars(select(AuditEntry))])
    assert "mysecretpassword" not in str(rows) + caplog.text


def test_the_same_work_is_done_whether_or_not_the_name_exists(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    verify = passwords._HASHER.verify
    monkeypatch.setattr(type(passwords._HASHER), "verify", lambda _, kept, text: compared.append(kept) or verify(kept, text))
    for name in ("rosa", "nobody"):
        Browser(desk).enter(name, "wrong wrong wrong")
    costs = [each.rpartition("$")[0].rpartition("$")[0] for each in compared]
    assert len(costs) == 2 and costs[0] == costs[1] == "$argon2id$v=19$m=47104,t=3,p=1"


def test_who_has_no_second_factor_is_sent_to_the_link_only_with_the_right_password(desk: Desk) -> None:
    change(desk, totp=None)
    right, wrong = Browser(desk).enter(), Browser(desk).enter(password="wrong wrong wrong")
    assert "Falta terminar el alta" in right.text and "Falta terminar" not in wrong.text and not right.headers.get("set-cookie")


def test_who_was_revoked_does_not_get_in_and_is_told_nothing(desk: Desk) -> None:
    desk.database.call(staff.revoke, staff.OPERATOR, "rosa", NOON)
    assert "no coinciden" in Browser(desk).enter().text


# Guessing


def guesses(desk: Desk, count: int, addresses: int, name: str = "rosa", at_once: bool = False) -> list[int]:
    """So many wrong passwords, from so many addresses, and then the right one from yet another."""

    async def try_all(client: httpx.AsyncClient) -> list[int]:
        async def one(number: int) -> int:
            where = {"x-forwarded-for": f"198.51.100.{number % addresses + 1}"}
            return (
                await client.post("/consola/entrar", data={"name": name, "password": f"guess number {number}"}, headers=where)
            ).status_code

        found = await asyncio.gather(*map(one, range(count))) if at_once else [await one(number) for number in range(count)]
        last = await client.post("/consola/entrar", data={**RIGHT, "name": name}, headers={"x-forwarded-for": "203.0.113.9"})
        return [*found, last.status_code if "tampoco entra la contraseña correcta" in last.text or last.status_code != 429 else 0]

    return desk.ask(try_all)


@pytest.mark.parametrize("at_once", [False, True], ids=["one after another", "at once"])
@pytest.mark.parametrize("name", ["rosa", "nobody"])
def test_a_hundred_guesses_compare_five_and_then_not_even_the_right_password_gets_in(
    name: str, at_once: bool, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda kept, text: compared.append(text) or matches(kept, text))
    found = guesses(desk, 100, 100, name, at_once)
    assert (len(compared), found.count(401), found.count(429), found[-1]) == (5, 5, 96, 429)


def test_one_address_is_stopped_whatever_names_it_tries(desk: Desk) -> None:
    async def try_names(client: httpx.AsyncClient) -> list[int]:
        return [(await client.post("/consola/entrar", data={"name": f"n{each}", "password": "x"})).status_code for each in range(30)]

    found = desk.ask(try_names)
    assert found.count(401) <= 10 and found[-10:] == [429] * 10


def test_the_wait_doubles_up_to_a_quarter_of_an_hour_and_only_getting_in_ends_it(desk: Desk) -> None:
    waits = []
    for _ in range(8):
        Browser(desk).enter(password="wrong wrong wrong")
        waits.append(int(tries.left(member(desk), desk.now).total_seconds() // 60))
        desk.now += tries.left(member(desk), desk.now)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8]
    Browser(desk).enter(password="wrong wrong wrong")
    assert tries.left(member(desk), desk.now) == timedelta(minutes=15)
    Browser(desk).enter()
    assert member(desk).failures == 9  # locked: not even counted
    desk.now += timedelta(minutes=15)
    assert Browser(desk).sign_in().status_code == 303 and member(desk).failures == 0
    assert [action for _, action in audited(desk)].count("staff.locked") == 5


def test_giving_the_right_password_does_not_start_the_guesses_of_the_code_anew(desk: Desk) -> None:
    for _ in range(5):
        browser = Browser(desk)
        browser.enter()
        browser.open("/consola/codigo")
        browser.send("/consola/codigo", {"code": "000000"})
    answer = Browser(desk).enter()
    assert answer.status_code == 429 and member(desk).failures == 5


def test_while_locked_not_even_the_right_code_gets_in(desk: Desk) -> None:
    browser = Browser(desk)
    browser.enter()
    browser.open("/consola/codigo")
    found = [browser.send("/consola/codigo", {"code": "000000"}).status_code for _ in range(5)]
    answer = browser.send("/consola/codigo", {"code": code_at(member(desk).totp, desk.now)})
    assert found == [401] * 4 + [429] and answer.status_code == 429 and "tampoco entra el código correcto" in answer.text
    assert browser.open("/consola").status_code == 303


# The second factor


def code(desk: Desk, browser: Browser, text: str) -> int:
    browser.open("/consola/codigo")
    return browser.send("/consola/codigo", {"code": text}).status_code


def test_a_code_of_the_telephone_serves_once(desk: Desk) -> None:
    shown = code_at(member(desk).totp, NOON)
    assert [code(desk, begun(desk), shown), code(desk, begun(desk), shown)] == [303, 401]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_clocks_may_differ_by_one_step(steps: int, status: int, desk: Desk) -> None:
    assert code(desk, begun(desk), code_at(member(desk).totp, NOON, steps)) == status


def test_a_code_older_than_one_that_was_used_is_worth_nothing(desk: Desk) -> None:
    assert code(desk, begun(desk), code_at(member(desk).totp, NOON, 1)) == 303
    assert code(desk, begun(desk), code_at(member(desk).totp, NOON)) == 401


def test_a_code_of_the_paper_serves_once_and_it_is_told_how_many_are_left(desk: Desk) -> None:
    codes = desk.database.call(lambda session: second_factor.new_codes(session.scalars(select(Staff)).one()))
    assert [code(desk, begun(desk), codes[3]), code(desk, begun(desk), codes[3]), code(desk, begun(desk), codes[4].upper())] == [
        303,
        401,
        303,
    ]
    assert len(member(desk).recovery or []) == 8


@pytest.mark.parametrize("text", ["", " ", "12345", "1234567", "abcdef", "٠٠٠٠٠٠", "0" * 64])
def test_what_is_no_code_is_refused(text: str, desk: Desk) -> None:
    assert code(desk, begun(desk), text) == 401


# Forms and addresses


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example", "//elsewhere.example", "/consola/\\elsewhere.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere_by_what_they_wanted(wanted: str, desk: Desk) -> None:
    browser = Browser(desk)
    browser.enter(wanted=wanted)
    browser.open("/consola/codigo")
    answer = browser.send("/consola/codigo", {"code": code_at(member(desk).totp, NOON), "sigue": wanted})
    assert answer.headers["location"] == "/consola"
    assert "elsewhere" not in browser.open(f"/consola/entrar?sigue={wanted}").headers.get("location", "")
    assert 'href="https://elsewhere' not in Browser(desk).open(f"/consola/entrar?sigue={wanted}").text


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
def test_a_form_of_another_place_signs_nobody_in(headers: dict[str, str], desk: Desk) -> None:
    browser = Browser(desk)
    assert browser.enter(**{name.replace("-", "_"): value for name, value in headers.items()}).status_code == 403 and not browser.cookies


@pytest.mark.parametrize("what", ["missing", "foreign", "of another session", "of the step before"])
def test_a_form_that_is_not_of_this_session_is_refused(what: str, desk: Desk) -> None:
    browser, other = Browser(desk), Browser(desk)
    browser.sign_in()
    before = browser.hidden["csrf"]
    with_password(desk, "luis")
    other.sign_in("luis")
    browser.open("/consola/cuenta")
    other.open("/consola/cuenta")
    values = {"missing": "", "foreign": "0" * 32, "of another session": other.hidden["csrf"], "of the step before": before}
    sent = {"csrf": values[what], "email": "a@example.org", "language": "es"}
    assert browser.send("/consola/cuenta/avisos", sent).status_code == 403 and member(desk).email is None
    assert browser.send("/consola/cuenta/avisos", {**sent, "csrf": browser.hidden["csrf"]}).status_code == 303


def test_a_member_who_comes_by_a_link_from_elsewhere_can_go_on_without_signing_in_again(desk: Desk) -> None:
    page = Browser(desk).open("/consola/entrar?sigue=/consola/peticiones/4").text  # the browser keeps the cookie back this once
    assert '<a href="/consola/peticiones/4">Ya entré: seguir</a>' in page and "http-equiv" not in page
