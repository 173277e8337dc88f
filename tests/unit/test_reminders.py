"""Officials are reminded of what they left half-way and of questions that are due: rarely, by day, and never once they said no."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import update

from bot.content.languages import MEXICO
from bot.content.learning import Learning
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.courses.quiet import is_quiet
from bot.records.database import Database
from bot.records.learning import Learner, Recall
from tests.learning import Official
from tests.reminded import COURSE, MONDAY, at, begins, finishes, has_nothing_due, names, payloads, starts, through


@pytest.fixture
def eva(database: Database, content_around: Surroundings) -> Official:
    return starts(database, content_around)


# When


def test_a_course_left_half_way_is_reminded_of_once_at_each_step_and_then_never(eva: Official) -> None:
    begins(eva)
    assert through(eva, 60) == [(3, "utter_learning_reminder"), (7, "utter_learning_reminder"), (21, "utter_learning_reminder")]
    assert eva.of_learner("reminders") == 3


def test_whoever_goes_on_is_counted_anew(eva: Official) -> None:
    begins(eva)
    assert [day for day, _ in through(eva, 8)] == [3, 7]
    eva.waits(days=1)
    eva.answers()
    assert [day for day, _ in through(eva, 9, eva.now)] == [5, 7], "the third day is a Saturday"


def test_after_a_long_time_without_housekeeping_one_message_is_sent_and_not_all_at_once(eva: Official) -> None:
    begins(eva)
    assert through(eva, 30, MONDAY + timedelta(days=28)) == [(0, "utter_learning_reminder")]


def test_never_in_the_quiet_hours(eva: Official) -> None:
    begins(eva)
    friday = datetime(2026, 11, 27, tzinfo=MEXICO)
    for hour, minute in ((0, 0), (8, 59), (20, 0), (23, 59)):
        assert not at(eva, friday.replace(hour=hour, minute=minute))
    assert at(eva, friday.replace(hour=9)), "as it seems, it was due"


def test_not_on_weekends_nor_holidays(eva: Official) -> None:
    begins(eva)
    for day in (datetime(2026, 11, 28), datetime(2026, 11, 29), datetime(2026, 12, 25)):
        assert not at(eva, day.replace(hour=12, tzinfo=MEXICO))
    assert at(eva, datetime(2026, 12, 28, 12, tzinfo=MEXICO)), "a Monday"


def test_quiet_hours_within_a_day_across_midnight_and_none_at_all() -> None:
    day = datetime(2026, 11, 28, tzinfo=MEXICO)  # a Saturday

    def quiet(since: int, until: int, hour: int) -> bool:
        return is_quiet(Learning(time(since), time(until), weekdays_only=False), day.replace(hour=hour))

    assert [hour for hour in range(24) if quiet(22, 6, hour)] == [0, 1, 2, 3, 4, 5, 22, 23]
    assert [hour for hour in range(24) if quiet(13, 15, hour)] == [13, 14]
    assert not any(quiet(9, 9, hour) for hour in range(24))
    assert is_quiet(Learning(time(9), time(9)), day.replace(hour=12))


def test_it_is_the_clock_of_mexico_city_that_counts() -> None:
    assert is_quiet(Learning(), datetime.fromisoformat("2026-11-24T14:59:00+00:00"))
    assert not is_quiet(Learning(), datetime.fromisoformat("2026-11-24T15:00:00+00:00"))
    assert not is_quiet(Learning(), datetime.fromisoformat("2026-11-28T01:59:00+00:00")), "Friday evening in Mexico"


def test_one_message_a_day_whatever_it_is_about(eva: Official) -> None:
    eva.does(begins(eva))
    told: list[datetime] = []
    for hour in range(0, 24 * 30, 3):
        now = MONDAY + timedelta(hours=hour)
        if at(eva, now):
            told.append(now)
        if hour == 24 * 9:
            eva.says("cursos")
    assert len(told) > 3
    assert all(later - earlier >= timedelta(days=1) for earlier, later in pairwise(told))


def test_who_comes_back_after_a_message_gets_no_second_one_that_day(eva: Official) -> None:
    begins(eva)
    first = MONDAY + timedelta(days=3, hours=1)
    assert at(eva, first)
    eva.now = first + timedelta(minutes=5)
    eva.says("cursos")
    assert eva.of_learner("reminders") == 0 and eva.of_learner("reminded_at") == first
    eva.call(lambda session: session.execute(update(Learner).values(seen_at=MONDAY)))
    assert not at(eva, first + timedelta(hours=20)) and not at(eva, first + timedelta(hours=23, minutes=59))


# What


def test_the_next_lesson_is_offered_where_nothing_is_pending_and_pressing_it_begins_it(eva: Official) -> None:
    lessons = eva.around.content.courses[COURSE].lessons
    eva.does(begins(eva))
    has_nothing_due(eva)
    assert eva.pending is None or eva.at.paused
    [said] = at(eva, MONDAY + timedelta(days=3, hours=1))
    assert said.response == "utter_learning_reminder" and f"{len(lessons) - 1} lecciones" in said.text
    assert payloads([said])[0] == f"/lesson={lessons[1].questionnaire.name}"
    eva.presses(payloads([said])[0])
    assert eva.at.name == lessons[1].questionnaire.name


def test_what_is_pending_is_gone_on_with(eva: Official) -> None:
    lesson = begins(eva)
    eva.answers()
    step = eva.at.step
    [said] = at(eva, MONDAY + timedelta(days=3, hours=1))
    assert payloads([said]) == ["/continue", "/reminders=off"] and (said.buttons or [[]])[0][0] == "Seguir donde iba"
    assert (eva.at.name, eva.at.step) == (lesson, step), "a reminder moves nothing"
    eva.presses("/continue")
    assert (eva.at.name, eva.at.step, eva.is_asked) == (lesson, step, True)


def test_of_the_last_lesson_and_of_the_final(eva: Official) -> None:
    lessons = eva.around.content.courses[COURSE].lessons
    for each in lessons[:-1]:
        eva.does(each.questionnaire.name)
    has_nothing_due(eva)
    start = eva.now
    assert names(at(eva, start + timedelta(days=3))) == ["utter_learning_reminder_one"]
    eva.does(lessons[-1].questionnaire.name)
    has_nothing_due(eva)
    [said] = at(eva, eva.now + timedelta(days=4))
    assert (said.response, payloads([said])[0]) == ("utter_learning_reminder_final", f"/final={COURSE}")
    assert eva.presses(f"/final={COURSE}") and eva.at.name == f"{COURSE}-final"


def test_a_final_that_is_closed_for_now_is_not_spoken_of_until_it_opens(eva: Official) -> None:
    course = eva.around.content.courses[COURSE]
    finishes(eva)
    for _ in range(course.completion.attempts):
        eva.tries_final(course, right=False)
    has_nothing_due(eva)
    last = eva.now
    assert not at(eva, last + timedelta(days=3, minutes=1))
    assert names(at(eva, last + timedelta(days=course.completion.wait_days, hours=1))) == ["utter_learning_reminder_final"]


def test_questions_are_reminded_of_the_day_they_are_due_and_recall_asks_them(eva: Official) -> None:
    eva.presses_new(f"/lesson={eva.around.content.courses[COURSE].lessons[0].questionnaire.name}")
    while eva.is_asked:
        questionnaire = eva.around.content.questionnaires[eva.at.name]
        first = eva.at.study is not None and not eva.at.study.firsts
        eva.answers(right=not first or not questionnaire.step(eva.at.step).is_judged)  # type: ignore[union-attr]
    done = eva.now
    assert at(eva, done + timedelta(hours=23)) == []
    [said] = at(eva, done + timedelta(hours=24, minutes=1))
    assert said.response == "utter_learning_reminder_recall_one" and payloads([said])[0] == "/recall"
    assert eva.of_learner("reminders") == 0, "no step of the course is over"
    assert at(eva, done + timedelta(hours=49)) == [], "said once, before the first step"
    assert eva.presses("/recall")[0] == "utter_learning_recall_begins"


def test_who_has_finished_everything_is_still_reminded_of_questions_after_weeks(eva: Official) -> None:
    finishes(eva)
    eva.tries_final(eva.around.content.courses[COURSE])
    eva.call(lambda session: session.execute(update(Recall).values(due_at=MONDAY + timedelta(days=60))))
    found = through(eva, 100)
    assert found == [(60, "utter_learning_reminder_recall")], found


def test_what_is_no_longer_taught_is_not_spoken_of(eva: Official, content: Content) -> None:
    eva.does(begins(eva))
    eva.around = replace(eva.around, content=replace(content, courses={}, questionnaires={}))
    assert [day for day, _ in through(eva, 30)] == []
