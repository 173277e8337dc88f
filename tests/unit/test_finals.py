"""The final in the chat: its questions, each once; a try that is left goes on; who has no tries left is told from when on."""

import pytest

from bot.content.courses import Course
from bot.questionnaires import taught as teaching
from bot.records.learning import FinalAttempt
from tests.learning import READS, Official, without_steps
from tests.learning import taught as teaches

NAME = "first_contact"
FINAL = f"/final={NAME}"


@pytest.fixture
def ready(official: Official) -> Official:
    """All lessons are done."""
    for lesson in course_of(official).lessons:
        official.does(lesson.questionnaire.name)
    return official


def course_of(official: Official) -> Course:
    return official.around.content.courses[NAME]


def tries(official: Official) -> list[FinalAttempt]:
    return official.call(lambda session: list(session.query(FinalAttempt).filter_by(enrolment_id=_enrolment(official)).order_by("number")))


def _enrolment(official: Official) -> int:
    from bot.courses import progress

    def find(session):  # type: ignore[no-untyped-def]
        return progress.enrol(session, official.learner(session), course_of(official), official.now).id

    return int(official.call(find))


def drawn(official: Official) -> tuple[str, ...]:
    assert official.at.study is not None
    return official.at.study.drawn


def buttons(official: Official) -> list[str]:
    return [payload for _, payload in official.transcript()[-1].buttons or ()]


def page(official: Official) -> list[str]:
    official.waits(seconds=READS)
    official.says("cursos")
    official.presses(f"/course={NAME}")
    return buttons(official)


def test_the_final_waits_for_the_lessons(official: Official) -> None:
    assert FINAL not in page(official)
    official.does(course_of(official).lessons[0].questionnaire.name)
    assert FINAL not in page(official)


def test_each_question_is_asked_once_and_wrong_ones_do_not_come_back(ready: Official) -> None:
    ready.presses_new(FINAL)
    asked = []
    while ready.is_asked:
        asked.append(ready.at.step)
        ready.answers(right=len(asked) % 2 == 0)
    assert len(asked) == len(set(asked)) == course_of(ready).completion.questions
    [attempt] = tries(ready)
    assert (attempt.asked, attempt.right, attempt.passed) == (8, 4, False)


def test_who_passes_has_finished_the_course_and_is_offered_no_other_try(ready: Official) -> None:
    ready.tries_final(course_of(ready))
    said = [each.response for each in ready.transcript()[-4:]]
    assert said[1:] == ["utter_learning_final_passed", "utter_learning_course_done", "utter_learning_certificate"]
    assert FINAL not in page(ready)


def test_a_try_that_is_left_goes_on_with_the_same_questions_and_what_was_judged(ready: Official) -> None:
    ready.presses_new(FINAL)
    ready.answers(right=False)
    ready.answers()
    ready.says("luego sigo")
    before, at = drawn(ready), ready.at
    ready.does(course_of(ready).lessons[0].questionnaire.name)
    ready.waits(days=40)
    assert ready.presses_new(FINAL) == [f"ask_{NAME}-final_{before[2]}"]
    assert (ready.at.study, ready.at.step) == (at.study, at.step)
    assert len(tries(ready)) == 1


def test_a_try_whose_place_was_lost_has_the_same_questions_in_the_same_order(ready: Official) -> None:
    ready.presses_new(FINAL)
    before = drawn(ready)

    def lose(session):  # type: ignore[no-untyped-def]
        ready.conversation(session).questionnaire = None

    ready.call(lose)
    ready.presses_new(FINAL)
    assert drawn(ready) == before and len(tries(ready)) == 1


def test_an_old_button_of_an_earlier_try_adds_nothing_to_this_one(ready: Official) -> None:
    ready.tries_final(course_of(ready), right=False)
    earlier = [payload for each in ready.transcript() for _, payload in each.buttons or () if payload.startswith(f"{NAME}-final.")]
    items = course_of(ready).items
    right = {f"{NAME}-final.{item}={next(option.value for option in step.options if option.right)}" for item, step in items.items()}
    ready.presses_new(FINAL)
    for payload in sorted(set(earlier) & right):
        if payload.partition("=")[0] != f"{NAME}-final.{ready.at.step}":
            ready.waits(seconds=READS)
            ready.presses(payload)
    assert ready.at.study and ready.at.study.firsts == {}


def test_after_three_failed_tries_no_button_leads_to_a_fourth_until_the_day_that_is_named(ready: Official) -> None:
    for _ in range(3):
        assert FINAL in page(ready)
        ready.tries_final(course_of(ready), right=False)
    assert ready.transcript()[-1].response == "utter_learning_no_more_tries"
    assert FINAL not in buttons(ready) and FINAL not in page(ready)
    assert ready.presses(FINAL) == ["utter_learning_no_more_tries"], "an old button says from when on"
    ready.waits(days=course_of(ready).completion.wait_days)
    assert FINAL in page(ready)
    ready.tries_final(course_of(ready))
    assert [each.passed for each in tries(ready)] == [False, False, False, True]


def test_a_question_that_is_taken_away_meanwhile_is_not_asked(ready: Official) -> None:
    ready.presses_new(FINAL)
    lesson_of = [each for each in drawn(ready) if not each.startswith("bank-")]
    gone = lesson_of[-1]
    lesson, _, step = gone.partition("-")
    ready.around = teaches(ready.around, without_steps(course_of(ready), lesson, step))
    while ready.is_asked:
        assert ready.at.step != gone or ready.says("continuar")
        ready.answers()
    assert [(each.asked, each.passed) for each in tries(ready)] == [(7, True)]


def test_tries_of_one_learner_draw_other_questions(ready: Official) -> None:
    seen = set()
    for _ in range(3):
        ready.presses_new(FINAL)
        seen.add(drawn(ready))
        while ready.is_asked:
            ready.answers(right=False)
    assert len(seen) == 3
    assert teaching.draw(course_of(ready).items, 8, tries(ready)[0].seed) in seen
