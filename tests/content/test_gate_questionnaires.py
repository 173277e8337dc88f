"""The publish gate: questionnaires."""

import pytest

from bot.content.check_texts import LONGEST_PAYLOAD
from tests.gate import Folder
from tests.sound_content import INTAKE, PAPERS

# Questionnaires


def test_a_type_of_step_that_is_not_known_is_found(folder: Folder) -> None:
    folder.replace(INTAKE, "  type: text", "  type: essay")
    folder.expect((INTAKE, "type: essay", "essay"))


def test_a_condition_looks_back(folder: Folder) -> None:
    folder.replace(INTAKE, "  help: Toque un botón.\n", "  help: Toque un botón.\n  only_if: {which: nada}\n")
    folder.expect((INTAKE, "- id: need", "which"))


def test_a_condition_never_waits_for_its_own_answer(folder: Folder) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}", "  only_if: {which: nada}")
    folder.expect((INTAKE, "- id: which", "which"))


@pytest.mark.parametrize("wanted", ["others", "[card, others]"])
def test_a_condition_waits_for_an_answer_that_can_be_given(folder: Folder, wanted: str) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}", f"  only_if: {{need: {wanted}}}")
    folder.expect((INTAKE, "- id: which", "others"))


def test_a_condition_may_wait_for_one_of_several_answers(folder: Folder) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}", "  only_if: {need: [card, other]}")
    folder.expect()


def test_a_step_name_is_used_once(folder: Folder) -> None:
    folder.replace(INTAKE, "- id: consent\n", "- id: which\n  type: text\n  ask: ¿Algo más?\n  help: Escriba.\n- id: consent\n")
    folder.expect((INTAKE, folder.line(INTAKE, "¿Algo más?") - 2, "which"))


def test_a_questionnaire_ends_in_something(folder: Folder) -> None:
    folder.replace(INTAKE, "done: {do: create_referral}\n", "")
    folder.expect_only(INTAKE, 1, "intake")


def test_the_ending_of_a_questionnaire_is_one_the_program_knows(folder: Folder) -> None:
    folder.replace(INTAKE, "do: create_referral", "do: send_letter")
    folder.expect((INTAKE, 1, "send_letter"))


def test_a_questionnaire_without_steps_is_found(folder: Folder) -> None:
    folder.write(INTAKE, "done: {do: create_referral}\n")
    folder.expect((INTAKE, 1, "steps"), (PAPERS, "  utter_papers_appointment:", "utter_papers_appointment"))


def test_a_consent_has_a_version(folder: Folder) -> None:
    folder.replace(INTAKE, 'consent_version: "2026-01-15"\n', "")
    folder.expect((INTAKE, 1, "intake"))


def test_without_a_consent_no_version_is_asked_for(folder: Folder) -> None:
    folder.replace(INTAKE, 'consent_version: "2026-01-15"\nconsent_expires_in: 180\n', "")
    folder.replace(INTAKE, "- id: consent\n  type: consent\n", "- id: last\n  type: text\n  help: Escriba.\n")
    folder.expect()


@pytest.mark.parametrize("kind", ["choice", "toggles"])
def test_a_choice_has_two_options_or_more(folder: Folder, kind: str) -> None:
    folder.replace(INTAKE, "  only_if: {need: other}\n", "")
    folder.replace(INTAKE, "  type: choice", f"  type: {kind}")
    folder.expect()
    folder.replace(INTAKE, "  - {value: card, title: Tarjeta}\n", "")
    folder.expect((INTAKE, "  options:", "need"))


@pytest.mark.parametrize(
    ("line", "field"), [("  help: Toque un botón.\n", "help"), ("  label: Necesidad\n", "label"), ("  ask: ¿Qué necesita?\n", "ask")]
)
def test_a_step_has_a_question_a_help_and_a_label_if_it_is_shared(folder: Folder, line: str, field: str) -> None:
    folder.replace(INTAKE, line, "")
    folder.expect((INTAKE, "- id: need", field))


def test_a_step_that_is_not_shared_needs_no_label(folder: Folder) -> None:
    folder.replace(INTAKE, "  label: Necesidad\n  shared: true\n", "")
    folder.expect()


def test_a_question_mentions_only_what_is_known(folder: Folder) -> None:
    folder.replace(INTAKE, "ask: ¿Qué otra cosa?", "ask: '¿Qué otra cosa, {person}?'")
    folder.expect((INTAKE, "- id: which", "person"))


def test_the_payload_of_an_option_fits_what_telegram_carries(folder: Folder) -> None:
    longest = "a" * (LONGEST_PAYLOAD - len("intake.need="))
    folder.replace(INTAKE, "value: card", f"value: {longest}")
    folder.expect()
    folder.replace(INTAKE, longest, longest + "a")
    folder.expect((INTAKE, "- id: need", "Tarjeta"))
