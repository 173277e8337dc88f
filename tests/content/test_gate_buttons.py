"""The publish gate: buttons, commands and names."""

import pytest

from bot.content.check_texts import LONGEST_PAYLOAD
from bot.content.fields import LONGEST_TITLE
from tests.gate import NO_LINE, Folder, names_of
from tests.sound_content import COMMANDS, DIALOGUE, PAPERS, REVIEWED, RULES, TITLES

# Buttons and commands


def test_a_button_to_nowhere_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "payload: /papers_appointment", "payload: /papers_date")
    folder.expect(
        (PAPERS, "  utter_papers_renew:", "utter_papers_date"), (PAPERS, "  utter_papers_appointment:", "utter_papers_appointment")
    )  # and what it led to is said no more


@pytest.mark.parametrize("payload", ["/cancel", "/change_language=en", "/help", "/papers_photo"])
def test_a_button_may_lead_to_an_action_a_command_or_an_answer(folder: Folder, payload: str) -> None:
    folder.replace(PAPERS, "    - title: Pedir una cita\n", f"    - title: Otro\n      payload: {payload}\n    - title: Pedir una cita\n")
    folder.expect()


def test_a_payload_begins_with_a_slash(folder: Folder) -> None:
    folder.replace(PAPERS, "payload: /papers_lost", "payload: papers_lost")
    folder.expect((PAPERS, "  utter_papers_renew:", "papers_lost"))


def test_a_payload_has_no_blanks(folder: Folder) -> None:
    folder.replace(PAPERS, "payload: /papers_lost", "payload: /change_language=en us")
    folder.expect((PAPERS, "  utter_papers_renew:", "/change_language=en us"))


def test_a_payload_fits_what_telegram_carries_in_bytes(folder: Folder) -> None:
    start = "/change_language="
    fits = start + "ñ" * ((LONGEST_PAYLOAD - len(start)) // 2)
    folder.replace(PAPERS, "    - title: Pedir una cita\n", f"    - title: Otro\n      payload: {fits}\n    - title: Pedir una cita\n")
    folder.expect()
    folder.replace(PAPERS, fits, fits + "ñ")
    folder.expect((PAPERS, "  utter_papers_renew:", "Otro"))


@pytest.mark.parametrize("title", ["'👍'", "'...'", "a" * (LONGEST_TITLE + 1)], ids=["picture", "dots", "long"])
def test_a_button_that_cannot_be_read_is_found(folder: Folder, title: str) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", f"title: {title}")
    folder.expect((PAPERS, f"title: {title}", title.strip("'")))


@pytest.mark.parametrize("title", ["Sí", "👍 Sirvió", "a" * LONGEST_TITLE], ids=["short", "picture and word", "longest"])
def test_a_button_that_can_be_read_passes(folder: Folder, title: str) -> None:
    folder.replace(PAPERS, "title: Perdí mi tarjeta", f"title: {title}")
    folder.expect()


@pytest.mark.parametrize("field", ["title", "payload"])
def test_a_button_has_a_title_and_a_payload(folder: Folder, field: str) -> None:
    first = folder.line(PAPERS, "title: Perdí mi tarjeta")
    folder.replace(
        PAPERS,
        "    - title: Perdí mi tarjeta\n      payload: /papers_lost\n",
        "    - payload: /papers_lost\n" if field == "title" else "    - title: Perdí mi tarjeta\n",
    )
    problems = folder.problems()
    assert {each.line for each in problems} <= {first, folder.line(PAPERS, "  utter_papers_renew:")}
    assert [names_of(each, field) for each in problems if each.line == first] == [True]


def test_a_command_that_is_not_known_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n", "  - text: Lleve una foto reciente.\n    custom: {do: dance}\n")
    folder.expect((PAPERS, "  utter_papers_photo:", "dance"))


def test_a_questionnaire_that_does_not_exist_cannot_be_started(folder: Folder) -> None:
    folder.replace(PAPERS, "name: intake", "name: intakes")
    folder.expect((PAPERS, "  utter_papers_appointment:", "utter_papers_appointment"))


def test_a_command_that_does_nothing_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "{do: start_questionnaire, name: intake}", "{name: intake}")
    folder.expect((PAPERS, "custom:", "utter_papers_appointment"))


