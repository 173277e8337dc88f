"""Alerts by mail, to a mail server on loopback: tried until they are there, gathered when there are many, and silent about people."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.handoff import alerts, tickets
from bot.handoff.mail import EVERY, PostOffice, next_letters, send_due
from bot.metrics import Metrics
from bot.rasa.process import free_port
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.records.tickets import Alert, AlertState, Channel
from bot.settings import Settings
from tests.outgoing import conversation_of

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
LINK = "https://puente.example.mx"


class MailServer:
    """Keeps what it is given; refuses the first so many, as a busy server does."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses = 0
        self.tries = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.tries += 1
        if self.tries <= self.refuses:
            return "451 not now, rosa@example.org"
        self.letters.append(cast(EmailMessage, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, PostOffice]]:
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield handler, PostOffice.at(f"smtp://127.0.0.1:{controller.port}", "avisos@puente.example.mx", LINK)
    finally:
        controller.stop()


def post(database: Database, office: PostOffice, content: Content, now: datetime, metrics: Metrics | None = None) -> int:
    return asyncio.run(send_due(database, office, content, lambda: now, metrics or Metrics()))


def member(session: Session, name: str, language: str = "es") -> None:
    session.add(Staff(name=name, role=Role.AGENT, created_at=NOW, created_by="operator", email=f"{name}@example.org", language=language))


def waits(chat: str) -> Callable[[Session], object]:
    def ask(session: Session) -> int:
        conversation = conversation_of(session, chat)
        conversation.state = {"slots": {"topic": "health", "name": "Ana Secreta"}}
        return tickets.open_ticket(session, conversation, "asked", NOW).id

    return ask


def test_a_letter_says_which_request_waits_and_where_it_is_and_nothing_of_the_person(database: Database, content: Content) -> None:
    database.call(member, "rosa")
    database.call(waits("ana"))
    with mail_server() as (server, office):
        assert post(database, office, content, NOW + timedelta(minutes=4)) == 1
    [letter] = server.letters
    text = letter.get_content()
    assert (letter["To"], letter["From"]) == ("rosa@example.org", "avisos@puente.example.mx")
    assert "petición 1" in letter["Subject"] and "Salud" in text and "4 min" in text and f"{LINK}/consola/peticiones/1" in text
    assert "Secreta" not in letter.as_string() and "ana" not in text.lower().split()
    assert letter["Auto-Submitted"] == "auto-generated"


def test_what_the_server_refuses_is_tried_again_after_longer_and_longer_waits(database: Database, content: Content) -> None:
    database.call(member, "rosa")
    database.call(waits("ana"))
    now, moments, metrics = NOW, list[datetime](), Metrics()
    with mail_server() as (server, office):
        server.refuses = 4
        while not server.letters:
            before = server.tries
            post(database, office, content, now, metrics)
            moments += [now] if server.tries > before else []
            now += timedelta(seconds=5)
    waited = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)]
    assert waited == [5, 15, 30, 60]
    failures = {
        each: metrics.registry.get_sample_value("puente_alerts_total", {"channel": "email", "result": each})
        for each in ("sent", "SMTPDataError")
    }
    assert failures == {"sent": 1, "SMTPDataError": 4}
    [alert] = database.call(lambda session: list(session.scalars(select(Alert).where(Alert.channel == Channel.EMAIL))))
    assert (alert.state, alert.attempts, alert.failure) == (AlertState.SENT, 5, None)


def test_no_server_at_all_is_a_failure_like_any_other(database: Database, content: Content) -> None:
    database.call(member, "rosa")
    database.call(waits("ana"))
    assert post(database, PostOffice.at("smtp://127.0.0.1:9", "avisos@puente.example.mx"), content, NOW) == 0
    assert database.call(alerts.waiting) == 2


