"""The console as its pages are asked for, without a browser: somebody of the staff who has signed in, and what they see and send."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts import sessions
from bot.app import App
from bot.console.console import console_of
from bot.console.cookie import name_of
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker
from bot.local_chat.web import web_app
from bot.metrics import Metrics
from bot.permissions import Actor
from bot.rasa.client import RasaClient
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.settings import ROOT, Settings

NAMES = count(1)
NOBODY = 9  # the discard port: Rasa is not asked


def app_of(database: Database, live: LiveContent, settings: Settings, clock: Callable[[], datetime]) -> App:
    rasa = RasaClient.at(NOBODY)
    metrics = Metrics()
    return App(settings, database, live, rasa, Worker(database, live, rasa, [], clock, metrics), metrics, None, clock=clock)


def enrolled(session: Session, name: str, role: Role, now: datetime, organization_id: str | None = None) -> Staff:
    """Somebody who has done all that is asked before the first page is shown."""
    member = session.scalar(select(Staff).where(Staff.name == name))
    conduct = yaml.safe_load((ROOT / "flows/team.yml").read_text(encoding="utf-8"))["conduct"]["version"]
    if member is None:
        member = Staff(name=name, role=role, organization_id=organization_id, created_at=now, created_by="operator", accepted_at=now)
        session.add(member)
    member.totp, member.conduct = member.totp or pyotp.random_base32(), member.conduct or conduct
    session.flush()
    return member


class Desk:
    """The console of one database. `now` is what its clock says."""

    def __init__(self, database: Database, live: LiveContent, settings: Settings, now: datetime) -> None:
        self.database, self.now = database, now
        self.app = app_of(database, live, settings, lambda: self.now)

    def member(self, role: Role = Role.AGENT, name: str | None = None, organization_id: str | None = None) -> "Member":
        """Somebody of that role who has signed in."""
        called = name or f"{role}{next(NAMES)}"

        def begin(session: Session) -> tuple[str, int]:
            staff = enrolled(session, called, role, self.now, organization_id)
            return sessions.begin(session, staff, "test", self.now, is_confirmed=True), staff.id

        token, number = self.database.call(begin)
        return Member(self, token, Actor(called, role, organization_id), number)

    def stranger(self) -> "Member":
        """Somebody who has not signed in."""
        return Member(self, "", Actor("stranger"), 0)

    def ask[R](self, asked: Callable[[httpx.AsyncClient], Awaitable[R]], cookies: dict[str, str] | None = None) -> R:
        async def run() -> R:
            app = web_app(self.app, console_of(self.app, lambda: self.now).routes())
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://console.example", cookies=cookies) as client:
                return await asked(client)

        return asyncio.run(run())


class Member:
    def __init__(self, desk: Desk, token: str, actor: Actor, number: int) -> None:
        self.desk, self.token, self.actor, self.number = desk, token, actor, number

    @property
    def cookies(self) -> dict[str, str]:
        return {name_of(self.desk.app.settings): self.token} if self.token else {}

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.desk.ask(lambda client: client.get(path, **more), self.cookies)

    def form(self, **fields: str) -> dict[str, str]:
        """What a form of one of their pages sends."""
        return {"csrf": sessions.csrf_of(self.token), "once": uuid4().hex, **fields}

    def send(self, path: str, **fields: str) -> httpx.Response:
        """A form; its answer is most often the address of the page that shows what came of it."""
        return self.desk.ask(lambda client: client.post(path, data=self.form(**fields)), self.cookies)

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        """That very form, as it was made."""
        return self.desk.ask(lambda client: client.post(path, data=form), self.cookies)
