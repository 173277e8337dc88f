"""The publish gate over courses: what an editor can get wrong, one thing at a time."""

import pytest

from bot.content.check_courses import LONGEST_BECAUSE, LONGEST_CHOICE, LONGEST_QUESTION, LONGEST_READING
from tests.content.test_gate_protocols import PROTOCOLS, SOUND, protocol
from tests.gate import Folder

COURSE = "flows/courses/cards.yml"
HEAD = """\
title: Atender con tarjeta
says: Usted sabrá atender.
version: "1"
office: permits
owner: officials
sources:
- title: Reglamento
reviewed_on: 2026-01-15
review_in: 90
validation: pending
rests_on: [cards]
valid_for: 730
completion: {rule: all_and_percent, percent: 80, questions: 4, attempts: 3, wait_days: 7}
lessons:
"""


def lesson(name: str) -> str:
    return f"""\
- id: {name}
  title: Lección {name}
  steps:
  - id: read_{name}
    type: reading
    ask: Salude y ofrezca asiento a {name}.
  - id: case_{name}
    type: case
    ask: Caso inventado de {name}.
  - id: ask_{name}
    type: question
    protocol: cards
    ask: ¿Qué hace usted con {name}?
    options:
    - value: greet
      text: Saludar primero a {name}.
      because: Así baja el miedo de {name}.
      right: true
    - value: wait
      text: Pedirle que espere a {name}.
      because: Nadie espera en peligro con {name}.
"""


def banked(number: int) -> str:
    return f"""\
- id: bank_{number}
  ask: ¿Y si son {number}?
  options:
  - {{value: a, text: Primera de {number}., because: Bien dicho {number}., right: true}}
  - {{value: b, text: Segunda de {number}., because: Mal dicho {number}.}}
"""


SOUND_COURSE = HEAD + "".join(map(lesson, ("one", "two", "three"))) + "bank:\n" + "".join(map(banked, range(1, 4)))


@pytest.fixture
def courses(folder: Folder) -> Folder:
    """The folder with a protocol and a course that rests on it."""
    folder.write(PROTOCOLS, protocol(*SOUND))
    folder.replace(
        "flows/domain/papers.yml", "  - text: Lleve una foto reciente.\n",
        "  - text: Lleve una foto reciente.\n    buttons:\n    - {title: Qué hago, payload: /protocol_cards}\n",
    )  # fmt: skip
    folder.write(COURSE, SOUND_COURSE)
    return folder


def test_a_sound_course_passes(courses: Folder) -> None:
    courses.expect()
    assert [len(each.items) for each in courses.content().courses.values()] == [6]


