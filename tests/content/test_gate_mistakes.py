"""The publish gate: mistakes that nothing else foresees, and the line they stand on."""

from pathlib import Path

import pytest

from bot.content.check import check_all
from tests.gate import Folder
from tests.sound_content import (
    CITY,
    CITY_PAPERS,
    COMMANDS,
    DOUBTFUL,
    ENGLISH,
    EXAMPLES,
    EXTRA,
    FEES,
    FILES,
    INTAKE,
    PAPERS,
    PLACES,
    REVIEWED,
    SAFETY,
    STATE,
    TESTS,
    TITLES,
)

# Mistakes that nothing else foresees


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (PAPERS, "Lleve una foto reciente.", "{{renewal_fee}}"),
        (PAPERS, "2026-01-15\n      review_in: 90\n      exp", "2026-01-15 10:00:00\n      review_in: 90\n      exp"),
        (FEES, "says: Derechos por renovar\n  sources:\n  - title: Ley de derechos\n  reviewed_on: 2026-01-15",
               "says: Derechos por renovar\n  sources:\n  - title: Ley de derechos\n  reviewed_on: 2026-01-15 10:00:00"),
        (PAPERS, "name: intake", "name: [intake]"),
        (INTAKE, "only_if: {need: other}", "only_if: {need: {other: true}}"),
        (PLACES, "1692181", "muchos"),
        (PLACES, "key,state", "clave,state"),
    ],
    ids=["double braces", "time of day", "time of day in a fact", "list for a name", "table for a value", "population", "column"],
)  # fmt: skip
def test_a_mistake_is_a_problem_and_never_a_traceback(folder: Folder, file: str, old: str, new: str) -> None:
    folder.replace(file, old, new)
    assert file in {str(problem.file) for problem in folder.problems()}


@pytest.mark.parametrize("file", [SAFETY, TITLES, COMMANDS, PLACES])
def test_a_file_that_is_gone_is_a_problem(folder: Folder, file: str) -> None:
    Path(file).unlink()
    assert file in {str(problem.file) for problem in folder.problems()}


# What the editor wrote, and not YAML's reading of it


@pytest.mark.parametrize("title", ["No", "off", "yes"])
def test_a_button_shows_what_the_editor_wrote_or_the_gate_complains(folder: Folder, title: str) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", f"title: {title}")
    assert folder.problems() or folder.content().responses["utter_papers_renew"].buttons[0].title == title


@pytest.mark.parametrize("value", ["9:00", "12:30", "070", "+525536865100", "1.50", "1_500", "0x10", "No"])
def test_a_fact_says_what_the_editor_wrote_or_the_gate_complains(folder: Folder, value: str) -> None:
    folder.replace(FEES, "value: 1,500 pesos", f"value: {value}")
    assert folder.problems() or folder.content().facts["renewal_fee"].value == value


# The right file and line


def test_a_date_that_does_not_exist_is_found_on_its_line_and_hides_nothing_else(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL.replace("2026-01-15", "2026-02-30"))
    folder.expect((EXTRA, "2026-02-30", "reviewed_on"))


def test_problems_name_the_folder_that_was_read(tmp_path: Path, folder: Folder) -> None:
    elsewhere = tmp_path / "elsewhere"
    Path("flows").rename(elsewhere)
    for name, old in (("safety.yml", '"me muero de {hambre|risa}"'), ("institutions/city/institution.yml", "receives: city_hall")):
        path = elsewhere / name
        path.write_text(
            path.read_text(encoding="utf-8").replace(old, {"safety.yml": '"me {muero"'}.get(name, "receives: nobody")), encoding="utf-8"
        )
    path = elsewhere / "domain" / "dialogue.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("- followup_cost\n", "- followup_cost\n- followup_time\n"), encoding="utf-8")
    folder.append(
        "nlu/data/dialogue.yml", "- intent: followup_time\n  examples: |\n" + "".join(f"    - cuanto tarda {n}\n" for n in range(20))
    )
    (elsewhere / "titles.yml").write_text(
        (elsewhere / "titles.yml").read_text(encoding="utf-8") + "followup_time: Tiempo\n", encoding="utf-8"
    )
    problems = check_all(elsewhere, Path("nlu"))
    assert len(problems) == 3
    assert [str(each) for each in problems if not each.file.is_file()] == []


