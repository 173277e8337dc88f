"""What the report for institutions is counted from, before anything is hidden: so it is shown to nobody as it is.

An office is its number in the directory, or its name as it was written. Whoever joined counts, also when they left since.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Float, String, and_, cast, extract, func, literal_column, select
from sqlalchemy.orm import Session

from bot.numbers.cells import Cell
from bot.records.learning import Enrolment, Learner, LessonResult

NAMED = "="  # an office that is not in the directory: this and its name
OFFICE = func.coalesce(Learner.organization_id, literal_column(f"'{NAMED}'", String) + Learner.office)
"""No parameter: PostgreSQL takes one that stands in the columns and in GROUP BY for two."""


def read_joined(session: Session, organization: str | None) -> dict[str, int]:
    query = select(OFFICE, func.count()).where(Learner.joined_at.is_not(None), *_of(organization)).group_by(OFFICE)
    return {office: count for office, count in session.execute(query)}


def read_begun(session: Session, organization: str | None) -> dict[Cell, tuple[int, int]]:
    """By office and course: how many began, and how many of them finished."""
    query = (
        select(OFFICE, Enrolment.course, func.count(), func.count(Enrolment.finished_at))
        .join(Learner, Learner.id == Enrolment.learner_id).where(*_of(organization)).group_by(OFFICE, Enrolment.course)
    )  # fmt: skip
    return {(office, course): (begun, finished) for office, course, begun, finished in session.execute(query)}


def read_beginners(session: Session, organization: str | None, courses: Collection[str]) -> dict[str, int]:
    """How many people of each office began any of those."""
    query = (
        select(OFFICE, func.count(Enrolment.learner_id.distinct())).join(Learner, Learner.id == Enrolment.learner_id)
        .where(Enrolment.course.in_(courses), *_of(organization)).group_by(OFFICE)
    )  # fmt: skip
    return {office: people for office, people in session.execute(query)}


def read_days(session: Session, organization: str | None) -> dict[Cell, float]:
    """The median from beginning to finishing."""
    days, group = _days(session), (OFFICE, Enrolment.course)
    ranked = (
        select(
            OFFICE.label("office"), Enrolment.course, days.label("days"),
            func.row_number().over(partition_by=group, order_by=days).label("rank"),
            func.count().over(partition_by=group).label("all"),
        )
        .join(Learner, Learner.id == Enrolment.learner_id).where(Enrolment.finished_at.is_not(None), *_of(organization)).subquery()
    )  # fmt: skip
    middle = and_(ranked.c.rank * 2 >= ranked.c.all, ranked.c.rank * 2 <= ranked.c.all + 2)
    query = select(ranked.c.office, ranked.c.course, func.avg(ranked.c.days)).where(middle).group_by(ranked.c.office, ranked.c.course)
    return {(office, course): float(middle_one) for office, course, middle_one in session.execute(query)}


def read_lessons(session: Session, organization: str | None, least: int) -> dict[Cell, tuple[int, int]]:
    """By course and lesson: questions asked, and right at first, of the first so many people who make whole groups of `least`."""
    group = (Enrolment.course, LessonResult.lesson)
    order = (LessonResult.finished_at, LessonResult.id)
    found = (
        select(
            *group, LessonResult.asked, LessonResult.right,
            func.row_number().over(partition_by=group, order_by=order).label("rank"), func.count().over(partition_by=group).label("all"),
        )
        .join(Enrolment, Enrolment.id == LessonResult.enrolment_id).where(LessonResult.asked > 0)
    )  # fmt: skip
    if organization is not None:
        found = found.join(Learner, Learner.id == Enrolment.learner_id).where(*_of(organization))
    ranked = found.subquery()
    whole = ranked.c.rank <= ranked.c.all - ranked.c.all % least
    query = (
        select(ranked.c.course, ranked.c.lesson, func.sum(ranked.c.asked), func.sum(ranked.c.right)).where(whole)
        .group_by(ranked.c.course, ranked.c.lesson)
    )  # fmt: skip
    return {(course, lesson): (int(asked), int(right)) for course, lesson, asked, right in session.execute(query)}


def _of(organization: str | None) -> list[ColumnElement[bool]]:
    return [] if organization is None else [Learner.organization_id == organization]


def _days(session: Session) -> ColumnElement[Any]:
    if session.get_bind().dialect.name == "sqlite":
        return func.julianday(Enrolment.finished_at) - func.julianday(Enrolment.began_at)
    return cast(extract("epoch", Enrolment.finished_at - Enrolment.began_at), Float) / 86_400
