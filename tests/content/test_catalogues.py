"""The catalogues of a small folder: how they are brought up to date, and how translations are added."""

import re
from pathlib import Path

import pytest

from bot.content.catalogues import UNREVIEWED
from bot.content.languages import LANGUAGES, SOURCE
from bot.content.load import load_content
from bot.content.translatable import Parity, add_translations, parity, texts_of_console, update_catalogues
from tests.gate import Folder
from tests.sound_content import ENGLISH, PAPERS

OTHERS = [language for language in LANGUAGES if language != SOURCE]


def updated() -> list[Parity]:
    return update_catalogues(Path("flows"))


def catalogue(language: str = "en") -> str:
    return Path(f"flows/translations/{language}.po").read_text(encoding="utf-8")


def entry(text: str) -> list[str]:
    """The lines about a text in the English catalogue: comments, text and translation; empty if it is not there."""
    blocks = [[line for line in block.splitlines() if not line.startswith("#,")] for block in catalogue().split("\n\n")]
    return next((block for block in blocks if any(line.removeprefix("#~ ") == f'msgid "{text}"' for line in block)), [])


PHOTO, RENEWAL = "Lleve una foto reciente.", "La renovación cuesta {renewal_fee}."
CREATED = re.compile(r'"POT-Creation-Date: [^"]*"')

# Bringing them up to date


def test_a_catalogue_is_made_for_every_other_language(folder: Folder) -> None:
    updated()
    assert sorted(path.stem for path in Path("flows/translations").iterdir()) == sorted(OTHERS)
    assert all(f'msgid "{PHOTO}"\nmsgstr ""' in catalogue(language) for language in OTHERS)
    folder.expect()


def test_what_staff_read_is_listed_beside_it_and_may_stay_in_spanish(folder: Folder) -> None:
    before = {each.language: each.all for each in updated()}
    assert "#: bot/console/templates/layout.html" in catalogue() and 'msgid "Ir al contenido"' in catalogue()
    add_translations(Path("flows"), "en", {"Ir al contenido": "Skip to the content"})
    content, problems = load_content(Path("flows"), None)
    assert content.translate("Ir al contenido", "en") == "Skip to the content"
    assert content.translate("Algo falló", "en") == "Algo falló" and not problems
    assert {each.language: each.all for each in parity(Path("flows"))} == before, "they count for nothing that people read"
    assert 0 < content.catalogues["en"].of_console < 0.01 and content.catalogues["fr"].of_console == 0


