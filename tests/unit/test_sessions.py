"""The session of somebody who signed in: a new name at every step, what each step opens, and what ends it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot import staff
from bot.accounts import sessions
from bot.settings import Settings
from tests.attended import NOON
from tests.console import Desk
from tests.signing import Browser, audited, begun, change, code_at, member, with_password


@pytest.fixture(autouse=True)
def rosa_has_a_password(desk: Desk) -> None:
    with_password(desk)


def test_the_session_has_a_new_name_at_every_step_and_the_old_ones_open_nothing(desk: Desk) -> None:
    change(desk, conduct="old")
    browser, names = Browser(desk), []
    for step in (
        lambda: browser.enter(), lambda: browser.open("/consola/codigo"),
        lambda: browser.send("/consola/codigo", {"code": code_at(member(desk).totp, NOON)}), lambda: browser.open("/consola/conducta"),
        lambda: browser.send("/consola/conducta", {"accepted": "1"}),
    ):  # fmt: skip
        step()
        names.append(browser.cookies["puente_equipo"])
    assert len(set(names)) == 3 and browser.open("/consola").status_code == 200
    for old in set(names) - {names[-1]}:
        browser.cookies = {"puente_equipo": old}
        assert browser.open("/consola/conducta").headers["location"].startswith("/consola/entrar")


def test_a_session_that_somebody_else_chose_is_not_taken(desk: Desk) -> None:
    browser = Browser(desk)
    browser.cookies = {"puente_equipo": "chosen-by-somebody-else"}
    browser.sign_in()
    assert browser.cookies["puente_equipo"] != "chosen-by-somebody-else"
    assert desk.database.call(sessions.find, "chosen-by-somebody-else", NOON) is None


@pytest.mark.parametrize("path", ["/consola", "/consola/cuenta", "/consola/alta", "/consola/conducta"])
def test_with_the_password_alone_nothing_opens(path: str, desk: Desk) -> None:
    browser = begun(desk)
    assert browser.open(path).status_code == 303
    assert browser.send("/consola/cuenta/avisos", {"email": "a@example.org"}).status_code == 401 and member(desk).email is None


def test_with_another_version_of_the_code_of_conduct_nothing_opens_until_it_is_accepted(desk: Desk) -> None:
    change(desk, conduct="2020-01-01")
    browser = Browser(desk)
    browser.sign_in()
    assert browser.open("/consola/cuenta?a=b").headers["location"] == "/consola/conducta?sigue=/consola/cuenta%3Fa%3Db"
    browser.open("/consola/conducta")
    assert browser.send("/consola/conducta", {"accepted": "1", "version": "2020-01-01"}).status_code == 409
    browser.open("/consola/conducta")
    assert browser.send("/consola/conducta", {"accepted": "1"}).status_code == 303 and browser.open("/consola").status_code == 200
    assert ("rosa", "staff.conduct") in audited(desk)


def test_who_leaves_is_out_and_the_cookie_is_worth_nothing(desk: Desk) -> None:
    browser = Browser(desk)
    browser.sign_in()
    kept = dict(browser.cookies)
    browser.open("/consola")
    assert browser.send("/consola/salir").status_code == 303 and not browser.cookies
    browser.cookies = kept
    assert browser.open("/consola").status_code == 303 and ("rosa", "staff.sign_out") in audited(desk)


def test_the_session_of_who_is_revoked_dies_at_once(desk: Desk) -> None:
    browser = Browser(desk)
    browser.sign_in()
    desk.database.call(staff.revoke, staff.OPERATOR, "rosa", NOON)
    assert browser.open("/consola").headers["location"].startswith("/consola/entrar")


def test_a_session_of_who_is_revoked_is_worth_nothing_even_where_it_was_not_ended(desk: Desk) -> None:
    browser = Browser(desk)
    browser.sign_in()
    change(desk, revoked_at=NOON)
    assert browser.open("/consola").status_code == 303


def test_revoking_ends_the_sessions_themselves(desk: Desk) -> None:
    Browser(desk).sign_in()
    desk.database.call(staff.revoke, staff.OPERATOR, "rosa", NOON)
    assert desk.database.call(sessions.of, member(desk).id, NOON) == []


def test_who_knows_only_the_password_cannot_end_the_sessions_of_who_knows_more(desk: Desk) -> None:
    browser = Browser(desk)
    browser.sign_in()
    for _ in range(sessions.MOST + 2):
        desk.now += timedelta(seconds=1)
        begun(desk)
    assert browser.open("/consola").status_code == 200


@pytest.mark.parametrize(
    ("address", "name", "is_secure"),
    [
        (None, "puente_equipo", False), ("https://puente.example.mx", "__Secure-puente_equipo", True),
        ("http://127.0.0.1:8000", "puente_equipo", False),
    ],
)  # fmt: skip
def test_the_cookie_is_for_the_console_alone(address: str | None, name: str, is_secure: bool, desk: Desk, tmp_path: Path) -> None:
    desk.app.settings = Settings(puente_var=tmp_path, puente_public_url=address, _env_file=None)  # type: ignore[call-arg]
    parts = {each.strip() for each in Browser(desk).enter().headers["set-cookie"].split(";")}
    assert {"HttpOnly", "SameSite=strict", "Path=/consola"} <= parts and ("Secure" in parts) is is_secure
    assert any(each.startswith(f"{name}=") for each in parts) and not any(each.lower().startswith("domain") for each in parts)
