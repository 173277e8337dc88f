"""Officials and what they have done, made with as little as a test says of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import MappingProxyType

from sqlalchemy.orm import Session

from bot.content.courses import Completion, Course
from bot.content.published import Content
from bot.content.review import Where
from bot.permissions import Actor
from bot.records.learning import Certificate, Enrolment, Learner, LessonResult
from bot.records.staff import Role

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SOFIA, DORA = Actor("sofia", Role.SUPERVISOR), Actor("dora", Role.DATA_OFFICER)
PABLO = Actor("pablo", Role.PARTNER, "ipam")
PUEBLA, STATE_OF_MEXICO = "21", "15"
NUMBERS = count(1)
HERE = Where(Path("flows/courses/first.yml"), 1)


def course(name: str, title: str) -> Course:
    completion = Completion("all_quizzes", 100, 0, 0, 0)
    return Course(name, title, "", "1", "ipam", None, False, (), 730, completion, (), (), HERE)


COURSES = MappingProxyType({"first": course("first", "Primer contacto"), "traf": course("traf", "Trata")})


def with_courses(content: Content, courses: Mapping[str, Course] = COURSES, smallest_group: int = 5) -> Content:
    return replace(content, courses=courses, learning=replace(content.learning, smallest_group=smallest_group))


def official(
    session: Session, municipality: str = "21114", *, office: str = "DIF municipal", organization: str | None = None,
    joined: bool = True, left: bool = False, expires_at: datetime | None = None,
) -> Learner:  # fmt: skip
    number = next(NUMBERS)
    learner = Learner(
        organization_id=organization, office=office, municipality=municipality, post="other", invited_by="sofia", invited_at=NOW,
        invitation=None if joined else f"i{number}", invitation_expires_at=None if joined else expires_at or NOW + timedelta(days=3),
        withdrawn_at=NOW if left else None, bot_id="telegram:9:officials" if joined else None, chat=f"c{number}" if joined else None,
        name="Tomasa Xochitl" if joined else None, joined_at=NOW if joined else None,
    )  # fmt: skip
    session.add(learner)
    session.flush()
    return learner


def certificate(
    session: Session, learner: Learner | None, course: str = "first", *, municipality: str = "21114", revoked: bool = False,
    issued_at: datetime = NOW - timedelta(days=9), expires_at: datetime = NOW + timedelta(days=700),
) -> Certificate:  # fmt: skip
    made = Certificate(
        number=f"n{next(NUMBERS)}", learner_id=learner.id if learner else None, course=course, version="1", protocols={},
        municipality=learner.municipality if learner else municipality, issued_at=issued_at, expires_at=expires_at,
        revoked_at=NOW if revoked else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def enrolment(session: Session, learner: Learner, course: str = "first", days: float | None = None) -> Enrolment:
    """`days`: in which it was finished."""
    began = NOW - timedelta(days=60)
    made = Enrolment(learner_id=learner.id, course=course, version="1", began_at=began, changed_at=began)
    made.finished_at = None if days is None else began + timedelta(days=days)
    session.add(made)
    session.flush()
    return made


def result(session: Session, of: Enrolment, lesson: str, right: int, asked: int = 4, at: datetime = NOW) -> None:
    session.add(LessonResult(enrolment_id=of.id, lesson=lesson, asked=asked, right=right, finished_at=at))
    session.flush()
