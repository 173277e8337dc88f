"""The published courses: each step can be shown, answered, explained and finished, in every language and within Telegram's limits."""

from collections.abc import Iterator
from functools import cache

import pytest

from bot.content.asking import Questionnaire, Step
from bot.content.check_texts import LONGEST_PAYLOAD
from bot.content.courses import QUESTION, READ, Course
from bot.content.load import load_content
from bot.content.published import LONGEST_TEXT, PLACEHOLDER, Content
from bot.content.readability import check_readability
from bot.questionnaires import run, taught
from bot.questionnaires.run import Progress, Study
from bot.questionnaires.steps import Answer
from bot.settings import ROOT

MOST_WORDS_OF_A_LESSON = 1000  # five minutes at 200 words a minute, the choices and explanations of three questions with it
LONGEST_OF_RECORDS = 96  # what comes back later is called by course, lesson and question
OFFERS_OF_RECORDS = 128


@cache
def content() -> Content:
    return load_content(ROOT / "flows", None)[0]


NAMES = sorted(content().courses)
ALL = [
    (name, each.name)
    for name in NAMES
    for each in (*(x.questionnaire for x in content().courses[name].lessons), content().courses[name].final)
]


def steps_of(course: Course) -> Iterator[tuple[Questionnaire, Step]]:
    for questionnaire in (*(lesson.questionnaire for lesson in course.lessons), course.final):
        yield from ((questionnaire, step) for step in questionnaire.steps)


def test_there_are_five() -> None:
    assert len(NAMES) == 5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["es", "en", "fr", "pt", "ht"])
def test_each_step_renders_with_no_name_in_braces_and_fits_into_one_message(name: str, language: str) -> None:
    for questionnaire, step in steps_of(content().courses[name]):
        at = Progress(questionnaire.name, step.id, study=Study(seed=7))
        shown = taught.ask(content(), questionnaire, at, step, language)
        assert PLACEHOLDER.search(shown.text) is None, step.id
        assert len(shown.text.encode("utf-16-le")) // 2 <= LONGEST_TEXT, step.id
        assert shown.buttons[-1].payload == "/later"
        for option in step.options:
            told = taught.explained(content(), step, Answer(option.value, ""), language)
            assert told is not None and PLACEHOLDER.search(told.text) is None, (step.id, option.value)


@pytest.mark.parametrize("name", NAMES)
def test_each_button_can_be_offered_and_written_down(name: str) -> None:
    course = content().courses[name]
    again = {each.name: each for each in (content().questionnaires["recall"], content().questionnaires["refresh"])}
    for questionnaire in (*(lesson.questionnaire for lesson in course.lessons), course.final, *again.values()):
        for step in questionnaire.steps:
            for value in [option.value for option in step.options] or ["next"]:
                payload = f"{questionnaire.name}.{step.id}={value}"
                assert len(payload) <= OFFERS_OF_RECORDS and payload.isascii(), payload
    assert all(len(f"{name}-{item}") <= LONGEST_OF_RECORDS for item in course.items)
    assert all(len(f"/lesson={lesson.questionnaire.name}".encode()) <= LONGEST_PAYLOAD for lesson in course.lessons)
    assert len(f"/certificate={name}".encode()) <= LONGEST_PAYLOAD


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_is_explained_and_one_is_right(name: str) -> None:
    for _, step in steps_of(content().courses[name]):
        assert (step.type == QUESTION) is bool(step.options)
        if step.options:
            assert [each.right for each in step.options].count(True) == 1, step.id
            assert all(each.because.strip() for each in step.options), step.id
            assert len({each.because for each in step.options}) == len(step.options), f"{step.id}: each choice has its own reason"
            assert 2 <= len(step.options) <= len(taught.LETTERS)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_reads_shows_a_case_asks_and_takes_five_minutes(name: str) -> None:
    for lesson in content().courses[name].lessons:
        kinds = [step.type for step in lesson.questionnaire.steps]
        assert kinds[0] in READ and kinds[-1] == QUESTION, lesson.id
        assert "case" in kinds, lesson.id
        steps = lesson.questionnaire.steps
        words = sum(len(text.split()) for step in steps for text in (step.ask, *(each.title for each in step.options)))
        assert words <= MOST_WORDS_OF_A_LESSON, (lesson.id, words)


@pytest.mark.parametrize("name", NAMES)
def test_the_right_choice_is_not_always_of_the_same_length(name: str) -> None:
    """Who always takes the longest, or the shortest, passes no final."""
    course = content().courses[name]
    for pick in (max, min):
        hit = sum(pick(step.options, key=lambda each: len(each.title)).right for step in course.items.values())
        assert hit * 100 < course.completion.percent * len(course.items), (pick.__name__, hit, len(course.items))


@pytest.mark.parametrize(("name", "questionnaire"), ALL)
@pytest.mark.parametrize("wrong_first", [False, True])
def test_it_can_be_finished_by_who_is_right_and_by_who_is_wrong_first(name: str, questionnaire: str, wrong_first: bool) -> None:
    course, asked = content().courses[name], content().questionnaires[questionnaire]
    drawn = taught.draw(course.items, course.completion.questions, 3) if asked.is_final else ()
    at: Progress | None = Progress(asked.name, drawn[0] if drawn else asked.steps[0].id, study=Study(seed=3, drawn=drawn))
    seen: list[str] = []
    while at is not None:
        step = run.current(asked, at)
        right = not wrong_first or step.id in seen
        seen.append(step.id)
        value = next(each.value for each in step.options if each.right is right) if step.is_judged else "next"
        last = taught.judge(at, asked, step, Answer(value, ""))
        at = run.onward(asked, last)
        assert len(seen) <= 3 * len(asked.steps), "it never ends"
    questions = {step.id for step in asked.steps if step.is_judged and (not drawn or step.id in drawn)}
    assert last.study is not None and dict(last.study.firsts) == dict.fromkeys(questions, not wrong_first)
    times = {each: seen.count(each) for each in questions}
    assert set(times.values()) == {2 if wrong_first and not asked.is_final else 1}


@pytest.mark.parametrize("name", NAMES)
def test_who_tries_again_is_asked_others(name: str) -> None:
    course = content().courses[name]
    if course.completion.has_final:
        assert len(course.items) >= 1.5 * course.completion.questions
        assert len(course.bank) >= 1, "some were not seen in the lessons"


@pytest.mark.parametrize("name", NAMES)
def test_its_office_is_known_and_the_protocols_it_rests_on_are_published(name: str) -> None:
    course = content().courses[name]
    assert course.office in content().organizations and course.review is not None and course.review.sources
    assert course.rests_on and all(f"utter_protocol_{each}" in content().responses for each in course.rests_on)
    assert {step.protocol for step in course.items.values()} - {""} <= set(course.rests_on)


def test_courses_are_easy_to_read() -> None:
    files = {content().courses[name].where.file for name in NAMES}
    assert [str(each) for each in check_readability(content()) if each.file in files] == []
