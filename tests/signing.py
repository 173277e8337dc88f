"""Somebody of the staff with a browser that keeps its cookie, and a telephone with an application of codes."""

import re
from collections.abc import Mapping
from datetime import datetime
from http.cookies import SimpleCookie

import httpx
import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import staff
from bot.accounts import enrolment, passwords, second_factor, sessions
from bot.records.audit import AuditEntry
from bot.records.staff import Role, Staff
from tests.console import Desk, enrolled

PASSWORD = "cuatro nubes y un tren"
HASHED = passwords.hashed(PASSWORD)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"


def code_at(secret: str | None, now: datetime, steps: int = 0) -> str:
    """What the telephone shows."""
    assert secret
    return pyotp.TOTP(secret).at(now, counter_offset=steps)


def accept(session: Session, token: str, now: datetime) -> Staff:
    """All steps of an invitation. Raises RefusedError."""
    cookie = enrolment.choose_password(session, token, HASHED, "test", now)
    signed = sessions.find(session, cookie, now)
    assert signed
    secret = second_factor.offer(session, signed.staff_id, now)
    enrolment.finish(session, signed, code_at(secret, now), now)
    return session.get_one(Staff, signed.staff_id)


def with_password(desk: Desk, name: str = "rosa", role: Role = Role.AGENT) -> Staff:
    """Somebody who has done all that is asked, and whose password is PASSWORD."""

    def make(session: Session) -> Staff:
        member = enrolled(session, name, role, desk.now)
        member.password = HASHED
        return member

    return desk.database.call(make)


def member(desk: Desk, name: str = "rosa") -> Staff:
    return desk.database.call(lambda session: session.scalars(select(Staff).where(Staff.name == name)).one())


def change(desk: Desk, **values: object) -> None:
    """What stands of rosa is that now."""

    def set_them(session: Session) -> None:
        found = session.scalars(select(Staff).where(Staff.name == "rosa")).one()
        for name, value in values.items():
            setattr(found, name, value)

    desk.database.call(set_them)


def audited(desk: Desk) -> list[tuple[str, str]]:
    """Who did what, in order."""
    return desk.database.call(
        lambda session: [(each.who, each.action) for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    )


def invite(desk: Desk, name: str = "rosa", role: Role = Role.AGENT, organization: str | None = None) -> str:
    """The path of the link."""
    return f"/invitacion/{desk.database.call(staff.invite, staff.OPERATOR, name, role, organization, desk.now)[1]}"


class Browser:
    """Keeps cookies as browsers do, and sends the hidden fields of the page that it has open."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.cookies, self.hidden, self.page = desk, dict[str, str](), dict[str, str](), ""

    def open(self, path: str, **more: str) -> httpx.Response:
        return self._took(self.desk.ask(lambda client: client.get(path, headers=self._headers(more)), self.cookies))

    def send(self, path: str, fields: Mapping[str, str] | None = None, **more: str) -> httpx.Response:
        """`more`: headers. Fields of the page that was opened last go with it."""
        data = {**self.hidden, **(fields or {})}
        return self._took(self.desk.ask(lambda client: client.post(path, data=data, headers=self._headers(more)), self.cookies))

    def enter(self, name: str = "rosa", password: str = PASSWORD, wanted: str = "", **more: str) -> httpx.Response:
        return self.send("/consola/entrar", {"name": name, "password": password, "sigue": wanted}, **more)

    def sign_in(self, name: str = "rosa", password: str = PASSWORD) -> httpx.Response:
        """Both steps; the last answer."""
        self.enter(name, password)
        self.open("/consola/codigo")
        return self.send("/consola/codigo", {"code": code_at(member(self.desk, name).totp, self.desk.now)})

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        return {"user-agent": FIREFOX, **{name.replace("_", "-"): value for name, value in more.items()}}

    def _took(self, answer: httpx.Response) -> httpx.Response:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        found = {name: re.search(f'name="{name}" value="([^"]*)"', answer.text) for name in ("csrf", "once", "version")}
        self.hidden = {name: each[1] for name, each in found.items() if each} or self.hidden
        return answer


def begun(desk: Desk) -> Browser:
    """Who gave the password, and not yet the code."""
    browser = Browser(desk)
    browser.enter()
    return browser