def test_an_answer_has_a_text_or_a_command(folder: Folder) -> None:
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n    metadata", "  - metadata")
    folder.expect((PAPERS, folder.line(PAPERS, "  utter_papers_photo:") + 1, "text"))


# Names: what leads where


def test_an_answer_that_is_never_said_is_found(folder: Folder) -> None:
    folder.append(PAPERS, f"  utter_papers_old:\n  - text: Ya no se usa.\n    metadata: {REVIEWED}\n")
    folder.expect((PAPERS, "  utter_papers_old:", "utter_papers_old"))


@pytest.mark.parametrize("name", ["utter_fallback", "utter_state_done", "utter_received_voice", "utter_button_person"])
def test_a_sentence_that_the_program_says_must_be_there(folder: Folder, name: str) -> None:
    folder.replace(DIALOGUE, f"  {name}:\n  - text: Una frase del diálogo.\n    metadata: {{kind: service}}\n", "")
    folder.expect(("flows/domain", 1, name))


def test_a_question_without_an_answer_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, f"  utter_papers_photo:\n  - text: Lleve una foto reciente.\n    metadata: {REVIEWED}\n", "")
    folder.expect((PAPERS, NO_LINE, "papers_photo"))


def test_a_question_without_a_rule_or_an_answer_is_found(folder: Folder) -> None:
    folder.replace(RULES, "- intent: followup_cost", "- intent: help")
    folder.expect((DIALOGUE, NO_LINE, "followup_cost"))


def test_a_followup_that_leads_nowhere_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "cost: utter_papers_renew_cost", "cost: utter_papers_cost")
    folder.expect((PAPERS, "  utter_papers_renew:", "utter_papers_cost"))


def test_a_kind_of_followup_that_is_not_known_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "        cost: utter_papers_renew_cost", "        price: utter_papers_renew_cost")
    folder.expect((PAPERS, "  utter_papers_renew:", "price"))


def test_a_rule_for_a_question_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.append(RULES, "- rule: another\n  steps:\n  - intent: followup_price\n  - action: utter_help\n")
    folder.expect((RULES, "- rule: another", "followup_price"))


def test_a_rule_that_says_what_does_not_exist_is_found(folder: Folder) -> None:
    folder.append(RULES, "- rule: another\n  steps:\n  - intent: followup_cost\n  - action: utter_price\n")
    folder.expect((RULES, "- rule: another", "utter_price"))


@pytest.mark.parametrize(
    "steps",
    ["  - intent: help\n", "  - action: utter_help\n", "  - intent: help\n  - action: utter_help\n  - intent: followup_cost\n"],
    ids=["no action", "no intent", "two intents"],
)
def test_a_rule_is_one_question_and_what_is_said(folder: Folder, steps: str) -> None:
    folder.append(RULES, f"- rule: another\n  steps:\n{steps}")
    folder.expect((RULES, folder.line(RULES, "- rule: another") + 1, "another"))


def test_a_word_command_that_says_what_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(COMMANDS, "response: utter_help", "response: utter_helps")
    folder.expect((COMMANDS, "name: help", "utter_helps"))


def test_a_question_without_a_title_is_found(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda\n", "")
    folder.expect((TITLES, 1, "help"))


def test_a_title_fits_a_button(folder: Folder) -> None:
    folder.replace(TITLES, "help: Ayuda", f"help: {'a' * LONGEST_TITLE}")
    folder.expect()
    folder.replace(TITLES, "help: a", "help: aa")
    folder.expect((TITLES, NO_LINE, "help"))
