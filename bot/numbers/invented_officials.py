"""Invented officials who learn: some invited and not come yet, some who finished, in more of some municipalities than of others."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.content.courses import Course
from bot.content.published import Content
from bot.records.learning import Certificate, Enrolment, Learner, LessonResult
from bot.records.tables import Table as Model

BOT_ID = "telegram:2:officials"
SPAN = 300  # days
JOINED, LEFT, BEGUN, FINISHED, RIGHT = 0.8, 0.04, 0.6, 0.7, 0.75  # chances
LAPSES = timedelta(days=30)


@dataclass
class Officials:
    """All rows at once: they are few."""

    learners: list[Sequence[Any]] = field(default_factory=list)
    enrolments: list[Sequence[Any]] = field(default_factory=list)
    lessons: list[Sequence[Any]] = field(default_factory=list)
    certificates: list[Sequence[Any]] = field(default_factory=list)

    def tables(self) -> Iterator[tuple[type[Model], tuple[str, ...], Iterable[Sequence[Any]]]]:
        yield Learner, (
            "id", "reference", "organization_id", "office", "municipality", "post", "invited_by", "invited_at", "invitation",
            "invitation_expires_at", "withdrawn_at", "bot_id", "chat", "name", "joined_at", "seen_at", "wants_reminders", "reminders",
        ), self.learners  # fmt: skip
        yield Enrolment, ("id", "learner_id", "course", "version", "began_at", "changed_at", "finished_at"), self.enrolments
        yield LessonResult, ("enrolment_id", "lesson", "asked", "right", "finished_at"), self.lessons
        yield Certificate, (
            "id", "number", "learner_id", "course", "version", "protocols", "organization_id", "municipality", "issued_at", "expires_at",
        ), self.certificates  # fmt: skip


def officials(draw: random.Random, content: Content, count: int, today: datetime) -> Officials:
    made = Officials()
    homes = [place for place in content.municipalities.places if place.key[:2] in content.municipalities.home_states]
    organizations = sorted(content.organizations)[:6]
    for number in range(1, count + 1):
        place, is_in_directory = homes[int(len(homes) * draw.random() ** 1.5)], draw.random() < 0.4
        organization = draw.choice(organizations) if organizations and is_in_directory else None
        office = content.organizations[organization].name[:128] if organization else f"Presidencia municipal de {place.name}"[:128]
        post, invited = draw.choice(sorted(content.learning.posts)), today - timedelta(days=draw.randrange(1, SPAN))
        joined = invited + timedelta(days=draw.randrange(3)) if draw.random() < JOINED else None
        made.learners.append(
            (
                number, f"{draw.getrandbits(128):032x}", organization, office, place.key, post, "sofia", invited,
                None if joined else f"invented-{number}", None if joined else invited + LAPSES,
                today if draw.random() < LEFT else None, BOT_ID if joined else None, f"invented-{number}" if joined else None,
                "Persona Inventada" if joined else None, joined, joined, True, 0,
            )
        )  # fmt: skip
        if joined:
            for course in content.courses.values():
                _learns(draw, made, number, course, (organization, place.key), joined, today)
    return made


def _learns(
    draw: random.Random, made: Officials, learner: int, course: Course, place: tuple[str | None, str], joined: datetime, today: datetime
) -> None:
    if draw.random() > BEGUN:
        return
    number, began = len(made.enrolments) + 1, joined + timedelta(days=draw.randrange(30))
    ended = began + timedelta(days=draw.randrange(1, 40))
    finished = ended if draw.random() < FINISHED and ended < today else None
    made.enrolments.append((number, learner, course.name, course.version, began, finished or began, finished))
    for lesson in course.lessons if finished else course.lessons[:2]:
        asked = len(lesson.questions)
        made.lessons.append((number, lesson.id, asked, sum(draw.random() < RIGHT for _ in range(asked)), finished or began))
    if finished:
        key = str(UUID(int=draw.getrandbits(128), version=4))
        until = finished + timedelta(days=course.valid_for)
        made.certificates.append((len(made.certificates) + 1, key, learner, course.name, course.version, {}, *place, finished, until))
