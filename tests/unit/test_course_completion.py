"""When a course is finished, as the table of its rule says; tries at the final, their limit and their percent."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.content.courses import ALL_AND_PERCENT, ALL_QUIZZES, FINAL, RULES, Completion, Course
from bot.content.languages import MEXICO
from bot.courses import progress
from bot.questionnaires import taught as teaching
from bot.records.database import Database
from bot.records.learning import FinalAttempt, Learner
from tests.learning import Official, taught
from tests.officials import course as made_course
from tests.officials import official as made_official

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
LESSONS = ("one", "two", "three")
IS_DONE = {  # rule: (all lessons, final passed) to finished
    ALL_QUIZZES: {(False, False): False, (True, False): True, (False, True): False, (True, True): True},
    FINAL: {(False, False): False, (True, False): False, (False, True): True, (True, True): True},
    ALL_AND_PERCENT: {(False, False): False, (True, False): False, (False, True): False, (True, True): True},
}


def rule(name: str = ALL_AND_PERCENT, percent: int = 80, attempts: int = 3, wait_days: int = 7) -> Completion:
    return Completion(name, 100, 0, 0, 0) if name == ALL_QUIZZES else Completion(name, percent, 8, attempts, wait_days)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("has_passed", [False, True])
@pytest.mark.parametrize("done", list(itertools.chain.from_iterable(itertools.combinations(LESSONS, many) for many in range(4))))
def test_the_table_of_the_rules(name: str, done: Iterable[str], has_passed: bool) -> None:
    all_done = set(done) == set(LESSONS)
    assert progress.is_complete(rule(name), LESSONS, list(done), has_passed) is IS_DONE[name][all_done, has_passed]


def test_a_lesson_that_is_taught_no_more_is_not_missed_and_counts_for_none() -> None:
    assert progress.is_complete(rule(ALL_QUIZZES), ["one"], ["one", "gone"], False)
    assert not progress.is_complete(rule(ALL_QUIZZES), ["one", "new"], ["one", "gone"], False)


@given(percent=st.integers(1, 100), asked=st.integers(0, 40), data=st.data())
def test_a_percent_is_never_rounded_up(percent: int, asked: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, asked))
    session = _NoSession()
    course = replace(_course(), completion=rule(percent=percent))
    attempt = FinalAttempt(number=1, seed=1, began_at=NOW)
    passed = progress.finish_final(session, attempt, course, asked, right, NOW)
    assert passed is (asked > 0 and right / asked * 100 >= percent - 1e-9)
    assert (attempt.asked, attempt.right, attempt.ended_at, attempt.passed) == (asked, right, NOW, passed)


@pytest.mark.parametrize(("right", "asked", "passes"), [(6, 8, False), (7, 8, True), (79, 100, False), (4, 5, True), (0, 0, False)])
def test_eighty_of_a_hundred(right: int, asked: int, passes: bool) -> None:
    attempt = FinalAttempt(number=1, seed=1, began_at=NOW)
    assert progress.finish_final(_NoSession(), attempt, _course(), asked, right, NOW) is passes  # type: ignore[arg-type]


class _NoSession:
    def flush(self) -> None:
        pass


def _course(completion: Completion | None = None) -> Course:
    return replace(made_course("first", "Primero"), completion=completion or rule())


# The limit of tries, with a clock that stands still


def fails(session: Session, at: Iterable[datetime], completion: Completion) -> tuple[Course, Learner]:
    course, learner = _course(completion), made_official(session)
    enrolment = progress.enrol(session, learner, course, NOW)
    for each in at:
        attempt = progress.begin_final(session, enrolment, course, each)
        progress.finish_final(session, attempt, course, 8, 0, each)
    return course, learner


def test_after_three_that_failed_one_waits_until_the_first_of_them_is_a_week_ago(database: Database) -> None:
    def check(session: Session) -> None:
        course, learner = fails(session, [NOW, NOW + timedelta(days=2), NOW + timedelta(days=3)], rule())
        enrolment = progress.enrol(session, learner, course, NOW)
        opens = (NOW + timedelta(days=7)).astimezone(MEXICO).replace(hour=0, minute=0, second=0, microsecond=0)
        with pytest.raises(progress.NoMoreTriesError) as refused:
            progress.begin_final(session, enrolment, course, opens - timedelta(seconds=1))
        assert refused.value.until == opens, "the day that is named is open from its first minute on"
        assert progress.closed_until(session, learner, course, opens - timedelta(seconds=1)) == opens
        assert progress.closed_until(session, learner, course, opens) is None
        fourth = progress.begin_final(session, enrolment, course, opens)
        assert fourth.number == 4
        progress.finish_final(session, fourth, course, 8, 0, opens)
        with pytest.raises(progress.NoMoreTriesError) as refused:
            progress.begin_final(session, enrolment, course, opens)
        assert refused.value.until.date() == (NOW + timedelta(days=9)).astimezone(MEXICO).date(), "now the second one counts"

    database.call(check)


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_as_many_tries_as_the_course_says(database: Database, attempts: int) -> None:
    def check(session: Session) -> None:
        course, learner = fails(session, [NOW] * attempts, rule(attempts=attempts))
        with pytest.raises(progress.NoMoreTriesError):
            progress.begin_final(session, progress.enrol(session, learner, course, NOW), course, NOW)

    database.call(check)


def test_a_try_under_way_is_gone_on_with_and_is_no_new_one(database: Database) -> None:
    def check(session: Session) -> None:
        course, learner = fails(session, [NOW, NOW], rule())
        enrolment = progress.enrol(session, learner, course, NOW)
        third = progress.begin_final(session, enrolment, course, NOW)
        again = progress.begin_final(session, enrolment, course, NOW + timedelta(days=30))
        assert (again.number, again.seed) == (third.number, third.seed) == (3, third.seed)
        assert progress.closed_until(session, learner, course, NOW) is None

    database.call(check)


# The bank


def test_the_questions_of_a_try_are_drawn_once_each_and_in_other_orders(official: Official) -> None:
    items = official.around.content.courses["first_contact"].items
    drawn = [teaching.draw(items, 8, seed) for seed in range(50)]
    assert all(len(set(each)) == 8 and set(each) <= set(items) for each in drawn)
    assert len(set(drawn)) > 45
    assert drawn == [teaching.draw(items, 8, seed) for seed in range(50)], "the same try has the same ones"
    assert set().union(*drawn) == set(items), "each question is drawn by somebody"
    assert len(teaching.draw(items, 400, 1)) == len(items)


@pytest.mark.parametrize("name", RULES)
def test_a_course_is_finished_in_the_chat_as_its_rule_says(official: Official, name: str) -> None:
    course = replace(official.around.content.courses["first_contact"], completion=rule(name))
    official.around = taught(official.around, course)
    said = len(official.transcript())
    if name != FINAL:
        for lesson in course.lessons:
            assert not finished(official, said)
            official.does(lesson.questionnaire.name)
    if name != ALL_QUIZZES:
        assert not finished(official, said)
        official.tries_final(course)
    assert finished(official, said)


def finished(official: Official, since: int) -> bool:
    return "utter_learning_course_done" in [each.response for each in official.transcript()[since:]]
