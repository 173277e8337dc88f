"""O01: at each step of every course the bot may die, or the learner stay away, and nothing is lost and nothing is asked twice."""

from pathlib import Path

import pytest

from bot.content.load import load_content
from bot.conversation.surroundings import Surroundings
from bot.questionnaires.run import current
from bot.records.database import open_database
from bot.settings import ROOT
from tests import telegram_json as telegram
from tests.learning import Official

NAMES = sorted(load_content(ROOT / "flows", None)[0].courses)


def died(official: Official, folder: Path) -> None:
    """Another process takes the chat over, with nothing but what is written down."""
    official.database.close()
    official.database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")


def payload(official: Official, right: bool = True) -> str:
    questionnaire = official.around.content.questionnaires[official.at.name]
    step = current(questionnaire, official.at)
    value = next(each.value for each in step.options if each.right is right) if step.is_judged else "next"
    return f"{questionnaire.name}.{step.id}={value}"


def goes_through(official: Official, name: str, folder: Path) -> list[str]:
    """Each step: the turn is undone half-way, the process dies, days pass; then it is answered. The first question is answered wrong."""
    asked, erred = [], False
    while official.is_asked:
        at, step = official.at, official.at.step
        asked.append(step)
        official.tried(telegram.pressed(payload(official)), lambda session, taken: taken)
        assert official.at == at, "what was not committed has not happened"
        if len(asked) % 5 == 0:
            died(official, folder)
        official.waits(days=len(asked))
        assert official.says("continuar") == [f"ask_{name}_{step}"]
        assert official.at == at
        is_question = not payload(official).endswith("=next")
        official.presses(payload(official, right=erred or not is_question))
        erred = erred or is_question
    return asked


@pytest.mark.parametrize("name", NAMES)
def test_a_course_goes_on_at_each_step_of_its_lessons(name: str, content_around: Surroundings, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    official = Official(database, content_around).joins()
    course = content_around.content.courses[name]
    for lesson in course.lessons:
        official.presses_new(f"/lesson={lesson.questionnaire.name}")
        asked = goes_through(official, lesson.questionnaire.name, tmp_path)
        first_question = lesson.questions[0].id
        assert asked == [*(step.id for step in lesson.questionnaire.steps), first_question], "each once, and the wrong one once more"
        of = len(lesson.questions)
        assert f"acertó {of - 1} de {of}" in "".join(each.text for each in official.transcript()[-3:])
    official.database.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_final_goes_on_at_each_of_its_questions(name: str, content_around: Surroundings, tmp_path: Path) -> None:
    course = content_around.content.courses[name]
    if not course.completion.has_final:
        pytest.skip("it has none")
    database = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    official = Official(database, content_around).joins()
    for lesson in course.lessons:
        official.does(lesson.questionnaire.name)
    official.presses_new(f"/final={name}")
    assert official.at.study is not None
    drawn = official.at.study.drawn
    assert goes_through(official, course.final.name, tmp_path) == list(drawn)
    assert f"{len(drawn) - 1} de {len(drawn)}" in "".join(each.text for each in official.transcript()[-3:])
    official.database.close()
