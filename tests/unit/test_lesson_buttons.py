"""In a lesson: old buttons, double presses, corrected messages, photos, and a course that is edited while somebody is in it."""

from dataclasses import replace

import pytest

from bot.content.courses import Course
from bot.questionnaires.run import current
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD
from tests.learning import Official, taught, without_steps

NAME, LESSON = "first_contact", "first_contact-welcome"
READ = ("why", "four", "papers", "rosa")
ASKED = ("first_word", "guard", "language")


@pytest.fixture
def reader(official: Official) -> Official:
    """At the first question of the lesson."""
    official.presses_new(f"/lesson={LESSON}")
    for _ in READ:
        official.answers()
    return official


def course_of(official: Official) -> Course:
    return official.around.content.courses[NAME]


def asks(step: str) -> str:
    return f"ask_{LESSON}_{step}"


def firsts(official: Official) -> dict[str, bool]:
    study = official.at.study
    assert study is not None
    return dict(study.firsts)


def wrong(official: Official, step: str) -> str:
    found = official.around.content.questionnaires[LESSON].step(step)
    assert found is not None
    return f"{LESSON}.{step}={next(each.value for each in found.options if not each.right)}"


def test_a_button_of_a_reading_that_was_read_asks_where_one_is(reader: Official) -> None:
    assert reader.presses(f"{LESSON}.why=next") == [asks("first_word")]
    assert reader.presses(f"{LESSON}.rosa=next") == [asks("first_word")]


def test_a_second_press_is_no_second_answer(reader: Official) -> None:
    pressed = wrong(reader, "first_word")
    assert reader.presses(pressed) == ["utter_learning_wrong", asks("guard")]
    assert reader.presses(pressed) == ["utter_learning_answered_before", asks("guard")]
    right = "greet"
    assert reader.presses(f"{LESSON}.first_word={right}") == ["utter_learning_answered_before", asks("guard")]
    assert firsts(reader) == {"first_word": False}
    assert reader.at.study and reader.at.study.later == ("first_word",), "it is asked once more at the end"


def test_the_same_update_twice_is_one_answer(reader: Official) -> None:
    raw = telegram.pressed(wrong(reader, "first_word"))
    reader.gets(raw)
    said = len(reader.transcript())
    with pytest.raises(AssertionError, match="known already"):
        reader.gets(raw)
    assert len(reader.transcript()) == said


def test_a_button_of_a_question_that_is_not_asked_yet_answers_nothing(official: Official) -> None:
    official.does(LESSON)
    official.presses_new(f"/lesson={LESSON}")
    assert official.presses(f"{LESSON}.guard=stop") == ["utter_button_old", asks("why")]
    assert firsts(official) == {}


def test_a_button_of_a_lesson_that_is_over_is_old(official: Official) -> None:
    official.does(LESSON)
    assert official.presses(f"{LESSON}.guard=stop") == ["utter_button_old"]
    assert official.transcript()[-1].buttons, "and there is a way on"


def test_a_button_of_another_chat_is_none(reader: Official) -> None:
    assert reader.presses(f"{LESSON}.guard=stop")[0] == "utter_button_unknown"
    assert firsts(reader) == {}


def test_a_corrected_message_changes_no_answer(reader: Official) -> None:
    reader.understands = NOT_UNDERSTOOD
    reader.says("a")
    before = firsts(reader)
    assert reader.edits("b") == ["utter_learning_correction", asks("guard")]
    assert firsts(reader) == before
    assert reader.edits("b") == [], "it says the same"


def test_a_corrected_question_is_answered_anew_outside_of_lessons(official: Official) -> None:
    official.understands = NOT_UNDERSTOOD
    official.says("refujio")
    assert official.edits("refugio para familias") == ["utter_correction_same"], "not understood either"
    assert official.asked[-1] == "refugio para familias"
    assert official.edits("cursos")[-1] == "utter_learning_courses"


def test_danger_in_a_corrected_message_comes_first(reader: Official) -> None:
    reader.says("a")
    assert reader.edits("mi esposo me está golpeando")[0] == "utter_safety_violence_now"


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "video", "audio"])
def test_a_file_is_no_answer_and_is_not_kept(reader: Official, kind: str) -> None:
    assert reader.sends(**telegram.file(kind), caption="b") == ["utter_learning_not_understood", asks("first_word")]
    assert reader.attachments() == [] and firsts(reader) == {}


