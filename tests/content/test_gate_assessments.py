"""The publish gate over self-assessments: who answers for them, unique names and priorities, texts that are short, true and readable."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.content.assessments import ANSWERS, Assessment
from tests.gate import NO_LINE, Folder

FILE = "flows/assessments/shops.yml"
AREAS = ("people", "papers", "money")


def question(number: int, **changed: str) -> str:
    fields = {"id": f"q{number}", "ask": f"¿Hay {number}?", "help": "Cuenta si hay uno.", "step": "Ponga uno.", "priority": str(number)}
    lines = [f'{key}: "{value}"' for key, value in {**fields, **changed}.items() if value]
    return "  - " + "\n    ".join(lines) + "\n"


def areas(*questions: str) -> str:
    each = questions or tuple(question(number) for number in (1, 2, 3))
    return "".join(f"- id: {area}\n  title: {area.title()}\n  questions:\n{asked}" for area, asked in zip(AREAS, each, strict=False))


def assessment(body: str = "", office: str = "permits", reviewed_on: str = "2026-01-15") -> str:
    return f"""\
title: Negocios
says: Tres preguntas.
version: "1"
office: {office}
owner: papers
sources: [{{title: Una guía}}]
reviewed_on: {reviewed_on}
review_in: 90
validation: pending
areas:
{body or areas()}"""


@pytest.fixture
def assessed(folder: Folder) -> Folder:
    folder.write(FILE, assessment())
    return folder


def read(folder: Folder) -> Assessment:
    return folder.content().assessments["shops"]


def test_a_sound_one_has_no_problem_and_its_questions_are_asked_in_order(assessed: Folder) -> None:
    assert assessed.problems() == []
    found = read(assessed)
    questionnaire = assessed.content().questionnaires["assessment-shops"]
    assert [step.id for step in questionnaire.steps] == [each.id for each in found.questions] == ["q1", "q2", "q3"]
    assert all([option.value for option in step.options] == list(ANSWERS) for step in questionnaire.steps)
    assert questionnaire.course == "assessment" and not found.is_validated and found.review.owner == "papers"


@pytest.mark.parametrize(("office", "day", "named"), [
    ("nowhere", "2026-01-15", "nowhere"), ("permits", str(date.today() + timedelta(days=9)), "shops"),
])  # fmt: skip
def test_its_office_is_in_the_directory_and_its_review_is_past(assessed: Folder, office: str, day: str, named: str) -> None:
    assessed.write(FILE, assessment(office=office, reviewed_on=day))
    assessed.expect((FILE, 1, named))


@pytest.mark.parametrize("key", ["title", "says", "version", "owner", "sources", "reviewed_on", "review_in"])
def test_who_answers_for_it_and_since_when_is_never_left_out(assessed: Folder, key: str) -> None:
    kept = [line for line in assessment().splitlines() if not line.startswith(f"{key}:")]
    assessed.write(FILE, "\n".join(kept))
    assert [str(each.file) for each in assessed.problems() if f"«{key}»" in each.wrong] == [FILE]


def test_it_has_three_areas_or_more(assessed: Folder) -> None:
    assessed.write(FILE, assessment(areas(question(1), question(2) + question(3))))
    assessed.expect((FILE, 1, "shops"))


@pytest.mark.parametrize("changed", [{"id": "q1"}, {"id": "Con Espacio"}, {"id": "q" * 25}, {"priority": "1"}])
def test_ids_and_priorities_are_unique(assessed: Folder, changed: dict[str, str]) -> None:
    assessed.write(FILE, assessment(areas(question(1), question(2, **changed), question(3))))
    [problem] = assessed.problems()
    assert problem.line == assessed.line(FILE, "¿Hay 2?") - 1


@pytest.mark.parametrize("priority", ["", "0", "mucha"])
def test_every_question_has_a_priority(assessed: Folder, priority: str) -> None:
    assessed.write(FILE, assessment(areas(question(1), question(2, priority=priority), question(3))))
    assert ["priority" in each.wrong for each in assessed.problems()] == [True]


def test_two_areas_do_not_share_a_name(assessed: Folder) -> None:
    assessed.replace(FILE, "id: papers", "id: people")
    assert ["people" in each.wrong for each in assessed.problems()] == [True]


@pytest.mark.parametrize(("part", "text", "named"), [
    ("ask", "¿Le dicen que sin duda le dan el apoyo?", "sin duda"),
    ("step", "Llame al 55 1234 5678.", "55 1234 5678"),
    ("help", "Pague {no_such_fee}.", "{no_such_fee}"),
    ("help", "Pague {photo_fee}.", "photo_fee"),
    ("ask", "¿Hay " + "uno. " * 60 + "?", "larga"),
    ("step", "Haga uno. " * 21, "larga"),
    ("help", "Cuenta " + "si hay alguno de estos " * 6 + "aquí.", "frase"),
    ("help", "La administración municipal formaliza los procedimientos de capacitación. " * 4, "leer"),
])  # fmt: skip
def test_no_promise_no_telephone_nothing_long_and_nothing_hard_is_asked(assessed: Folder, part: str, text: str, named: str) -> None:
    assessed.write(FILE, assessment(areas(question(1), question(2, **{part: text.strip()}), question(3))))
    problems = assessed.problems()
    assert [each for each in problems if named in each.wrong] and {str(each.file) for each in problems} == {FILE}


def test_a_button_carries_what_telegram_takes(assessed: Folder) -> None:
    long = f"flows/assessments/{'s' * 25}.yml"
    Path(FILE).rename(long)
    assessed.replace(long, "q2", "q" * 22)
    assessed.expect((long, NO_LINE, "q" * 22))


@pytest.mark.parametrize("name", ["final", "recall"])
def test_its_name_is_none_that_means_something_in_a_course(assessed: Folder, name: str) -> None:
    taken = f"flows/assessments/{name}.yml"
    Path(FILE).rename(taken)
    assessed.expect((taken, 1, name))


def test_a_fact_that_only_a_step_says_is_used(assessed: Folder) -> None:
    fact = "\nshop_fee:\n  kind: amount\n  value: 20 pesos\n  says: Permiso\n  sources: [{title: Ley}]\n" \
           "  reviewed_on: 2026-01-15\n  review_in: 90\n  owner: papers\n"  # fmt: skip
    assessed.append("flows/facts/fees.yml", fact)
    assert ["shop_fee" in each.wrong for each in assessed.problems()] == [True]
    assessed.write(FILE, assessment(areas(question(1), question(2, step="Pague {shop_fee}."), question(3))))
    assert assessed.problems() == []
