"""Alerts by mail: one letter at most every few minutes to each member, with all that has come meanwhile.

A letter says what the alert says. What a mail server answers is not kept: its words may name the address.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.handoff import alerts
from bot.handoff.alerts import Notice
from bot.handoff.wording import alert_text, say
from bot.metrics import Metrics
from bot.records.database import Database
from bot.records.staff import Staff
from bot.records.tickets import Alert, AlertState, Channel

EVERY = timedelta(minutes=3)
PATIENCE = 20.0  # seconds for one letter
LENT = timedelta(minutes=2)  # after which another process may send it: we died
HERE = ("127.0.0.1", "localhost", "::1")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PostOffice:
    """The mail server and what letters say of us."""

    host: str
    port: int
    sender: str
    link: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    is_wrapped: bool = False  # TLS from the first byte

    @classmethod
    def at(cls, url: str, sender: str, link: str | None = None) -> "PostOffice":
        """`smtp://user:password@host:587` or `smtps://…`."""
        parts = urlsplit(url)
        is_wrapped = parts.scheme == "smtps"
        user, password = (unquote(each) if each else None for each in (parts.username, parts.password))
        return cls(parts.hostname or "", parts.port or (465 if is_wrapped else 587), sender, link, user, password, is_wrapped)

    @property
    def starts_tls(self) -> bool:
        """Never in the clear over a network; a relay on this machine may do without."""
        return not self.is_wrapped and self.host not in HERE


@dataclass(frozen=True)
class Letter:
    """All that one member is to be told now."""

    to: str = field(repr=False)
    recipient: str
    language: str
    notices: tuple[Notice, ...]

    @property
    def ids(self) -> list[int]:
        return [each.id for each in self.notices]


def next_letters(session: Session, now: datetime) -> list[Letter]:
    """One for each member who is due one."""
    recent = select(Alert.recipient).where(Alert.channel == Channel.EMAIL, Alert.sent_at > now - EVERY)
    queued = select(Alert.recipient).where(Alert.channel == Channel.EMAIL, Alert.state == AlertState.QUEUED, Alert.try_at <= now)
    letters = []
    for name in session.scalars(queued.where(Alert.recipient.not_in(recent)).group_by(Alert.recipient).order_by(func.min(Alert.id))).all():
        notices = alerts.due(session, Channel.EMAIL, now, name)
        member = session.scalar(select(Staff).where(Staff.name == name, Staff.revoked_at.is_(None)))
        if member is None or member.email is None:
            alerts.drop(session, [each.id for each in notices], "no address")
        elif notices:
            alerts.lend(session, [each.id for each in notices], now + LENT)
            letters.append(Letter(member.email, name, member.language, tuple(notices)))
    return letters


async def send_due(database: Database, office: PostOffice, content: Content, clock: Callable[[], datetime], metrics: Metrics) -> int:
    """Returns how many letters went out. Who cannot be reached now is tried again; the others do not wait for them."""
    count = 0
    for letter in await database.run(next_letters, clock()):
        why = await _send(office, written(letter, office, content))
        metrics.alerts.labels(Channel.EMAIL, why or "sent").inc()
        if why is None:
            count += 1
            await database.run(alerts.sent, letter.ids, clock())
        else:
            logger.warning("A letter with alerts %s did not go out (%s); trying again", letter.ids, why)
            await database.run(alerts.failed, letter.ids, why, clock())
    return count


def written(letter: Letter, office: PostOffice, content: Content) -> EmailMessage:
    message, first = EmailMessage(), letter.notices[0]
    message["From"], message["To"] = office.sender, letter.to
    message["Date"], message["Message-ID"] = formatdate(), make_msgid("puente", office.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["Subject"] = say(
        content, "mail_subject", letter.language, count=len(letter.notices), number=first.ticket_id, urgency=int(first.urgency)
    )
    said = [alert_text(content, each, office.link, letter.language) for each in letter.notices]
    message.set_content("\n\n".join([*said, say(content, "mail_foot", letter.language)]))
    return message


async def _send(office: PostOffice, message: EmailMessage) -> str | None:
    """None, or the kind of failure."""
    try:
        await aiosmtplib.send(
            message, hostname=office.host, port=office.port, username=office.user, password=office.password, use_tls=office.is_wrapped,
            start_tls=office.starts_tls, timeout=PATIENCE,
        )  # fmt: skip
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return type(error).__name__
    return None
