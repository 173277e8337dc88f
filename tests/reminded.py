"""An official whom housekeeping may write to, and what it says at a moment: for the tests of reminders."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.conversation.surroundings import Surroundings
from bot.housekeeping import remind_officials
from bot.records.conversations import Direction, Message
from bot.records.database import Database
from bot.records.learning import Recall
from tests.learning import Official

MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=MEXICO)
COURSE = "first_contact"


def starts(database: Database, around: Surroundings) -> Official:
    """Joined on a Monday at eleven."""
    official = Official(database, around)
    official.now = MONDAY
    return official.joins()


def begins(eva: Official, lesson: str = "") -> str:
    """A lesson, left at its first step; its name."""
    name = lesson or eva.around.content.courses[COURSE].lessons[0].questionnaire.name
    eva.presses_new(f"/lesson={name}")
    return name


def at(eva: Official, now: datetime) -> list[Message]:
    """What housekeeping says at that moment."""
    eva.now = now
    before = eva.call(last_said)
    asyncio.run(remind_officials(eva.database, replace(eva.around, now=now)))
    said = eva.call(lambda session: list(session.scalars(select(Message).where(Message.id > before).order_by(Message.id))))
    assert all(each.direction is Direction.OUT for each in said)
    return said


def last_said(session: Session) -> int:
    return session.scalar(select(func.max(Message.id))) or 0


def names(said: list[Message]) -> list[str | None]:
    return [each.response for each in said]


def payloads(said: list[Message]) -> list[str]:
    return [payload for each in said for _, payload in each.buttons or ()]


def through(eva: Official, days: int, since: datetime = MONDAY) -> list[tuple[int, str | None]]:
    """Every four hours of so many days: on which of them what was said."""
    found = []
    for hour in range(0, 24 * days, 4):
        now = since + timedelta(hours=hour)
        found += [((now.date() - since.date()).days, name) for name in names(at(eva, now))]
    return found


def has_nothing_due(eva: Official) -> None:
    eva.call(lambda session: session.execute(update(Recall).values(due_at=MONDAY + timedelta(days=900))))


def finishes(eva: Official) -> None:
    """All its lessons; the final is left."""
    for lesson in eva.around.content.courses[COURSE].lessons:
        eva.does(lesson.questionnaire.name)