def test_a_title_that_is_wrong_is_found_on_its_line(folder: Folder) -> None:
    folder.append(TITLES, "papers_sold: Vendí mi tarjeta\n")
    folder.expect((TITLES, "papers_sold", "papers_sold"))


def test_a_title_that_is_too_long_is_found_on_its_line(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda", "help: " + "a" * 50)
    folder.expect((TITLES, "help: a", "help"))


def test_a_translation_with_other_names_is_found_on_its_line(folder: Folder) -> None:
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", "Renewal costs {renewal_price}.")
    folder.expect((ENGLISH, 'msgid "La renovación', "La renovación cuesta"))


def test_examples_after_a_blank_line_keep_their_lines(folder: Folder) -> None:
    folder.replace(EXAMPLES, "- intent: papers_photo\n  examples: |\n", "- intent: papers_photo\n  examples: |\n\n    sin guion\n")
    folder.expect((EXAMPLES, "sin guion", "sin guion"))


def test_an_institution_whose_cases_go_nowhere_is_named(folder: Folder) -> None:
    folder.replace(CITY, "receives: city_hall", "receives: town_hall")
    folder.expect((CITY, "receives: town_hall", "town_hall"))


# Sound content that looks unsound


def test_an_institution_may_replace_the_only_answer_that_says_a_fact(folder: Folder) -> None:
    own = (
        f"  utter_papers_renew:\n  - text: Vaya.\n    buttons: [{{title: Cita, payload: /papers_appointment}}]\n    metadata: {REVIEWED}\n"
    )
    free = f"  utter_papers_renew_cost:\n  - text: Es gratis.\n    metadata: {REVIEWED}\n"
    folder.write(CITY_PAPERS, FILES[CITY_PAPERS] + own + free)
    folder.expect()


def test_an_institution_may_leave_out_a_button_of_the_base(folder: Folder) -> None:
    folder.append(CITY_PAPERS, f"  utter_papers_renew:\n  - text: Vaya.\n    metadata: {REVIEWED}\n")
    folder.expect()


def test_two_different_signs_are_not_the_same_example(folder: Folder) -> None:
    folder.append(EXAMPLES, "    - 🥲\n")
    folder.append(TESTS, "    - 🎉\n")
    folder.expect()


# One mistake is told once


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (PAPERS, "      review_in: 90\n", ""),
        (INTAKE, "done: {do: create_referral}\n", ""),
        (PAPERS, "{do: start_questionnaire, name: intake}", "{name: intake}"),
        (CITY_PAPERS, "responses:\n", f"responses:\n  utter_new:\n  - text: Nuevo.\n    metadata: {REVIEWED}\n"),
    ],
    ids=["review_in", "done", "do", "replaces nothing"],
)
def test_one_mistake_is_one_problem(folder: Folder, file: str, old: str, new: str) -> None:
    folder.replace(file, old, new)
    assert len(folder.problems()) == 1


@pytest.mark.parametrize("text", ["La cuota es {renewal_fee}.", "La cuota es {foto_fee}."], ids=["a fact", "no fact"])
def test_a_help_says_no_name_in_braces(folder: Folder, text: str) -> None:
    """question.ask translates the help and does not fill it in: people read the braces."""
    folder.replace(INTAKE, "help: Toque un botón.", f"help: '{text}'")
    assert folder.problems()


def test_a_fact_promises_nothing(folder: Folder) -> None:
    folder.replace(FEES, "value: 1,500 pesos", "value: se lo garantizamos gratis")
    assert folder.problems()


def test_the_home_states_of_an_institution_are_states(folder: Folder) -> None:
    folder.replace(STATE, '"21"', '"99"')
    assert folder.problems()
