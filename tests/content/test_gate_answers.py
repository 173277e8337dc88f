"""The publish gate: who answers for a text, and what it says."""

from datetime import date, timedelta

import pytest

from bot.content.published import LONGEST_MESSAGE
from tests.gate import Folder
from tests.sound_content import DIALOGUE, DOUBTFUL, EXTRA, FEES, PAPERS, REVIEWED, SOURCES

# Who answers for a text, and since when


def test_an_answer_without_metadata_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, f"Lleve una foto reciente.\n    metadata: {REVIEWED}\n", "Lleve una foto reciente.\n")
    folder.expect((PAPERS, "Lleve una foto", "metadata"))


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ("      office: permits\n", "office"),
        (SOURCES, "sources"),
        ("      reviewed_on: 2026-01-15\n", "reviewed_on"),
        ("      review_in: 90\n", "review_in"),
        ("      owner: papers\n", "owner"),
    ],
    ids=["office", "sources", "reviewed_on", "review_in", "owner"],
)
def test_an_answer_names_its_office_source_date_term_and_owner(folder: Folder, lines: str, field: str) -> None:
    metadata = folder.line(PAPERS, "      office: permits")
    folder.replace(PAPERS, lines, "")
    if field == "office":
        folder.expect((PAPERS, metadata, "office"), (PAPERS, "  utter_papers_renew:", "utter_papers_renew"))
    else:
        folder.expect_only(PAPERS, metadata, field)


@pytest.mark.parametrize("field", ["kind", "value", "says", "sources", "reviewed_on", "review_in", "owner"])
def test_a_fact_names_its_kind_value_meaning_source_date_term_and_owner(folder: Folder, field: str) -> None:
    lines = [line for line in DOUBTFUL.splitlines() if not line.startswith(f"  {field}:")]
    folder.write(EXTRA, "\n".join(lines))
    folder.expect_only(EXTRA, 2, field)


def test_a_source_has_a_title(folder: Folder) -> None:
    folder.replace(PAPERS, "      - title: Reglamento de tarjetas\n        url:", "      - url:")
    folder.expect((PAPERS, "- url: https", "title"))


@pytest.mark.parametrize("field", ["reviewed_on", "expires_on"])
@pytest.mark.parametrize("written", ["mañana", "15/01/2026", "2026-1", "20260115"])
def test_a_date_that_is_no_date_is_found(folder: Folder, field: str, written: str) -> None:
    old = "      reviewed_on: 2026-01-15\n" if field == "reviewed_on" else "      expires_on: 2031-12-31\n"
    folder.replace(PAPERS, old, f"      {field}: {written}\n")
    folder.expect((PAPERS, f"{field}: {written}", field))


@pytest.mark.parametrize("written", ["0", "-5", "pronto", "1.5", "true"])
def test_a_term_of_review_is_a_whole_number_of_days(folder: Folder, written: str) -> None:
    folder.replace(PAPERS, "      review_in: 90\n", f"      review_in: {written}\n")
    folder.expect_only(PAPERS, f"review_in: {written}", "review_in")


def test_a_review_cannot_be_in_the_future(folder: Folder) -> None:
    ahead = date.today() + timedelta(days=3)
    folder.replace(
        PAPERS,
        "      reviewed_on: 2026-01-15\n      review_in: 90\n      expires_on: 2031-12-31",
        f"      reviewed_on: {ahead}\n      review_in: 90",
    )
    folder.replace(
        FEES,
        "  says: Derechos por renovar\n  sources:\n  - title: Ley de derechos\n  reviewed_on: 2026-01-15",
        f"  says: Derechos\n  sources:\n  - title: Ley\n  reviewed_on: {ahead}",
    )
    folder.expect((PAPERS, "  utter_papers_renew:", "utter_papers_renew"), (FEES, "renewal_fee:", "renewal_fee"))


def test_a_review_of_today_is_not_in_the_future(folder: Folder) -> None:
    folder.replace(PAPERS, "      reviewed_on: 2026-01-15", f"      reviewed_on: {date.today()}")
    folder.expect()


@pytest.mark.parametrize("expires_on", ["2026-01-14", "2026-01-15"])
def test_what_expired_before_it_was_reviewed_is_found(folder: Folder, expires_on: str) -> None:
    folder.replace(PAPERS, "expires_on: 2031-12-31", f"expires_on: {expires_on}")
    folder.expect((PAPERS, f"expires_on: {expires_on}", "utter_papers_renew"))


def test_what_expires_the_day_after_its_review_passes(folder: Folder) -> None:
    folder.replace(PAPERS, "expires_on: 2031-12-31", "expires_on: 2026-01-16")
    folder.expect()


