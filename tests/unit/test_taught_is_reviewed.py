"""What officials learn has a day until which it may be said and one on which it is to be reviewed, as every answer has."""

from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from bot.content.due import due_within
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.records.database import Database
from bot.settings import ROOT
from tests.learning import Official

COURSE, CASE, ASSESSMENT = "first_contact", "trafficking", "entrepreneurship"


def ended(content: Content, kind: str, name: str, on: date) -> Content:
    """The content with that thing's last day on that day."""
    known: dict[str, Any] = dict(getattr(content, kind))
    known[name] = replace(known[name], review=replace(known[name].review, expires_on=on))
    return replace(content, **{kind: MappingProxyType(known)})


@pytest.mark.parametrize(("kind", "name", "word", "action"), [
    ("courses", COURSE, "cursos", f"/course={COURSE}"), ("simulations", CASE, "practica", f"/simulate={CASE}"),
    ("assessments", ASSESSMENT, "autodiagnostico", f"/assessment={ASSESSMENT}"),
])  # fmt: skip
def test_past_its_last_day_it_is_neither_listed_nor_begun(
    kind: str, name: str, word: str, action: str, database: Database, content_around: Surroundings
) -> None:
    official = Official(database, content_around).joins()
    today = official.now.date()
    for on, is_shown in ((today + timedelta(days=1), True), (today - timedelta(days=1), False)):
        official.around = replace(content_around, content=ended(content_around.content, kind, name, on))
        official.waits(minutes=2)
        official.says(word)
        title = getattr(content_around.content, kind)[name].title
        assert any(title in each.text or title in str(each.buttons) for each in official.transcript()[-1:]) is is_shown, on


def test_a_lesson_of_a_course_past_its_last_day_is_not_begun(database: Database, content_around: Surroundings) -> None:
    official = Official(database, content_around).joins()
    lesson = content_around.content.courses[COURSE].lessons[0].questionnaire.name
    official.says("cursos")
    official.presses(f"/course={COURSE}")
    official.around = replace(
        content_around, content=ended(content_around.content, "courses", COURSE, official.now.date() - timedelta(days=1))
    )
    assert official.presses(f"/lesson={lesson}") == ["utter_button_old"]


def test_courses_cases_and_self_assessments_are_listed_when_they_are_to_be_reviewed(content: Content) -> None:
    every = {*content.courses, *content.simulations, *content.assessments}
    assert every <= {each.name for each in due_within(ROOT / "flows", 99999, date(2026, 11, 22))}
    assert not every & {each.name for each in due_within(ROOT / "flows", 1, date(2026, 11, 23))}
