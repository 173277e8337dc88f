"""What officials learn and practise, in the catalogues: it is listed beside its file, and may stay in Spanish."""

import re
from pathlib import Path

import pytest

from bot.commands.content import translations
from bot.content.languages import LANGUAGES, SOURCE
from bot.content.load import load_content
from bot.content.translatable import (
    add_translations,
    all_texts,
    all_texts_of_courses,
    parity,
    parity_of_courses,
    texts_of,
    texts_of_courses,
    update_catalogues,
)
from bot.settings import ROOT, Settings
from tests.gate import Folder
from tests.practice_case import CASE

COURSE, LEARNING = "flows/courses/counter.yml", "flows/learning.yml"
LESSON = """\
title: La ventanilla
says: Usted sabrá recibir.
version: "1"
office: permits
owner: papers
sources: [{title: Reglamento}]
reviewed_on: 2026-01-15
review_in: 90
validation: pending
rests_on: [papers]
valid_for: 700
completion: {rule: all_quizzes}
lessons:
- id: welcome
  title: Cómo recibir
  steps:
  - {id: why, type: reading, ask: Quien llega tiene miedo.}
  - id: first
    type: question
    ask: ¿Qué hace primero?
    options:
    - {value: greet, text: Saludar., because: Baja el miedo., right: true}
    - {value: papers, text: Pedir papeles., because: Da miedo.}
bank:
- id: last
  ask: ¿Y al final?
  options:
  - {value: bye, text: Despedirse., because: Es amable., right: true}
  - {value: none, text: Nada., because: Se va sin saber.}
"""
HOW = """\
quiet: {from: "20:00", to: "09:00"}
weekdays_only: true
reminders: [3]
recall: [1]
smallest_group: 5
refreshed_within: 30
issuer: {name: Puente, says: Prueba que terminó.}
privacy_version: "1"
privacy: Guardamos su nombre.
targets:
- {state: "21", per_municipality: 2, pending: true, says: Dos en cada municipio.}
posts:
- {value: other, title: Otro puesto}
"""
TAUGHT = (
    "La ventanilla", "Usted sabrá recibir.", "Cómo recibir", "Quien llega tiene miedo.", "¿Qué hace primero?", "Saludar.",
    "Baja el miedo.", "Pedir papeles.", "Da miedo.", "¿Y al final?", "Despedirse.", "Se va sin saber.",
)  # fmt: skip
PRACTISED = ("En la ventanilla", "Caso inventado. Se practica atender.", "buenas", "me dicen Lupe", "Pidió permiso", "Ella decide.")
ACCEPTED = ("Guardamos su nombre.", "Prueba que terminó.", "Otro puesto")


@pytest.fixture
def taught(case: Folder) -> Folder:
    case.write(COURSE, LESSON)
    case.write(LEARNING, HOW)
    return case


def listed(text: str) -> str:
    """The place beside a text in the English catalogue; empty if it is not there."""
    catalogue = Path("flows/translations/en.po").read_text(encoding="utf-8")
    found = re.search(rf'^#: (.*)\nmsgid "{re.escape(text)}"$', catalogue, re.MULTILINE)
    return found[1] if found else ""


def test_what_is_taught_and_practised_is_listed_with_its_file(taught: Folder) -> None:
    update_catalogues(Path("flows"))
    assert {text: listed(text) for text in TAUGHT} == dict.fromkeys(TAUGHT, COURSE)
    assert {text: listed(text) for text in PRACTISED} == dict.fromkeys(PRACTISED, CASE)
    assert listed("Dos en cada municipio.") == LEARNING


def test_it_may_stay_in_spanish(taught: Folder) -> None:
    required = all_texts(Path("flows"))
    assert [text for text in (*TAUGHT, *PRACTISED, "Dos en cada municipio.") if text in required] == []
    assert sorted(set(TAUGHT) | set(PRACTISED)) == sorted((set(TAUGHT) | set(PRACTISED)) & set(all_texts_of_courses(Path("flows"))))


def test_what_an_official_accepts_and_what_a_certificate_proves_must_be_translated(taught: Folder) -> None:
    update_catalogues(Path("flows"))
    assert set(ACCEPTED) <= set(parity(Path("flows"))[0].missing)
    assert {listed(text) for text in ACCEPTED} == {LEARNING}


def test_a_translation_of_a_lesson_is_found_and_spanish_is_shown_without(taught: Folder) -> None:
    before = parity(Path("flows"))[0].all
    update_catalogues(Path("flows"))
    add_translations(Path("flows"), "en", {"Saludar.": "Greet.", "Ella decide.": "She decides."})
    content = taught.content()
    assert [content.translate(text, "en") for text in ("Saludar.", "Ella decide.", "Da miedo.")] == ["Greet.", "She decides.", "Da miedo."]
    assert [content.is_translated(text, "en") for text in ("Saludar.", "Da miedo.")] == [True, False]
    assert parity(Path("flows"))[0].all == before, "they count for nothing that must be translated"


def test_how_far_the_courses_are_has_a_line_of_its_own(taught: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    update_catalogues(Path("flows"))
    add_translations(Path("flows"), "fr", {"Saludar.": "Saluer."})
    translations(Settings(puente_flows=Path("flows"), _env_file=None), None)  # type: ignore[arg-type]
    lines = capsys.readouterr().out.splitlines()
    every = len(all_texts_of_courses(Path("flows")))
    assert f"Français, cursos y casos: 1 de {every} textos traducidos; los demás se ven en español." in lines
    assert len(lines) == 2 * (len(LANGUAGES) - 1) and every > 20


def test_updating_keeps_the_translation_of_a_lesson(taught: Folder) -> None:
    update_catalogues(Path("flows"))
    add_translations(Path("flows"), "en", {"Saludar.": "Greet."})
    update_catalogues(Path("flows"))
    assert parity_of_courses(Path("flows"))[0].all - len(parity_of_courses(Path("flows"))[0].missing) == 1
    assert "Greet." in Path("flows/translations/en.po").read_text(encoding="utf-8")


def test_every_text_of_every_course_case_and_assessment_is_listed() -> None:
    content = load_content(ROOT / "flows", None)[0]
    found = {text for text, _ in texts_of_courses(content)}
    assert {text for course in content.courses.values() for text in course.texts} <= found
    assert {text for simulation in content.simulations.values() for _, text in simulation.texts} <= found
    assert {text for assessment in content.assessments.values() for text, _ in assessment.texts} <= found and content.assessments
    assert len(content.courses) >= 5 and SOURCE == "es" and not {text for text, _ in texts_of(content)} & {content.courses["women"].says}
