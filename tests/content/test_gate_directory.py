"""The publish gate: directory, institutions and translations."""

from pathlib import Path

import pytest

from bot.content.load import load_content
from bot.errors import ContentError
from tests.gate import NO_LINE, Folder
from tests.sound_content import CITY, CITY_FEES, CITY_PAPERS, DOUBTFUL, ENGLISH, FILES, OFFICES, SERVICES, STATE

# Directory and institutions


def test_a_service_of_an_organization_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(SERVICES, "organization_id: city_hall", "organization_id: town_hall")
    folder.expect((SERVICES, "- id: attention", "town_hall"))


@pytest.mark.parametrize("accepts", ["{need: [card, gold]}", "{colour: gold}"])
def test_a_service_takes_only_what_can_be_answered(folder: Folder, accepts: str) -> None:
    folder.replace(SERVICES, "  receives_referrals: true\n", f"  receives_referrals: true\n  accepts: {accepts}\n")
    folder.expect((SERVICES, "- id: attention", "gold"))


def test_what_receives_no_cases_has_no_room_for_any(folder: Folder) -> None:
    folder.replace(SERVICES, "  receives_referrals: true\n", "  capacity: 3\n")
    folder.replace(SERVICES, "  capacity: 3\n", "  receives_referrals: false\n  capacity: 3\n")
    folder.expect((SERVICES, "- id: attention", "no recibe casos"))


@pytest.mark.parametrize("key", ["99", "15999", "Puebla", "210014"])
def test_a_key_that_is_not_of_inegi_is_found(folder: Folder, key: str) -> None:
    folder.replace(SERVICES, '"15057"', f'"{key}"')
    folder.expect((SERVICES, "- id: attention", f"{key}"))


def test_an_organization_has_its_own_id(folder: Folder) -> None:
    folder.append(OFFICES, "- id: permits\n  name: Otra oficina\n")
    folder.expect((OFFICES, folder.line(OFFICES, "Otra oficina") - 1, "permits"))


def test_an_institution_has_a_title(folder: Folder) -> None:
    folder.replace(CITY, "title: Ciudad\n", "")
    folder.expect((CITY, 1, "title"))


def test_an_answer_of_an_institution_replaces_one_of_the_base(folder: Folder) -> None:
    folder.append(CITY_PAPERS, "  utter_papers_found:\n  - text: La encontré.\n    metadata: {kind: service}\n")
    folder.expect_only(CITY_PAPERS, "  utter_papers_found:", "utter_papers_found")


def test_an_institution_replaces_single_answers_and_facts_and_leaves_the_rest(folder: Folder) -> None:
    own = DOUBTFUL.replace("late_fee", "renewal_fee").replace("10 pesos", "900 pesos").replace("  doubt: falta confirmar\n", "")
    folder.write(CITY_FEES, own)
    folder.expect()
    base, city = folder.content(), folder.content("city")
    assert (base.responses["utter_papers_lost"].text, city.responses["utter_papers_lost"].text) == (
        "Avise en la oficina.",
        "Avise en la ventanilla de la ciudad.",
    )
    assert (base.facts["renewal_fee"].value, city.facts["renewal_fee"].value) == ("1,500 pesos", "900 pesos")
    assert base.responses["utter_papers_photo"] == city.responses["utter_papers_photo"]
    assert (base.institution.receives, city.institution.receives) == (None, "city_hall")
    assert city.municipalities.home_states == ("21",)  # of the state above it


def test_what_is_nearest_to_the_institution_wins(folder: Folder) -> None:
    folder.write("flows/institutions/state/domain/papers.yml", FILES[CITY_PAPERS].replace("la ventanilla de la ciudad", "el estado"))
    assert folder.content("state").responses["utter_papers_lost"].text == "Avise en el estado."
    assert folder.content("city").responses["utter_papers_lost"].text == "Avise en la ventanilla de la ciudad."


def test_an_institution_that_does_not_exist_is_an_error_that_names_the_ones_that_do(folder: Folder) -> None:
    with pytest.raises(ContentError, match=r"flows/institutions/town/institution\.yml.*PUENTE_INSTITUTION.*city, state"):
        load_content(Path("flows"), "town")


def test_an_institution_below_one_that_does_not_exist_is_an_error(folder: Folder) -> None:
    folder.replace(CITY, "parent: state", "parent: country")
    with pytest.raises(ContentError, match=r"flows/institutions/country/institution\.yml"):
        folder.problems()


def test_an_institution_below_itself_is_an_error(folder: Folder) -> None:
    folder.append(STATE, "parent: city\n")
    with pytest.raises(ContentError, match=r"flows/institutions/(city|state)/institution\.yml.*parent"):
        folder.problems()


def test_a_folder_without_content_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="PUENTE_FLOWS"):
        load_content(tmp_path, None)


# Translations


def test_a_translation_that_cannot_be_read_is_found(folder: Folder) -> None:
    folder.replace(ENGLISH, 'msgstr "Renewal costs {renewal_fee}."', "msgstr Renewal costs")
    folder.expect((ENGLISH, NO_LINE, ""))


def test_a_translation_that_is_not_utf8_is_found(folder: Folder) -> None:
    Path(ENGLISH).write_bytes(FILES[ENGLISH].encode("latin-1"))
    folder.expect((ENGLISH, NO_LINE, "utf-8"))


def test_a_language_that_is_not_spoken_is_found(folder: Folder) -> None:
    folder.write("flows/translations/tlh.po", FILES[ENGLISH])
    folder.expect(("flows/translations/tlh.po", 1, "tlh"))


def test_a_translation_is_used_unless_it_is_fuzzy(folder: Folder) -> None:
    text = "La renovación cuesta {renewal_fee}."
    assert folder.content().translate(text, "en") == "Renewal costs {renewal_fee}."
    folder.replace(ENGLISH, 'msgid "La renovación', '#, fuzzy\nmsgid "La renovación')
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", "Renewal is free.")  # nor is it held against the gate
    folder.expect()
    assert folder.content().translate(text, "en") == text


def test_an_empty_translation_is_not_used(folder: Folder) -> None:
    text = "La renovación cuesta {renewal_fee}."
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", "")
    folder.expect()
    assert folder.content().translate(text, "en") == text
