"""How far a learner is in a course: lessons done, tries at the final, and whether the course's rule of completion is met."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.content.courses import Completion, Course
from bot.content.languages import MEXICO
from bot.errors import RefusedError
from bot.records.learning import Enrolment, FinalAttempt, Learner, LessonResult


class NoMoreTriesError(RefusedError):
    """Too many tries at the final failed; it opens again at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Ya no hay intentos por ahora")
        self.until = until


@dataclass(frozen=True)
class Standing:
    """Of one learner in one course. `done`: ids of lessons."""

    done: frozenset[str]
    has_passed: bool
    finished_at: datetime | None

    def next_lesson(self, course: Course) -> str | None:
        return next((lesson.id for lesson in course.lessons if lesson.id not in self.done), None)

    def may_try_final(self, course: Course) -> bool:
        """Where the lessons count, they come first."""
        rule = course.completion
        return rule.has_final and not self.has_passed and not (rule.needs_lessons and self.next_lesson(course))


def enrol(session: Session, learner: Learner, course: Course, now: datetime) -> Enrolment:
    """Theirs, from before or from now on."""
    found = session.scalar(select(Enrolment).where(Enrolment.learner_id == learner.id, Enrolment.course == course.name))
    if found is None:
        found = Enrolment(learner_id=learner.id, course=course.name, version=course.version, began_at=now, changed_at=now)
        session.add(found)
        session.flush()
    return found


def standing(session: Session, learner: Learner, course: Course) -> Standing:
    enrolment = session.scalar(select(Enrolment).where(Enrolment.learner_id == learner.id, Enrolment.course == course.name))
    if enrolment is None:
        return Standing(frozenset(), False, None)
    known = {lesson.id for lesson in course.lessons}
    done = known & set(session.scalars(select(LessonResult.lesson).where(LessonResult.enrolment_id == enrolment.id)))
    passed = select(FinalAttempt.id).where(FinalAttempt.enrolment_id == enrolment.id, FinalAttempt.passed.is_(True)).limit(1)
    return Standing(frozenset(done), session.scalar(passed) is not None, enrolment.finished_at)


def is_complete(rule: Completion, lessons: Collection[str], done: Collection[str], has_passed: bool) -> bool:
    """The table of the rules: all lessons, the final, or both."""
    all_lessons = set(lessons) <= set(done)
    return (all_lessons or not rule.needs_lessons) and (has_passed or not rule.has_final)


def finish_lesson(session: Session, enrolment: Enrolment, lesson: str, asked: int, right: int, now: datetime) -> LessonResult:
    """Gone through again, the first result stays."""
    found = session.scalar(select(LessonResult).where(LessonResult.enrolment_id == enrolment.id, LessonResult.lesson == lesson))
    if found is None:
        found = LessonResult(enrolment_id=enrolment.id, lesson=lesson, asked=asked, right=right, finished_at=now)
        session.add(found)
    enrolment.changed_at = now
    session.flush()
    return found


def begin_final(session: Session, enrolment: Enrolment, course: Course, now: datetime) -> FinalAttempt:
    """A new try, or the one that is under way. Raises NoMoreTriesError."""
    tries = _tries(session, enrolment)
    if tries and tries[-1].ended_at is None:
        return tries[-1]
    if until := _closed_until(tries, course.completion, now):
        raise NoMoreTriesError(until)
    attempt = FinalAttempt(enrolment_id=enrolment.id, number=len(tries) + 1, seed=random.SystemRandom().randrange(2**31), began_at=now)
    session.add(attempt)
    enrolment.changed_at = now
    session.flush()
    return attempt


def closed_until(session: Session, learner: Learner, course: Course, now: datetime) -> datetime | None:
    """When the final may be tried again; None: now."""
    enrolment = session.scalar(select(Enrolment).where(Enrolment.learner_id == learner.id, Enrolment.course == course.name))
    tries = _tries(session, enrolment) if enrolment else []
    under_way = bool(tries) and tries[-1].ended_at is None
    return None if under_way else _closed_until(tries, course.completion, now)


def _tries(session: Session, enrolment: Enrolment) -> list[FinalAttempt]:
    query = select(FinalAttempt).where(FinalAttempt.enrolment_id == enrolment.id)
    return list(session.scalars(query.order_by(FinalAttempt.number)))


def _closed_until(tries: Sequence[FinalAttempt], rule: Completion, now: datetime) -> datetime | None:
    """The beginning, in Mexico, of the day that is named to the learner: from its first minute on they may."""
    failed = [each.ended_at for each in tries if not each.passed and each.ended_at]
    if len(failed) < rule.attempts:
        return None
    day = (failed[-rule.attempts] + timedelta(days=rule.wait_days)).astimezone(MEXICO)
    opens = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return opens if now < opens else None


def finish_final(session: Session, attempt: FinalAttempt, course: Course, asked: int, right: int, now: datetime) -> bool:
    """Passed? With the percent that the rule asks for, never rounded up."""
    attempt.asked, attempt.right, attempt.ended_at = asked, right, now
    attempt.passed = asked > 0 and right * 100 >= course.completion.percent * asked
    session.flush()
    return attempt.passed


def begin_again(session: Session, learner: Learner, course: Course, now: datetime) -> None:
    """From the first lesson on, with the course as it is now: their certificate has ended. What they did before is gone."""
    enrolment = enrol(session, learner, course, now)
    for table in (LessonResult, FinalAttempt):
        session.execute(delete(table).where(table.enrolment_id == enrolment.id))
    enrolment.version, enrolment.began_at, enrolment.changed_at, enrolment.finished_at = course.version, now, now, None
    session.flush()


def attempt_of(session: Session, enrolment: Enrolment, number: int) -> FinalAttempt:
    found = session.scalar(select(FinalAttempt).where(FinalAttempt.enrolment_id == enrolment.id, FinalAttempt.number == number))
    assert found is not None, "it was begun"
    return found


def complete(session: Session, learner: Learner, course: Course, now: datetime) -> bool:
    """Writes down that the course is finished, the first time that its rule is met. False: not yet, or before."""
    enrolment = enrol(session, learner, course, now)
    stands = standing(session, learner, course)
    if enrolment.finished_at or not is_complete(course.completion, [each.id for each in course.lessons], stands.done, stands.has_passed):
        return False
    enrolment.finished_at = enrolment.changed_at = now
    session.flush()
    return True