NO_STEP = "- id: one\n  title: Lección one\n  steps:\n"
TOO_LONG = "a" * 25
MISTAKES = {  # what: (old, new, the line of the complaint or what stands on it, a name in it)
    "no title": ("title: Atender con tarjeta\n", "", None, "title"),
    "a key that is none": ("valid_for: 730\n", "valid_for: 730\nvalido: 3\n", "valido: 3", "valido"),
    "no sources": ("sources:\n- title: Reglamento\n", "", None, "cards"),
    "no day of review": ("reviewed_on: 2026-01-15\n", "", None, "reviewed_on"),
    "no owner": ("owner: officials\n", "", None, "owner"),
    "no version": ('version: "1"\n', "", None, "version"),
    "an office that is not there": ("office: permits\n", "office: nowhere\n", None, "nowhere"),
    "a state of validation that is none": ("validation: pending", "validation: perhaps", "validation: perhaps", "perhaps"),
    "a protocol that is not there": ("rests_on: [cards]", "rests_on: [cards, ghosts]", None, "ghosts"),
    "no protocol": ("rests_on: [cards]\n", "", None, "rests_on"),
    "no validity": ("valid_for: 730\n", "", None, "valid_for"),
    "a rule that is none": ("rule: all_and_percent", "rule: half", None, "half"),
    "more than a hundred of a hundred": ("percent: 80", "percent: 101", None, "percent"),
    "no tries": ("attempts: 3", "attempts: 0", None, "attempts"),
    "no days": ("wait_days: 7", "wait_days: 91", None, "wait_days"),
    "too few questions": ("questions: 4", "questions: 5", None, "cards"),
    "two lessons of one name": ("- id: two\n", "- id: one\n", None, "cards"),
    "a lesson called as the final": ("- id: two\n", "- id: final\n", "- id: final", "final"),
    "a lesson called as the bank": ("- id: two\n", "- id: bank\n", 36, "bank"),
    "a lesson with a sign in its name": ("- id: two\n", "- id: two-b\n", "- id: two-b", "two-b"),
    "a lesson with a very long name": ("- id: two\n", f"- id: {'t' * 33}\n", f"- id: {'t' * 33}", "t" * 33),
    "a step with a capital": ("- id: read_one", "- id: Read_one", "- id: Read_one", "Read_one"),
    "a step with a long name": ("- id: read_one", f"- id: {TOO_LONG}", f"- id: {TOO_LONG}", TOO_LONG),
    "two steps of one name": ("- id: case_one", "- id: read_one", 21, "read_one"),
    "a step that is no part of a lesson": (
        "type: case\n    ask: Caso inventado de one.", "type: story\n    ask: Uno.", "type: story", "story"),
    "a reading with choices": (
        "ask: Caso inventado de one.", "ask: Uno.\n    options:\n    - {value: a, text: Sí., because: Sí.}", 24, None),
    "a key of a step that is none": (
        "type: case\n    ask: Caso inventado de one.", "type: case\n    help: x\n    ask: Uno.", "help: x", "help"),
    "nothing right": ("      because: Así baja el miedo de one.\n      right: true\n", "      because: Así baja.\n", 28, None),
    "two right": ("      because: Nadie espera en peligro con one.\n", "      because: Nadie.\n      right: true\n", 28, None),
    "two choices with one value": ("value: wait\n      text: Pedirle que espere a one.", "value: greet\n      text: Otra.", 28, None),
    "two choices in one text": ("Pedirle que espere a one.", "Saludar primero a one.", 28, None),
    "a choice nobody explains": ("      because: Nadie espera en peligro con one.\n", "", None, "because"),
    "a fact that is not there": ("Salude y ofrezca asiento a one.", "Pague {ghost_fee}.", "- id: read_one", "ghost_fee"),
    "a fact nobody confirmed": ("Salude y ofrezca asiento a one.", "Pague {photo_fee}.", "- id: read_one", "photo_fee"),
    "a telephone outside the facts": ("Salude y ofrezca asiento a one.", "Marque 55 1234 5678.", "- id: read_one", "read_one"),
    "a promise": ("Salude y ofrezca asiento a one.", "Le garantizamos asilo.", "- id: read_one", "read_one"),
    "a promise in a choice": ("Pedirle que espere a one.", "Decir que le garantizamos asilo.", "- id: ask_one", "ask_one"),
    "a promise in an explanation": ("Nadie espera en peligro con one.", "Le garantizamos que no.", "- id: ask_one", "ask_one"),
    "a promise in what it is about": ("says: Usted sabrá atender.", "says: Le garantizamos todo.", None, "cards"),
    "a protocol it does not rest on": (
        "    protocol: cards\n    ask: ¿Qué hace usted con one?", "    protocol: data\n    ask: ¿Qué?", "- id: ask_one", "data"),
    "a long reading": ("Salude y ofrezca asiento a one.", "Va. " * (LONGEST_READING // 4 + 1), "- id: read_one", "read_one"),
    "a long question": ("¿Qué hace usted con one?", "Va. " * (LONGEST_QUESTION // 4 + 1), "- id: ask_one", "ask_one"),
    "a long choice": ("Pedirle que espere a one.", "Va. " * (LONGEST_CHOICE // 4 + 1), "- id: ask_one", "ask_one"),
    "a long explanation": ("Nadie espera en peligro con one.", "Va. " * (LONGEST_BECAUSE // 4 + 1), "- id: ask_one", "ask_one"),
    "names that are too long together": (
        "- {value: b, text: Segunda de 1., ", f"- {{value: {'b' * 110}, text: Segunda de 1., ", "- id: bank_1", "bank_1"),
    "the right one is by far the longest": (
        "Saludar primero a one.", "Saludar primero con calma a esta persona " * 3 + ".", "- id: ask_one", None),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_found_where_it_stands(courses: Folder, what: str) -> None:
    old, new, place, name = MISTAKES[what]
    courses.replace(COURSE, old, new)
    problems = [each for each in courses.problems() if str(each.file) == COURSE]
    assert problems, "nothing is found"
    if name:
        assert any(name in each.wrong for each in problems), [str(each) for each in problems]
    line = courses.line(COURSE, place) if isinstance(place, str) else place
    assert line is None or line in {each.line for each in problems}, [str(each) for each in problems]
    assert all(each.wrong and each.todo for each in problems)


def test_a_course_has_three_lessons(courses: Folder) -> None:
    courses.replace(COURSE, lesson("three"), "")
    assert any("menos de 3" in each.wrong for each in courses.problems())


@pytest.mark.parametrize("kind", ["reading", "question"])
def test_a_lesson_teaches_and_asks(courses: Folder, kind: str) -> None:
    whole = lesson("one")
    parts = whole.split("  - id: ")
    kept = [part for part in parts[1:] if ("question" in part) is (kind == "reading")]
    courses.replace(COURSE, whole, "  - id: ".join([parts[0], *kept]))
    said = [each.wrong for each in courses.problems()]
    assert any(("no enseña" if kind == "reading" else "no pregunta") in each for each in said), said


@pytest.mark.parametrize("many", [1, 6])
def test_a_question_has_two_to_five_choices(courses: Folder, many: int) -> None:
    choices = "".join(
        f"  - {{value: v{each}, text: Una {each}., because: Sí {each}., right: {str(each == 0).lower()}}}\n" for each in range(many)
    )
    courses.replace(COURSE, banked(1), f"- id: bank_1\n  ask: ¿Y si?\n  options:\n{choices}")
    assert any("opciones" in each.wrong for each in courses.problems())


def test_a_final_has_half_as_many_questions_again_as_it_draws(courses: Folder) -> None:
    courses.replace(COURSE, banked(3), "")
    [problem] = courses.problems()
    assert "sortea 4" in problem.wrong and "hasta 6" in problem.todo


def test_a_course_of_lessons_alone_needs_no_numbers(courses: Folder) -> None:
    courses.replace(COURSE, "{rule: all_and_percent, percent: 80, questions: 4, attempts: 3, wait_days: 7}", "{rule: all_quizzes}")
    courses.expect()


def test_hard_words_of_a_lesson_are_found(courses: Folder) -> None:
    endless = " ".join(["si", "va"] * 40)
    courses.replace(COURSE, "Salude y ofrezca asiento a one.", f"{endless}.")
    assert any("palabras" in each.wrong for each in courses.problems() if str(each.file) == COURSE)


@pytest.mark.parametrize("name", ["Tarjetas", "tarjetas-2", "t" * 33])
def test_the_file_of_a_course_is_named_as_its_records_can_be(courses: Folder, name: str) -> None:
    courses.write(f"flows/courses/{name}.yml", SOUND_COURSE)
    assert any(name in each.wrong for each in courses.problems() if each.file.stem == name)
