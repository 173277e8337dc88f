"""The publish gate: programmes with case files."""

import pytest

from bot.content.check_texts import LONGEST_PAYLOAD
from bot.content.load import load_content
from bot.content.programme_files import STAGES
from bot.content.translatable import all_texts
from bot.settings import ROOT
from tests.gate import NO_LINE, Folder
from tests.sound_content import INTAKE

PROGRAMME, APPLICATION = "flows/programmes/cards.yml", "flows/questionnaires/application_cards.yml"
TEXT = (
    """\
title: Tarjetas
office: permits
need: card
questionnaire: application_cards
documents:
- name: birth_certificate
  title: Acta de nacimiento
  ask: Mande una foto de su acta.
  help: Toque el clip.
documents_consent:
  version: "2026-01-15"
  expires_in: 90
  ask: Se guardan para {recipient} por {expires_in} días.
stages:
"""
    + "".join(f"- {{name: {stage}, title: Etapa {stage}, says: Esto pasa en {stage}.}}\n" for stage in STAGES)
    + """\
sources: [{title: Reglamento}]
reviewed_on: 2026-01-15
review_in: 90
owner: papers
"""
)


@pytest.fixture
def programme(folder: Folder) -> Folder:
    """A sound folder with a programme in it."""
    folder.write(PROGRAMME, TEXT)
    folder.write(APPLICATION, INTAKE_TEXT)
    folder.expect()
    return folder


INTAKE_TEXT = """\
consent_version: "2026-01-15"
consent_expires_in: 180
steps:
- id: consent
  type: consent
  ask: Se envía {summary} a {recipient} por {expires_in} días.
done: {do: open_case}
"""


def test_every_stage_has_its_words(programme: Folder) -> None:
    programme.replace(PROGRAMME, "- {name: ruling, title: Etapa ruling, says: Esto pasa en ruling.}\n", "")
    programme.expect((PROGRAMME, "stages:", "ruling"))


def test_a_stage_is_one_the_program_knows(programme: Folder) -> None:
    programme.replace(PROGRAMME, "{name: ruling, ", "{name: prize, ")
    programme.expect((PROGRAMME, "name: prize", "prize"), (PROGRAMME, "stages:", "ruling"))


def test_a_stage_promises_nothing(programme: Folder) -> None:
    programme.replace(PROGRAMME, "Esto pasa en delivery.", "Le van a dar el dinero.")
    programme.expect((PROGRAMME, 1, "delivery"))


def test_a_stage_says_no_telephone(programme: Folder) -> None:
    programme.replace(PROGRAMME, "Esto pasa en delivery.", "Llame al 222 123 4567.")
    programme.expect((PROGRAMME, 1, "delivery"))


def test_a_stage_may_say_a_fact(programme: Folder) -> None:
    programme.replace(PROGRAMME, "says: Esto pasa en delivery.", "says: 'Se pagan {renewal_fee}.'")
    programme.expect()
    programme.replace(PROGRAMME, "{renewal_fee}", "{prize}")
    programme.expect((PROGRAMME, 1, "prize"))


@pytest.mark.parametrize("what", ["documents", "stages"])
def test_a_name_is_used_once(what: str, programme: Folder) -> None:
    twin = {
        "documents": "documents:\n- {name: birth_certificate, title: Otra acta, ask: Mande otra., help: Toque.}\n",
        "stages": "stages:\n- {name: visit, title: Otra, says: Otra visita.}\n",
    }
    programme.replace(PROGRAMME, f"{what}:\n", twin[what])
    programme.expect_only(PROGRAMME, f"{what}:", "birth_certificate" if what == "documents" else "visit")


LINES = {"ask": "  ask: Mande una foto de su acta.\n", "help": "  help: Toque el clip.\n", "title": "  title: Acta de nacimiento\n"}


@pytest.mark.parametrize(("name", "line"), LINES.items())
def test_a_document_has_its_words(name: str, line: str, programme: Folder) -> None:
    programme.replace(PROGRAMME, line, "")
    programme.expect((PROGRAMME, "- name: birth_certificate", name))


def test_the_button_of_a_document_fits_what_telegram_carries(programme: Folder) -> None:
    longest = "b" * (LONGEST_PAYLOAD - len("/send_document=cards."))
    programme.replace(PROGRAMME, "- name: birth_certificate", f"- name: {longest}")
    programme.expect()
    programme.replace(PROGRAMME, f"- name: {longest}", f"- name: {longest}b")
    programme.expect((PROGRAMME, "- name: bbb", "Acta de nacimiento"))


def test_the_office_is_in_the_directory(programme: Folder) -> None:
    programme.replace(PROGRAMME, "office: permits", "office: nobody")
    programme.expect((PROGRAMME, 1, "nobody"))


def test_the_application_is_there_and_opens_the_case(programme: Folder) -> None:
    programme.replace(APPLICATION, "do: open_case", "do: create_referral")
    programme.expect((APPLICATION, 1, "application_cards"))
    programme.write(APPLICATION, INTAKE_TEXT)
    programme.replace(PROGRAMME, "questionnaire: application_cards", "questionnaire: applications")
    programme.expect((PROGRAMME, 1, "applications"), (APPLICATION, 1, "application_cards"))


def test_only_the_application_of_a_programme_opens_a_case(programme: Folder) -> None:
    programme.replace(INTAKE, "do: create_referral", "do: open_case")
    programme.expect((INTAKE, 1, "intake"))


@pytest.mark.parametrize("line", ['  version: "2026-01-15"\n', "  expires_in: 90\n"])
def test_leave_to_keep_photographs_has_a_version_and_an_end(line: str, programme: Folder) -> None:
    programme.replace(PROGRAMME, line, "")
    programme.expect((PROGRAMME, NO_LINE, line.strip().split(":")[0]))


def test_leave_to_keep_photographs_is_asked_for(programme: Folder) -> None:
    text = TEXT[: TEXT.index("documents_consent")] + TEXT[TEXT.index("stages:") :]
    programme.write(PROGRAMME, text)
    programme.expect_only(PROGRAMME, 1, "")


def test_somebody_answers_for_a_programme(programme: Folder) -> None:
    programme.replace(PROGRAMME, "owner: papers\n", "")
    programme.expect((PROGRAMME, 1, "owner"), (APPLICATION, 1, "application_cards"))


def test_what_means_nothing_is_found(programme: Folder) -> None:
    programme.append(PROGRAMME, "deadline: mañana\n")
    programme.expect((PROGRAMME, "deadline:", "deadline"))


def test_a_button_starts_the_application_of_a_programme_that_is_there(programme: Folder) -> None:
    programme.append("flows/links.yml", "- {name: cards, payload: /start_application=cards}\n")
    programme.expect()
    programme.replace("flows/links.yml", "=cards", "=prizes")
    programme.expect(("flows/links.yml", "=prizes", "prizes"))


def test_all_that_is_read_is_translated() -> None:
    texts = all_texts(ROOT / "flows")
    for programme in load_content(ROOT / "flows", None)[0].programmes.values():
        read = [programme.title, *(each.title for each in programme.documents), *(each.asking.steps[0].ask for each in programme.documents)]
        read += [text for stage in programme.stages.values() for text in (stage.title, stage.says)]
        assert [text for text in (*read, programme.consent.steps[0].ask) if text not in texts] == []
