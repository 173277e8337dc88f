"""The publish gate: files that can and cannot be read."""

from pathlib import Path

import pytest

from bot.content.load import institution_names
from tests.gate import NO_LINE, Folder
from tests.sound_content import (
    CITY,
    COMMANDS,
    DOUBTFUL,
    EXAMPLES,
    EXTRA,
    FEES,
    INTAKE,
    OFFICES,
    PAPERS,
    REVIEWED,
    RULES,
    SAFETY,
    SERVICES,
    SOURCES,
)


def test_sound_content_passes_for_the_base_and_every_institution(folder: Folder) -> None:
    folder.expect()
    assert institution_names(Path("flows")) == ["city", "state"]


def test_every_problem_is_told_once_however_many_institutions_have_it(folder: Folder) -> None:
    folder.replace(PAPERS, "owner: papers\n      followups", "followups")
    assert len(folder.problems()) == 1


# Reading YAML


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('one: "open\ntwo: 2\n', 3),
        ("one:\n  - 1\n\ttwo: 2\n", 3),
        ("one: 1\ntwo: 2: 3\n", 2),
        ("one: [1, 2\ntwo: 3\n", 2),
        ("- one\n- two\n", 1),
        ("only words\n", 1),
    ],
    ids=["open quote", "tab", "two colons", "open list", "a list", "a text"],
)
def test_a_file_that_is_not_a_table_in_yaml_is_named_with_the_line(folder: Folder, text: str, line: int) -> None:
    folder.write(EXTRA, text)
    folder.expect((EXTRA, line, ""))


def test_a_file_that_is_not_utf8_is_named(folder: Folder) -> None:
    Path(EXTRA).write_bytes("dato: niñez".encode("latin-1"))
    folder.expect((EXTRA, 1, "utf-8"))


def test_an_empty_file_is_no_problem(folder: Folder) -> None:
    folder.write(EXTRA, "# nothing yet\n")
    folder.expect()


def test_a_field_written_twice_is_found_on_its_second_line(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL + "  says: Otra vez\n")
    folder.expect((EXTRA, "Otra vez", "says"))


def test_a_fact_written_twice_is_found_on_its_second_line(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL + DOUBTFUL)
    folder.expect((EXTRA, len(DOUBTFUL.splitlines()) + 1, "late_fee"))


def test_a_fact_written_in_two_files_is_found(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL)
    folder.write("flows/facts/more.yml", "# again\n" + DOUBTFUL)
    folder.expect(("flows/facts/more.yml", 2, "late_fee"))


def test_an_answer_written_in_two_files_is_found(folder: Folder) -> None:
    folder.write("flows/domain/photo.yml", f"responses:\n  utter_papers_photo:\n  - text: Otra vez.\n    metadata: {REVIEWED}\n")
    folder.expect(("flows/domain/photo.yml", 2, "utter_papers_photo"))


def test_an_answer_has_one_text(folder: Folder) -> None:
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n", "  - text: Lleve una foto.\n  - text: Lleve dos fotos.\n")
    folder.expect((PAPERS, "  utter_papers_photo:", "utter_papers_photo"), (PAPERS, NO_LINE, "papers_photo"))


@pytest.mark.parametrize(
    ("file", "old"),
    [
        (PAPERS, "    buttons:\n"),
        (PAPERS, "      office: permits\n"),
        (PAPERS, "      payload: /papers_lost\n"),
        (PAPERS, "        url: https://example.org/reglamento\n"),
        (FEES, "  says: Derechos por renovar\n"),
        (OFFICES, "  alternate_name: Permisos\n"),
        (SERVICES, "  name: Atención a migrantes\n"),
        (RULES, "rules:\n"),
        (RULES, "  condition:\n"),
        (RULES, "  - intent: followup_cost\n"),
        (INTAKE, "steps:\n"),
        (INTAKE, "  label: Necesidad\n"),
        (SAFETY, "learned_above: 0.5\n"),
        (SAFETY, "    response: utter_safety_violence\n"),
        (CITY, "receives: city_hall\n"),
        (EXAMPLES, "- intent: papers_photo\n"),
    ],
    ids=[
        "response", "metadata", "button", "source", "fact", "organization", "service", "rules", "rule", "rule step", "questionnaire",
        "step", "safety", "danger category", "institution", "examples",
    ],
)  # fmt: skip
def test_a_field_that_means_nothing_is_found(folder: Folder, file: str, old: str) -> None:
    indent = " " * (len(old) - len(old.lstrip(" -")))
    extra = f"{indent}imagen: foto\n"
    folder.replace(file, old, old + extra if old.lstrip().startswith("- ") else extra + old)
    folder.expect((file, "imagen: foto", "imagen"))


def test_a_field_of_a_word_command_that_means_nothing_is_found(folder: Folder) -> None:
    folder.replace(COMMANDS, "words: [cancelar]", "word: cancelar")
    folder.expect((COMMANDS, "name: cancel", "word"))


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        (PAPERS, "  - text: Avise en la oficina.\n", "  - text: [Avise, en la oficina]\n", "text"),
        (PAPERS, "title: Reglamento de tarjetas", "title: {de: tarjetas}", "title"),
        (PAPERS, SOURCES, "      sources:\n      - Reglamento\n", "sources"),
        (OFFICES, "  alternate_name: Permisos", "  alternate_name: [Permisos]", "alternate_name"),
        (SERVICES, "  receives_referrals: true", "  receives_referrals: siempre", "receives_referrals"),
        (SERVICES, '  area: ["21", "15057"]', "  area: Puebla", "area"),
        (INTAKE, "consent_expires_in: 180", "consent_expires_in: medio año", "consent_expires_in"),
        (INTAKE, "  only_if: {need: other}", "  only_if: other", "only_if"),
        (SAFETY, "learned_above: 0.5", "learned_above: 50", "learned_above"),
        (SAFETY, "learned_above_if_harmless: 0.8", "learned_above_if_harmless: alto", "learned_above_if_harmless"),
    ],
    ids=[
        "text", "inner text", "list of tables", "optional text", "flag", "list", "number", "table", "share above 1", "share in words"
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_kind_is_found(folder: Folder, file: str, old: str, new: str, name: str) -> None:
    folder.replace(file, old, new)
    folder.expect((file, next(line for line in new.splitlines() if name in line), f"{name}"))