def test_an_office_that_is_not_in_the_directory_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "      office: permits\n", "      office: permit\n")
    folder.expect((PAPERS, "  utter_papers_renew:", "permit"))


# What a text says


def test_a_fact_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", "'La foto cuesta {foto_fee}.'")
    folder.expect((PAPERS, "  utter_papers_photo:", "foto_fee"))


def test_a_variable_that_is_not_declared_is_found(folder: Folder) -> None:
    folder.replace(
        DIALOGUE, "  utter_overdue:\n  - text: Una frase del diálogo.\n", "  utter_overdue:\n  - text: 'Se revisaba el {due_on}.'\n"
    )
    folder.expect((DIALOGUE, "  utter_overdue:", "due_on"))


def test_a_declared_variable_passes(folder: Folder) -> None:
    frase = "  - text: Una frase del diálogo.\n    metadata: {kind: service}\n"
    declared = "  - text: 'Se revisaba el {due_on}.'\n    metadata: {kind: service, variables: [due_on]}\n"
    folder.replace(DIALOGUE, "  utter_overdue:\n" + frase, "  utter_overdue:\n" + declared)
    folder.expect()


def test_a_variable_that_is_declared_and_not_used_is_found(folder: Folder) -> None:
    frase = "  - text: Una frase del diálogo.\n    metadata: {kind: service"
    folder.replace(DIALOGUE, "  utter_overdue:\n" + frase, "  utter_overdue:\n" + frase + ", variables: [due_on]")
    folder.expect((DIALOGUE, "  utter_overdue:", "due_on"))


def test_a_doubtful_fact_is_never_shown(folder: Folder) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", "'La foto cuesta {photo_fee}.'")
    folder.expect((PAPERS, "  utter_papers_photo:", "photo_fee"))


def test_a_fact_that_is_mended_may_be_shown(folder: Folder) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", "'La foto cuesta {photo_fee}.'")
    folder.replace(FEES, "  doubt: dos fuentes no coinciden\n", "")
    folder.expect()


def test_a_fact_that_no_answer_says_is_found(folder: Folder) -> None:
    folder.replace(FEES, "  doubt: dos fuentes no coinciden\n", "")
    folder.expect((FEES, "photo_fee:", "photo_fee"))


def test_a_kind_of_fact_that_is_not_known_is_found(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL.replace("kind: amount", "kind: price"))
    folder.expect((EXTRA, "kind: price", "price"))


def test_a_fact_without_fields_is_found(folder: Folder) -> None:
    folder.write(EXTRA, DOUBTFUL + "late_days: 30\n")
    folder.expect((EXTRA, "late_days", "late_days"))


@pytest.mark.parametrize("promise", ["Usted califica para el apoyo.", "GARANTIZAMOS el trámite.", "Sin duda se lo dan.", "Será aprobado."])
def test_a_promise_is_found(folder: Folder, promise: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", promise)
    folder.expect((PAPERS, "  utter_papers_photo:", "utter_papers_photo"))


@pytest.mark.parametrize("number", ["222 213 1000", "(222) 213-1000", "+52 55 3686 5100", "2222131000", "800.715.2000", "2222-1310"])
def test_a_telephone_typed_in_a_text_is_found(folder: Folder, number: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f"'Llame al {number}, de 9 a 15.'")
    folder.expect((PAPERS, "  utter_papers_photo:", number.strip("(")))


@pytest.mark.parametrize(
    "harmless",
    ["Son 20,000 pesos.", "Es el artículo 52 y son 30 días.", "Vea https://example.org/tramite/12345678901.", "De 9:00 a 15:00."],
)
def test_other_numbers_may_stand_in_a_text(folder: Folder, harmless: str) -> None:
    folder.replace(PAPERS, "Lleve una foto reciente.", f"'{harmless}'")
    folder.expect()


def test_a_text_is_as_long_as_telegram_allows_with_its_source(folder: Folder) -> None:
    longest = LONGEST_MESSAGE - 400
    folder.replace(PAPERS, "Lleve una foto reciente.", "a" * longest)
    folder.expect()
    folder.replace(PAPERS, "a" * longest, "a" * (longest + 1))
    folder.expect((PAPERS, "  utter_papers_photo:", str(longest + 1)))


def test_a_text_is_measured_with_its_facts_filled_in(folder: Folder) -> None:
    value = "1,500 pesos"
    folder.replace(
        PAPERS, "La renovación cuesta {renewal_fee}.", "'" + "a" * (LONGEST_MESSAGE - 400 - 2 * len(value)) + "{renewal_fee}{renewal_fee}'"
    )
    folder.expect()
    folder.replace(FEES, value, value + "!")
    folder.expect((PAPERS, "  utter_papers_renew_cost:", "utter_papers_renew_cost"))
