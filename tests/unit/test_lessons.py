"""A lesson in the chat: read on, answered by button, letter or words, explained, asked again, left for days and gone on with."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.content.asking import Step
from bot.conversation.surroundings import Surroundings
from bot.questionnaires import taught
from bot.questionnaires.run import Progress, Study, current
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, understood
from tests.learning import READS, Official

COURSE, LESSON = "first_contact", "first_contact-welcome"
DANGER = "mi esposo me está golpeando"


@pytest.fixture
def reader(official: Official) -> Official:
    """At the first question of the lesson."""
    official.presses_new(f"/lesson={LESSON}")
    while not step_of(official).is_judged:
        official.answers()
    return official


def step_of(official: Official) -> Step:
    return current(official.around.content.questionnaires[official.at.name], official.at)


def letter(official: Official, right: bool = True) -> str:
    """What this learner types for it."""
    return next(letter for letter, option in taught.ordered(step_of(official), official.at) if option.right is right)


def asks(step: str, lesson: str = LESSON) -> str:
    return f"ask_{lesson}_{step}"


@pytest.mark.parametrize("word", ["seguir", "ya leí", "Listo", "siguiente", "sí", "ok", "entendido", "next"])
def test_a_reading_is_left_by_a_word(official: Official, word: str) -> None:
    official.presses_new(f"/lesson={LESSON}")
    assert official.says(word) == [asks("four")]


def test_a_reading_is_left_by_its_button(official: Official) -> None:
    official.presses_new(f"/lesson={LESSON}")
    assert official.presses(f"{LESSON}.why=next") == [asks("four")]


@pytest.mark.parametrize("form", ["{}", "{}.", "la {}", "es la {})", "opción {}", "La respuesta es {}", "inciso {}"])
def test_a_letter_is_read_in_the_order_this_learner_sees(reader: Official, form: str) -> None:
    right = letter(reader).lower()
    assert reader.says(form.format(right)) == ["utter_learning_right", asks("guard")]
    assert reader.at.study and reader.at.study.firsts == {"first_word": True}


@pytest.mark.parametrize("form", ["{}", "{})", "la {}", "Respuesta {}."])
def test_every_letter_is_read(reader: Official, form: str) -> None:
    for each, option in taught.ordered(step_of(reader), reader.at):
        raw = telegram.text(form.format(each.lower()), at=int(reader.now.timestamp()))
        said = reader.tried(raw, lambda session, taken: taken.replies[0].text)
        assert option.because in said, each


def test_a_choice_is_known_by_its_words(reader: Official) -> None:
    option = next(each for each in step_of(reader).options if each.right)
    assert reader.says(option.title.lower().rstrip(".")) == ["utter_learning_right", asks("guard")]


def test_a_letter_that_is_not_there_is_asked_again_and_answers_no_earlier_question(reader: Official) -> None:
    fewer = replace(step_of(reader), id="guard", options=step_of(reader).options[:2])
    reader.answers()
    reader.around = with_steps(reader.around, guard=fewer)
    assert reader.says("d") == ["utter_learning_step_unclear", asks("guard")]
    assert reader.at.study and list(reader.at.study.firsts) == ["first_word"]


def test_a_letter_at_a_reading_answers_no_earlier_question(reader: Official) -> None:
    reader.presses("/back")
    assert not step_of(reader).is_judged
    assert reader.says("b") == ["utter_learning_step_unclear", asks("rosa")]
    assert reader.at.study and reader.at.study.firsts == {}


def with_steps(around: Surroundings, **changed: Step) -> Surroundings:
    """The lesson with these steps instead."""
    return edited(around, lambda steps: tuple(changed.get(step.id, step) for step in steps))


def edited(around: Surroundings, change: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> Surroundings:
    questionnaires = dict(around.content.questionnaires)
    questionnaires[LESSON] = replace(questionnaires[LESSON], steps=change(questionnaires[LESSON].steps))
    return replace(around, content=replace(around.content, questionnaires=questionnaires))


def test_every_wrong_choice_is_explained_and_what_is_right_is_said(reader: Official) -> None:
    step = step_of(reader)
    right = next(each for each in step.options if each.right)
    for wrong in (each for each in step.options if not each.right):
        raw = telegram.pressed(f"{LESSON}.{step.id}={wrong.value}")
        said = reader.tried(raw, lambda session, taken: taken.replies[0].text)
        assert wrong.because in said and right.title in said and right.because in said


def test_what_was_answered_wrong_comes_last_as_often_as_it_takes_and_the_first_answer_counts(reader: Official) -> None:
    reader.answers(right=False)
    reader.answers(right=False)
    reader.answers()
    assert step_of(reader).id == "first_word" and "Otra vez" in reader.transcript()[-1].text
    reader.answers(right=False)
    assert step_of(reader).id == "guard", "the other one first"
    reader.answers()
    assert reader.says(letter(reader))[:2] == ["utter_learning_right", "utter_learning_lesson_done"]
    assert "acertó 1 de 3" in reader.transcript()[-1].text


def test_back_reads_again_and_takes_no_judgement_back(reader: Official) -> None:
    reader.answers(right=False)
    assert reader.presses("/back") == [asks("rosa")]
    assert reader.says("seguir") == [asks("guard")], "the judged question is not asked before its turn"
    assert reader.at.study and reader.at.study.firsts == {"first_word": False}


def test_back_at_the_first_reading_asks_it_again(official: Official) -> None:
    official.presses_new(f"/lesson={LESSON}")
    assert official.says("regresar") == [asks("why")]


def test_a_question_in_between_is_answered_and_the_step_asked_again(reader: Official) -> None:
    reader.understands = understood("utter_health_care_without_papers", intent="health_care_without_papers", topic="health")
    assert reader.around.content.responses["utter_health_care_without_papers"].review
    assert reader.says("¿un médico atiende sin papeles?") == ["utter_health_care_without_papers", asks("first_word")]


def test_what_is_neither_an_answer_nor_a_question_is_told_so(reader: Official) -> None:
    reader.understands = NOT_UNDERSTOOD
    assert reader.says("no me acuerdo bien") == ["utter_learning_step_unclear", asks("first_word")]


def test_without_rasa_the_lesson_goes_on(reader: Official) -> None:
    reader.understands = None
    assert reader.says("¿qué es el INM?") == ["utter_learning_down", asks("first_word")]
    assert reader.says(letter(reader))[0] == "utter_learning_right"


def test_danger_comes_first_and_nothing_is_an_answer_until_it_is_asked_again(reader: Official) -> None:
    assert reader.says(DANGER) == ["utter_safety_violence_now", "utter_learning_danger"]
    assert not reader.is_asked
    assert ["Seguir donde iba", "/continue"] in [list(each) for each in reader.transcript()[-1].buttons]
    assert reader.says(letter(reader)) == ["utter_learning_step_unclear", asks("first_word")]
    assert reader.says(letter(reader))[0] == "utter_learning_right"


def test_luego_sigo_is_quiet_until_they_go_on(reader: Official) -> None:
    assert reader.presses("/later") == ["utter_learning_later"]
    reader.understands = NOT_UNDERSTOOD
    for said in ("zzz", "gracias por todo", "cursos", "protocolos", "hola"):
        assert not [each for each in reader.says(said) if each.startswith("ask_")], said
    assert reader.says("continuar") == [asks("first_word")]


@pytest.mark.parametrize("days", [6, 200])
@pytest.mark.parametrize("left", [True, False])
def test_after_days_it_goes_on_where_it_was(reader: Official, days: float, left: bool) -> None:
    reader.answers(right=False)
    if left:
        reader.says("luego sigo")
    before = reader.at.study
    reader.waits(days=days)
    assert reader.says("hola") == ["utter_learning_menu"]
    assert list(reader.transcript()[-1].buttons[0]) == ["Seguir donde iba", "/continue"]
    assert reader.presses("/continue") == [asks("guard")]
    assert reader.at.study == before


def test_another_lesson_may_come_between(reader: Official) -> None:
    other = reader.around.content.courses["women"].lessons[0].questionnaire.name
    reader.answers(right=False)
    before = reader.at.study
    reader.presses_new(f"/lesson={other}")
    reader.answers()
    middle = reader.at
    reader.presses_new(f"/lesson={LESSON}")
    assert reader.at.study == before and step_of(reader).id == "guard"
    reader.presses_new(f"/lesson={other}")
    assert (reader.at.step, reader.at.study) == (middle.step, middle.study)
    while reader.is_asked:
        reader.answers()
    reader.waits(seconds=READS)
    assert reader.says("continuar") == [asks("guard")], "what waited goes on"


def test_the_language_may_change_in_the_middle(reader: Official) -> None:
    order = [option.value for _, option in taught.ordered(step_of(reader), reader.at)]
    reader.says("idioma")
    assert asks("first_word") in reader.presses("/change_language=en")
    assert [option.value for _, option in taught.ordered(step_of(reader), reader.at)] == order
    assert reader.says(letter(reader))[0] == "utter_learning_right"


def test_two_learners_see_the_choices_in_other_orders_and_each_the_same_again(content_around: Surroundings) -> None:
    step = next(each for each in content_around.content.questionnaires[LESSON].steps if each.is_judged)
    draw = random.Random(1)
    orders = set()
    for _ in range(40):
        seed = draw.randrange(2**31)
        progress = Progress(LESSON, step.id, study=Study(seed=seed))
        shown = [option.value for _, option in taught.ordered(step, progress)]
        assert shown == [option.value for _, option in taught.ordered(step, progress)]
        assert [letter for letter, _ in taught.ordered(step, progress)] == list("ABCD")
        orders.add(tuple(shown))
    assert len(orders) > 12