@pytest.mark.parametrize("content", [telegram.STICKER, telegram.LOCATION, telegram.OWN_CONTACT, telegram.POLL, {"text": "👍"}])
def test_what_has_no_words_is_no_answer(reader: Official, content: dict[str, object]) -> None:
    reader.understands = NOT_UNDERSTOOD
    assert reader.sends(**content)[-1] == asks("first_word")
    assert firsts(reader) == {}


def test_words_of_somebody_else_answer_nothing(reader: Official) -> None:
    reader.understands = NOT_UNDERSTOOD
    assert reader.says("b", **telegram.FORWARDED)[-1] == asks("first_word")
    assert firsts(reader) == {}


# Edited meanwhile


def test_a_step_taken_away_gives_way_to_the_next_one(reader: Official) -> None:
    reader.around = taught(reader.around, without_steps(course_of(reader), "welcome", "first_word"))
    assert reader.says("continuar") == [asks("guard")]


def test_the_button_of_a_step_taken_away_asks_what_is_left(reader: Official) -> None:
    reader.around = taught(reader.around, without_steps(course_of(reader), "welcome", "first_word"))
    assert reader.presses(f"{LESSON}.first_word=greet")[-1] == asks("guard")
    assert firsts(reader) == {}


def test_a_lesson_whose_last_open_step_is_taken_away_is_done(reader: Official) -> None:
    reader.answers()
    reader.answers(right=False)
    reader.around = taught(reader.around, without_steps(course_of(reader), "welcome", "language"))
    assert reader.says("continuar") == [asks("guard")], "what was wrong is asked once more"
    reader.around = taught(reader.around, without_steps(course_of(reader), "welcome", "language", "guard"))
    assert reader.says("continuar")[0] == "utter_learning_lesson_done"
    assert not reader.is_asked


def test_an_option_taken_away_is_old_and_the_question_is_asked_as_it_is_now(reader: Official) -> None:
    [lesson] = [each for each in course_of(reader).lessons if each.id == "welcome"]
    steps = tuple(
        replace(step, options=tuple(each for each in step.options if each.value != "papers")) for step in lesson.questionnaire.steps
    )  # fmt: skip
    changed = replace(lesson, questionnaire=replace(lesson.questionnaire, steps=steps))
    lessons = tuple(changed if each.id == "welcome" else each for each in course_of(reader).lessons)
    reader.around = taught(reader.around, replace(course_of(reader), lessons=lessons))
    assert reader.presses(f"{LESSON}.first_word=papers") == ["utter_button_old", asks("first_word")]
    assert [title for title, _ in reader.transcript()[-1].buttons][:4] == ["A", "B", "C", "Regresar"]
    assert firsts(reader) == {}


def test_a_lesson_that_is_called_otherwise_is_begun_anew_and_what_waited_behind_goes_on(reader: Official) -> None:
    other = course_of(reader).lessons[1]
    reader.answers()
    kept = firsts(reader)
    reader.presses_new(f"/lesson={other.questionnaire.name}")
    renamed = replace(other, id="seen", questionnaire=replace(other.questionnaire, name=f"{NAME}-seen", lesson="seen"))
    lessons = tuple(renamed if each is other else each for each in course_of(reader).lessons)
    reader.around = taught(reader.around, replace(course_of(reader), lessons=lessons))
    assert reader.says("continuar") == [asks("guard")]
    assert firsts(reader) == kept
    assert reader.presses_new(f"/lesson={NAME}-seen")[0].startswith(f"ask_{NAME}-seen_")


def test_a_course_taken_away_is_pending_no_more(reader: Official) -> None:
    others = {name: each for name, each in reader.around.content.courses.items() if name != NAME}
    reader.around = taught(reader.around, *others.values(), only=True)
    assert reader.presses(f"{LESSON}.first_word=greet") == ["utter_button_old"]
    assert reader.says("continuar") == ["utter_learning_nothing_pending"]
    assert NAME not in {payload.partition("=")[2] for _, payload in pressed(reader, "/courses")}


def pressed(official: Official, payload: str) -> list[list[str]]:
    official.says("hola")
    official.presses(payload)
    return list(official.transcript()[-1].buttons)


def test_a_new_step_is_asked_in_its_place(reader: Official) -> None:
    whole = course_of(reader)
    reader.around = taught(reader.around, without_steps(whole, "welcome", "guard"))
    reader.answers()
    assert reader.at.step == "language"
    reader.around = taught(reader.around, whole)
    assert reader.answers()[-1] == asks("guard")
    assert current(reader.around.content.questionnaires[LESSON], reader.at).id == "guard"