def test_staff_work_in_a_language_once_their_pages_are_translated(folder: Folder) -> None:
    updated()
    texts = sorted(texts_of_console())
    few = {text: text for text in texts[: len(texts) // 2]}
    add_translations(Path("flows"), "en", few)
    assert list(folder.content().console_languages) == ["es"]
    add_translations(Path("flows"), "en", {text: text for text in texts})
    assert folder.content().console_languages == {"es": "Español", "en": "English"}


def test_what_staff_read_and_stands_in_python_or_in_a_message_is_listed_too(folder: Folder) -> None:
    updated()
    assert "#: bot/handoff/templates/staff.txt" in catalogue() and 'msgid "%(count)s avisos de Puente"' in catalogue()
    assert entry("Bandeja") and entry("Lo pidió") and entry("Primera respuesta a quien pide una persona")


def test_a_translation_of_a_page_that_lost_a_name_is_found(folder: Folder) -> None:
    updated()
    path = Path("flows/translations/en.po")
    said = 'msgid "Hay %(count)s peticiones."\nmsgstr "There are requests."\n'
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{said}", encoding="utf-8")
    assert any("otros {nombres}" in each.wrong for each in load_content(Path("flows"), None)[1])


def test_every_text_is_listed_once_with_the_file_it_stands_in(folder: Folder) -> None:
    updated()
    assert entry(PHOTO) == [f"#: {PAPERS}", f'msgid "{PHOTO}"', 'msgstr ""']
    assert catalogue().count(f'msgid "{PHOTO}"') == 1
    institutions = entry("Avise en la ventanilla de la ciudad.")
    assert institutions[0] == "#: flows/institutions/city/domain/papers.yml"


def test_what_is_the_same_everywhere_or_not_said_is_not_listed(folder: Folder) -> None:
    updated()
    assert [value for value in ("911", "60 pesos") if entry(value)] == []  # a telephone; a doubtful fact
    assert entry("1,500 pesos")


def test_updating_again_changes_no_byte(folder: Folder) -> None:
    updated()
    first = [CREATED.sub("", catalogue(language)) for language in OTHERS]
    updated()
    assert [CREATED.sub("", catalogue(language)) for language in OTHERS] == first


def test_updating_later_changes_no_byte(folder: Folder) -> None:
    updated()
    for language in OTHERS:
        earlier = CREATED.sub(r'"POT-Creation-Date: 2026-01-01 00:00+0000\\n"', catalogue(language))
        folder.write(f"flows/translations/{language}.po", earlier)
    before = [Path(f"flows/translations/{language}.po").read_bytes() for language in OTHERS]
    updated()
    assert [Path(f"flows/translations/{language}.po").read_bytes() for language in OTHERS] == before


def test_a_translation_is_kept_with_its_mark_or_without_it(folder: Folder) -> None:
    folder.append(ENGLISH, f'\n# {UNREVIEWED}\nmsgid "{PHOTO}"\nmsgstr "Bring a recent photo."\n')
    updated()
    assert entry(RENEWAL) == [f"#: {PAPERS}", f'msgid "{RENEWAL}"', 'msgstr "Renewal costs {renewal_fee}."']
    assert entry(PHOTO) == [f"# {UNREVIEWED}", f"#: {PAPERS}", f'msgid "{PHOTO}"', 'msgstr "Bring a recent photo."']
    content = folder.content()
    assert [content.is_unreviewed(text, "en") for text in (RENEWAL, PHOTO)] == [False, True]


def test_a_note_of_a_translator_is_kept(folder: Folder) -> None:
    folder.replace(ENGLISH, f'msgid "{RENEWAL}"', f'# say it kindly\nmsgid "{RENEWAL}"')
    updated()
    assert entry(RENEWAL)[0] == "# say it kindly"


def test_a_text_that_is_gone_is_kept_as_obsolete_and_used_no_more(folder: Folder) -> None:
    folder.replace(PAPERS, RENEWAL, "Pague {renewal_fee} por renovar.")
    updated()
    assert entry(RENEWAL) == [f'#~ msgid "{RENEWAL}"', '#~ msgstr "Renewal costs {renewal_fee}."']
    assert not folder.content().is_translated(RENEWAL, "en")
    folder.expect()


def test_a_text_that_comes_back_has_its_translation_back(folder: Folder) -> None:
    folder.replace(PAPERS, RENEWAL, "Pague {renewal_fee} por renovar.")
    updated()
    folder.replace(PAPERS, "Pague {renewal_fee} por renovar.", RENEWAL)
    updated()
    assert folder.content().translate(RENEWAL, "en") == "Renewal costs {renewal_fee}."


def test_a_text_that_was_changed_a_little_is_not_taken_for_the_old_one(folder: Folder) -> None:
    """Babel would call it fuzzy: "cuesta" and "no cuesta" differ in two letters."""
    folder.replace(PAPERS, RENEWAL, "La renovación no cuesta {renewal_fee}.")
    updated()
    assert entry("La renovación no cuesta {renewal_fee}.")[-1] == 'msgstr ""'
    assert "fuzzy" not in catalogue()


def test_parity_counts_what_is_missing_and_what_nobody_has_checked(folder: Folder) -> None:
    assert {each.language: (each.all - len(each.missing), each.unreviewed) for each in parity(Path("flows"))} == {
        "en": (1, 0), "fr": (0, 0), "pt": (0, 0), "ht": (0, 0)
    }  # fmt: skip
    assert updated() == parity(Path("flows"))
    add_translations(Path("flows"), "en", {PHOTO: "Bring a recent photo."})
    english = parity(Path("flows"))[0]
    assert (english.all - len(english.missing), english.unreviewed) == (2, 1)
    assert PHOTO not in english.missing and RENEWAL not in english.missing
    assert english.line() == f"English: 2 de {english.all} textos traducidos; 1 sin revisar por una persona."


# Adding translations


def test_a_translation_that_is_added_is_marked_until_a_reviewer_clears_it(folder: Folder) -> None:
    updated()
    add_translations(Path("flows"), "en", {PHOTO: "Bring a photo."})
    assert entry(PHOTO)[0] == f"# {UNREVIEWED}"
    add_translations(Path("flows"), "en", {PHOTO: "Bring a recent photo."})  # nobody has checked the first one
    assert folder.content().translate(PHOTO, "en") == "Bring a recent photo."
    folder.replace(ENGLISH, f'# {UNREVIEWED}\n#: {PAPERS}\nmsgid "{PHOTO}"', f'#: {PAPERS}\nmsgid "{PHOTO}"')
    assert not folder.content().is_unreviewed(PHOTO, "en")


def test_what_a_reviewer_has_cleared_is_never_written_over(folder: Folder) -> None:
    updated()
    before = entry(RENEWAL)
    add_translations(Path("flows"), "en", {RENEWAL: "It is {renewal_fee}.", PHOTO: "Bring a photo."})
    assert entry(RENEWAL) == before and entry(PHOTO)[-1] == 'msgstr "Bring a photo."'


def test_a_translation_of_a_text_that_is_not_there_is_not_added(folder: Folder) -> None:
    updated()
    before = catalogue()
    add_translations(Path("flows"), "en", {"Nadie dice esto.": "Nobody says this."})
    assert catalogue() == before


def test_adding_a_translation_keeps_the_note_of_a_translator(folder: Folder) -> None:
    folder.append(ENGLISH, f'\n# say it kindly\n# {UNREVIEWED}\nmsgid "{PHOTO}"\nmsgstr "Bring a photo."\n')
    add_translations(Path("flows"), "en", {PHOTO: "Please bring a photo."})
    assert {"# say it kindly", f"# {UNREVIEWED}"} <= set(entry(PHOTO))


@pytest.mark.parametrize("translated", ["Renewal costs {fee}.", "Renewal is free.", "{renewal_fee} or {renewal_fee}."])
def test_a_translation_has_the_places_of_its_text(folder: Folder, translated: str) -> None:
    folder.replace(ENGLISH, "Renewal costs {renewal_fee}.", translated)
    folder.expect((ENGLISH, 'msgid "La renovación', "La renovación cuesta"))
