"""The publish gate: unsound content that looks sound."""

import pytest

from tests.gate import Folder
from tests.sound_content import (
    CITY_PAPERS,
    COMMANDS,
    ENGLISH,
    INTAKE,
    PAPERS,
    PLACES,
    SAFETY,
    SERVICES,
    TESTS,
    TITLES,
)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (COMMANDS, "commands:", "comandos:"),
        (SERVICES, "services:", "servicios:"),
        (CITY_PAPERS, "responses:", "respuestas:"),
        (TESTS, "nlu:", "ejemplos:"),
    ],
    ids=["commands", "services", "responses", "examples"],
)
def test_a_misspelt_first_word_of_a_file_is_found(folder: Folder, file: str, old: str, new: str) -> None:
    folder.replace(file, old, new)
    assert folder.problems()


@pytest.mark.parametrize("key", ["1", "2", "150", "2111"])
def test_the_beginning_of_a_key_is_no_key(folder: Folder, key: str) -> None:
    folder.replace(SERVICES, '"15057"', f'"{key}"')
    folder.expect((SERVICES, "- id: attention", key))


def test_a_state_key_written_without_quotes_is_found(folder: Folder) -> None:
    folder.append(PLACES, "01001,Aguascalientes,Aguascalientes,Aguascalientes,1\n")
    folder.replace(SERVICES, '"15057"', "01")  # YAML: the number 1; it then stands for the states 10 to 19
    assert folder.problems() or folder.content().services["attention"].area == ("21", "01")


def test_a_variable_that_nobody_fills_in_is_found(folder: Folder) -> None:
    folder.replace(
        PAPERS, "  - text: Lleve una foto reciente.\n    metadata: {", "  - text: 'Lleve {folio}.'\n    metadata: {variables: [folio], "
    )
    assert folder.problems()


def test_nothing_is_asked_after_the_consent(folder: Folder) -> None:
    folder.replace(INTAKE, "done: {do", "- id: after\n  type: text\n  ask: ¿Y algo más?\n  help: Escriba.\ndone: {do")
    assert folder.problems()


def test_a_condition_on_something_ticked_is_refused_or_works(folder: Folder) -> None:
    folder.replace(INTAKE, "type: choice", "type: toggles")
    assert folder.problems()


@pytest.mark.parametrize(
    "text",
    ["Usted califica; le garantizamos el trámite. ¿Qué otra cosa?", "Llame al 222 213 1000. ¿Qué otra cosa?"],
    ids=["promise", "telephone"],
)
def test_a_question_of_a_questionnaire_promises_nothing_and_has_no_telephone(folder: Folder, text: str) -> None:
    folder.replace(INTAKE, "ask: ¿Qué otra cosa?", f"ask: {text}")
    assert folder.problems()


def test_a_translation_fits_a_telegram_message(folder: Folder) -> None:
    folder.replace(ENGLISH, "Renewal costs", "x" * 5000)
    assert folder.problems()


@pytest.mark.parametrize(
    "extra",
    [
        "- {name: help, words: [otra], response: utter_help}\n",
        "- {name: other, words: [ayuda], response: utter_help}\n",
        "- {name: other, words: [menú], response: utter_help}\n",
        "- {name: other, words: [otra]}\n",
    ],
    ids=["same name", "same word", "a word with an accent is never heard", "does nothing"],
)
def test_a_word_command_that_cannot_work_is_found(folder: Folder, extra: str) -> None:
    folder.append(COMMANDS, extra)
    assert folder.problems()


def test_a_service_has_its_own_id(folder: Folder) -> None:
    folder.append(SERVICES, "- id: attention\n  organization_id: permits\n  name: Otra\n")
    assert folder.problems()


def test_two_options_of_a_step_differ(folder: Folder) -> None:
    folder.replace(INTAKE, "{value: other", "{value: card, title: Otra}\n  - {value: other")
    assert folder.problems()


@pytest.mark.parametrize("title", ["a" * 80, "'=='"], ids=["long", "signs"])
def test_the_title_of_an_option_can_be_read_on_a_button(folder: Folder, title: str) -> None:
    folder.replace(INTAKE, "title: Otra cosa", f"title: {title}")
    assert folder.problems()


def test_a_title_of_a_question_can_be_read_on_a_button(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda", "help: '…'")
    assert folder.problems()


@pytest.mark.parametrize("text", ["Cuesta {Renewal_fee}.", "Cuesta { renewal_fee }.", "Cuesta {renewal-fee}."])
def test_braces_that_are_no_name_are_found(folder: Folder, text: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f"'{text}'")  # people read the braces
    assert folder.problems()


def test_a_name_in_braces_on_a_button_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", "title: 'Pagar {renewal_fee}'")  # people read the braces
    assert folder.problems()


def test_a_term_of_review_that_no_calendar_holds_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "review_in: 90\n      exp", "review_in: 99999999\n      exp")
    assert folder.problems()


def test_a_class_of_danger_without_patterns_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, '    patterns:\n    - "me {pega|golpea} ... {esposo|marido}"\n', "    patterns: []\n")
    assert folder.problems()


def test_a_choice_in_a_pattern_stands_in_braces(folder: Folder) -> None:
    folder.replace(SAFETY, '"me pega el sol"', '"me pega|golpea"')
    folder.expect((SAFETY, "    response: utter_safety_violence", "me pega|golpea"))
