"""An invitation becomes an account: a password, a second factor, the code of conduct; interrupted, repeated, by two at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import staff
from bot.accounts import enrolment, second_factor, sessions
from bot.errors import RefusedError
from bot.records.audit import AuditEntry
from bot.records.staff import Role
from tests.console import Desk
from tests.signing import HASHED, PASSWORD, Browser, code_at, invite, member

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def choose(browser: Browser, link: str, password: str = PASSWORD, again: str | None = None) -> int:
    return browser.send(link, {"password": password, "again": password if again is None else again}).status_code


def finish(browser: Browser) -> str:
    """The page with the codes for the paper."""
    browser.open("/consola/alta")
    return browser.send("/consola/alta", {"code": code_at(member(browser.desk).totp_offered, browser.desk.now)}).text


def test_an_invitation_says_whose_it_is_and_looking_changes_nothing(desk: Desk) -> None:
    link = invite(desk, role=Role.PARTNER, organization="ipam")
    page = Browser(desk).open(link)
    assert page.status_code == 200 and all(word in page.text for word in ("rosa", "Oficina que recibe casos", "Instituto Poblano"))
    assert member(desk).password is None and member(desk).accepted_at is None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PARTNER])
def test_every_role_has_a_name_on_its_invitation(role: Role, desk: Desk) -> None:
    page = Browser(desk).open(invite(desk, role=role))
    assert page.status_code == 200 and f"<dd>{role}</dd>" not in page.text and "<dd></dd>" not in page.text


def test_an_invitation_leads_to_the_first_page_of_the_console(desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    browser.open(link)
    assert choose(browser, link) == 303
    assert browser.open("/consola").headers["location"].startswith("/consola/alta")
    page = finish(browser)
    assert len(re.findall(r"<li><code>[a-z0-9]{5}-[a-z0-9]{5}</code>", page)) == 10
    assert browser.open("/consola").headers["location"].startswith("/consola/conducta")
    assert "confían en nosotros" in browser.open("/consola/conducta").text
    assert browser.send("/consola/conducta", {}).status_code == 422
    assert browser.send("/consola/conducta", {"accepted": "1"}).status_code == 303
    assert browser.open("/consola").status_code == 200
    found = member(desk)
    assert found.accepted_at == NOW and found.conduct == browser.desk.app.content.current()[0].team.conduct.version


def test_the_link_is_dead_when_both_are_set_and_not_before(desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    choose(browser, link)
    assert Browser(desk).open(link).status_code == 200
    finish(browser)
    assert [Browser(desk).open(link).status_code, choose(Browser(desk), link)] == [404, 404]


def test_who_was_interrupted_goes_on_with_the_same_link(desk: Desk) -> None:
    link = invite(desk)
    choose(Browser(desk), link)
    again = Browser(desk)
    desk.now += timedelta(days=1)
    assert choose(again, link, "otras cuatro nubes lejanas") == 303 and "Guarde estos códigos" in finish(again)
    signed = Browser(desk)
    assert signed.enter(password=PASSWORD).status_code == 401
    assert signed.enter(password="otras cuatro nubes lejanas").status_code == 303


@pytest.mark.parametrize("after", [staff.INVITED_FOR + timedelta(seconds=1), None])
def test_an_invitation_that_expired_or_was_taken_back_is_gone(after: timedelta | None, desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    if after:
        desk.now += after
    else:
        desk.database.call(staff.revoke, staff.OPERATOR, "rosa", NOW)
    assert browser.open(link).status_code == choose(browser, link) == 404
    assert member(desk).password is None


def test_an_invitation_that_expires_on_the_way_is_not_finished(desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    desk.now += staff.INVITED_FOR - timedelta(minutes=1)
    choose(browser, link)
    desk.now += timedelta(minutes=2)
    assert "ya se usó o venció" in finish(browser) and member(desk).totp is None


def test_a_new_link_makes_the_earlier_one_worth_nothing(desk: Desk) -> None:
    old = invite(desk)
    _, token = desk.database.call(staff.invite_again, staff.OPERATOR, "rosa", NOW)
    assert [Browser(desk).open(path).status_code for path in (old, f"/invitacion/{token}")] == [404, 200]


def test_of_two_who_follow_the_link_the_last_one_has_it(desk: Desk) -> None:
    first, second, link = Browser(desk), Browser(desk), invite(desk)
    choose(first, link)
    choose(second, link, "otras cuatro nubes lejanas")
    assert first.open("/consola/alta").headers["location"].startswith("/consola/entrar")
    assert "Guarde estos códigos" in finish(second)


def test_of_two_who_finish_at_once_one_wins(desk: Desk) -> None:
    token = invite(desk).rpartition("/")[2]
    cookie = desk.database.call(enrolment.choose_password, token, HASHED, "test", NOW)
    signed = desk.database.call(sessions.find, cookie, NOW)
    assert signed
    code = code_at(desk.database.call(second_factor.offer, signed.staff_id, NOW), NOW)

    def try_it(_: int) -> bool:
        try:
            desk.database.call(enrolment.finish, signed, code, NOW)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(try_it, range(4))) == [False, False, False, True]


@pytest.mark.parametrize(
    ("password", "again", "told"),
    [("corta1", None, "corta"), (PASSWORD, "otra cosa distinta", "no se escribió lo mismo"), ("contraseña123456", None, "primeras"),
     ("a" * 300, None, "demasiado larga"), ("", None, "corta")],
)  # fmt: skip
def test_a_password_that_will_not_do_is_told_and_the_link_lives(password: str, again: str | None, told: str, desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    answer = browser.send(link, {"password": password, "again": password if again is None else again})
    assert answer.status_code == 422 and told in answer.text and not (password and password in answer.text)
    assert member(desk).password is None and not browser.cookies and browser.open(link).status_code == 200


def test_a_wrong_code_is_told_and_can_be_typed_again(desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    choose(browser, link)
    browser.open("/consola/alta")
    answer = browser.send("/consola/alta", {"code": "000000"})
    assert answer.status_code == 422 and "no coincide" in answer.text and member(desk).totp is None
    assert "Guarde estos códigos" in finish(browser)


def test_the_picture_for_the_telephone_is_shown_only_while_it_is_offered(desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    choose(browser, link)
    browser.open("/consola/alta")
    drawn = browser.open("/consola/alta/dibujo.svg")
    assert (
        drawn.headers["content-type"] == "image/svg+xml" and drawn.text.startswith("<?xml") and "no-store" in drawn.headers["cache-control"]
    )
    finish(browser)
    assert browser.open("/consola/alta/dibujo.svg").status_code == 404


def test_nothing_that_opens_an_account_is_in_the_database_as_it_is(desk: Desk) -> None:
    browser, link = Browser(desk), invite(desk)
    choose(browser, link)
    page = finish(browser)
    [code, *_] = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)

    def rows(session: Session) -> str:
        return str(session.connection().exec_driver_sql("SELECT * FROM staff").all()) + str(
            session.connection().exec_driver_sql("SELECT * FROM staff_session").all()
        )

    kept, found = desk.database.call(rows), member(desk)
    secrets = [PASSWORD, found.totp or "?", code, code.replace("-", ""), link.rpartition("/")[2], *browser.cookies.values()]
    assert not [each for each in secrets if each in kept] and (found.password or "").startswith("$argon2id$")
    audited = desk.database.call(lambda session: [(each.who, each.action) for each in session.scalars(select(AuditEntry))])
    assert audited == [("operator", "staff.manage"), ("rosa", "staff.accept")]