def test_who_gets_many_gets_one_letter_every_few_minutes_with_all_of_them(database: Database, content: Content) -> None:
    database.call(member, "rosa")
    with mail_server() as (server, office):
        database.call(waits("ana"))
        post(database, office, content, NOW)
        for number in range(5):
            database.call(waits(f"chat{number}"))
            post(database, office, content, NOW + timedelta(seconds=20 * number))
        assert len(server.letters) == 1
        post(database, office, content, NOW + EVERY + timedelta(seconds=1))
    _, digest = server.letters
    assert "5 avisos" in digest["Subject"] and all(f"petición {number}" in digest.get_content() for number in range(2, 7))


def test_danger_stands_in_the_subject(database: Database, content: Content) -> None:
    database.call(member, "rosa")
    number = database.call(waits("ana"))
    database.call(lambda session: tickets.alert(session, tickets.get(session, cast(int, number)), "trafficking", NOW))
    with mail_server() as (server, office):
        post(database, office, content, NOW)
    assert server.letters[0]["Subject"].startswith("PELIGRO")


def test_one_address_that_fails_holds_up_no_other(database: Database, content: Content) -> None:
    database.call(member, "rosa")
    database.call(member, "luis")
    database.call(waits("ana"))
    with mail_server() as (server, office):
        server.refuses = 1
        assert post(database, office, content, NOW) == 1
        assert post(database, office, content, NOW + timedelta(seconds=5)) == 1
    assert sorted(letter["To"] for letter in server.letters) == ["luis@example.org", "rosa@example.org"]


def test_who_has_no_address_any_more_is_not_waited_for(database: Database) -> None:
    database.call(member, "rosa")
    database.call(waits("ana"))
    database.call(lambda session: setattr(session.scalars(select(Staff)).one(), "email", None))
    assert database.call(next_letters, NOW) == []
    assert database.call(lambda session: session.scalars(select(Alert.failure).where(Alert.channel == Channel.EMAIL)).all()) == [
        "no address"
    ]


def test_two_processes_do_not_send_the_same_letter(database: Database) -> None:
    database.call(member, "rosa")
    database.call(waits("ana"))
    assert len(database.call(next_letters, NOW)) == 1
    assert database.call(next_letters, NOW) == [], "the other one has it"
    assert len(database.call(next_letters, NOW + timedelta(minutes=3))) == 1, "the other one died"


def test_a_server_without_encryption_gets_nothing(database: Database, content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handoff.mail.HERE", ())  # as if it were on another machine
    database.call(member, "rosa")
    database.call(waits("ana"))
    with mail_server() as (server, office):
        assert post(database, office, content, NOW) == 0
    assert server.tries == 0


@pytest.mark.parametrize(
    ("url", "host", "port", "wrapped", "starts"),
    [
        ("smtp://u:p%40ss@mail.example.org:2525", "mail.example.org", 2525, False, True),
        ("smtp://mail.example.org", "mail.example.org", 587, False, True),
        ("smtps://u:p@mail.example.org", "mail.example.org", 465, True, False), ("smtp://127.0.0.1:25", "127.0.0.1", 25, False, False),
    ],
)  # fmt: skip
def test_over_a_network_no_letter_goes_in_the_clear(url: str, host: str, port: int, wrapped: bool, starts: bool) -> None:
    office = PostOffice.at(url, "a@b.mx")
    assert (office.host, office.port, office.is_wrapped, office.starts_tls) == (host, port, wrapped, starts)
    assert "p%40ss" not in repr(office) and "p@ss" not in repr(office)
    assert office.password in (None, "p@ss", "p")


@pytest.mark.parametrize(
    ("url", "sender"),
    [("http://mail.example.org", "a@b.mx"), ("smtp://", "a@b.mx"), ("smtp://mail example", "a@b.mx"), ("smtp://mail.example.org", None),
     ("smtp://mail.example.org", "nobody")],
)  # fmt: skip
def test_a_wrong_mail_server_is_refused_at_the_start(url: str, sender: str | None) -> None:
    with pytest.raises(ValidationError, match=r"PUENTE_SMTP_URL|PUENTE_MAIL_FROM"):
        Settings(puente_smtp_url=SecretStr(url), puente_mail_from=sender, _env_file=None)
