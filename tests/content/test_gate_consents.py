"""The gate over what asks for leave: exactly one consent whatever was answered, last, and it says what it is about."""

import pytest

from tests.gate import Folder
from tests.sound_content import INTAKE

CONSENT = """\
- id: consent
  type: consent
  ask: Se envía {summary} a {recipient} por {expires_in} días y cuesta {renewal_fee}.
"""
ANOTHER = """\
- id: {id}
  type: consent
  only_if: {{need: {need}}}
  ask: Se envía {{summary}} a {{recipient}} por {{expires_in}} días y cuesta {{renewal_fee}}.
"""
CARD, OTHER = ANOTHER.format(id="for_card", need="card"), ANOTHER.format(id="for_other", need="other")
PERMISSION = "- id: notices\n  type: permission\n  permits: write\n  ask: ¿Le escribo?\n  help: Conteste sí o no.\n"


def test_several_consents_that_exclude_each_other_may_be_asked(folder: Folder) -> None:
    folder.replace(INTAKE, CONSENT, CARD + OTHER)
    folder.expect()


def test_two_consents_for_the_same_answer_are_refused(folder: Folder) -> None:
    folder.replace(INTAKE, CONSENT, CARD + OTHER + ANOTHER.format(id="again", need="other"))
    folder.expect((INTAKE, "- id: again", "need = other"))


def test_an_answer_without_a_consent_is_refused(folder: Folder) -> None:
    folder.replace(INTAKE, CONSENT, CARD)
    folder.expect((INTAKE, "- id: for_card", "need = other"))


def test_a_consent_of_the_chat_alone_leaves_the_desk_without_one(folder: Folder) -> None:
    folder.replace(INTAKE, "- id: consent\n", "- id: consent\n  at_desk: never\n")
    folder.expect((INTAKE, "- id: consent", "en la mesa"))


def test_one_consent_for_the_chat_and_one_for_the_desk_may_be_asked(folder: Folder) -> None:
    at_desk = CONSENT.replace("id: consent\n", "id: read_aloud\n  at_desk: only\n")
    folder.replace(INTAKE, CONSENT, CONSENT.replace("id: consent\n", "id: consent\n  at_desk: never\n") + at_desk)
    folder.expect()


def test_an_option_that_ends_the_questionnaire_needs_no_consent(folder: Folder) -> None:
    ending = "{value: other, title: Otra cosa, done: {do: call_person, reason: alone, response: utter_papers_appointment}}"
    folder.replace(INTAKE, "{value: other, title: Otra cosa}", ending)
    folder.replace(INTAKE, CONSENT, CARD)
    folder.expect()


@pytest.mark.parametrize("name", ["summary", "recipient", "expires_in"])
def test_a_consent_says_what_is_shared_with_whom_and_for_how_long(folder: Folder, name: str) -> None:
    folder.replace(INTAKE, "{" + name + "}", "eso")
    folder.expect((INTAKE, "- id: consent", name))


def test_what_ends_a_questionnaire_is_known_and_says_something_that_exists(folder: Folder) -> None:
    ending = "{value: other, title: Otra cosa, done: {do: call_person, reason: alone, response: utter_nothing}}"
    folder.replace(INTAKE, "{value: other, title: Otra cosa}", ending)
    folder.expect((INTAKE, "- id: need", "utter_nothing"))


def test_a_permission_has_a_version_too(folder: Folder) -> None:
    folder.replace(INTAKE, CONSENT, PERMISSION)
    folder.replace(INTAKE, 'consent_version: "2026-01-15"\n', "")
    folder.expect((INTAKE, 1, "intake"))


@pytest.mark.parametrize("line", ["", "  permits: everything\n"])
def test_a_permission_says_what_it_permits(folder: Folder, line: str) -> None:
    folder.replace(INTAKE, CONSENT, PERMISSION.replace("  permits: write\n", line) + CONSENT)
    folder.expect((INTAKE, "  permits" if line else "- id: notices", "notices"))


def test_only_what_is_shared_can_be_needed(folder: Folder) -> None:
    folder.replace(INTAKE, "- id: which\n", "- id: which\n  needed: Porque sí.\n")
    folder.expect((INTAKE, "  needed: Porque sí.", "which"))


def test_what_stays_answered_without_a_field_is_an_option(folder: Folder) -> None:
    folder.replace(INTAKE, "- id: which\n", "- id: which\n  label: Otra\n  shared: true\n  without: {need: nothing}\n")
    folder.expect((INTAKE, "- id: which", "without"))


def test_a_step_is_for_the_desk_only_or_never(folder: Folder) -> None:
    folder.replace(INTAKE, "- id: which\n", "- id: which\n  at_desk: sometimes\n")
    folder.expect((INTAKE, "  at_desk: sometimes", "sometimes"))
