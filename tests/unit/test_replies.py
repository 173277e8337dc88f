"""What a person reads: facts in their places, source and date, cautions of age, languages and buttons."""

from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from bot.content.municipalities import Municipalities
from bot.content.published import Button, Catalogue, Content, Fact, Institution, Response, Safety, SafetyCategory
from bot.content.review import Review, Source, Where
from bot.content.services import Organization
from bot.conversation.replies import PERSON, render, sentence
from bot.settings import ROOT

HERE = Where(ROOT, 1)
REVIEWED_ON, REVIEW_IN = date(2026, 3, 1), 30
DUE_ON = date(2026, 3, 31)
DAY = timedelta(days=1)
REVIEW = Review("papers", REVIEWED_ON, 9999, (Source("Reglamento"), Source("Ley")))


def review(review_in: int = 9999, expires_on: date | None = None) -> Review:
    return Review("papers", REVIEWED_ON, review_in, (Source("Reglamento"), Source("Ley")), expires_on)


def answer(
    text: str = "Vaya a la oficina.", name: str = "utter_papers", of: Review | None = REVIEW, buttons: tuple[Button, ...] = ()
) -> Response:
    return Response(name, text, HERE, buttons, None, of, "permits")


def fact(value: str = "1,500 pesos", name: str = "fee", of: Review = REVIEW) -> Fact:
    return Fact(name, "amount", value, "Derechos", of, HERE)


SENTENCES = {
    "utter_answer_source": "FUENTE {sources} / {office} / {reviewed_on}",
    "utter_overdue": "ATRASADO {due_on}",
    "utter_withheld": "VENCIDO {office}",
    "utter_not_translated": "SIN TRADUCIR",
    "utter_unreviewed": "SIN REVISAR",
    "utter_button_more": "Ver más",
    "utter_button_person": "Una persona",
}


def published(*responses: Response, facts: tuple[Fact, ...] = (), english: dict[str, str] | None = None) -> Content:
    """Content of these answers and what every answer needs."""
    said = [*(Response(name, text, HERE) for name, text in SENTENCES.items()), *responses]
    office = Organization("permits", "Oficina de Permisos", HERE, "Permisos")
    return Content(
        version="test", responses={each.name: each for each in said}, facts={each.name: each for each in facts},
        organizations={"permits": office}, services={}, locations={}, questionnaires={}, commands={}, links={},
        retention={}, safety=Safety((), ()), titles={}, topics={},
        rules=(), institution=Institution("city", "La Ciudad", None), municipalities=Municipalities(()),
        catalogues={"en": Catalogue(MappingProxyType(english))} if english else {},
        languages={"es": "Español", "en": "English", "fr": "Français"},
    )  # fmt: skip


def paragraphs(content: Content, today: date = REVIEWED_ON, language: str = "es", name: str = "utter_papers") -> list[str]:
    return render(content, name, language, today).text.split("\n\n")


def test_an_answer_ends_with_its_sources_its_office_and_its_date() -> None:
    assert paragraphs(published(answer())) == ["Vaya a la oficina.", "FUENTE Reglamento; Ley / Permisos / 01/03/2026"]


def test_an_answer_leads_to_a_person() -> None:
    reply = render(published(answer(buttons=(Button("Otra", "/other"),))), "utter_papers", "es", REVIEWED_ON)
    assert reply.buttons == (Button("Otra", "/other"), Button("Una persona", PERSON))


def test_an_answer_with_its_own_button_to_a_person_gets_no_second_one() -> None:
    reply = render(published(answer(buttons=(Button("Asesor", PERSON), Button("Otra", "/other")))), "utter_papers", "es", REVIEWED_ON)
    assert reply.buttons == (Button("Asesor", PERSON), Button("Otra", "/other"))


def test_a_sentence_of_the_dialogue_states_no_source_and_gets_no_button() -> None:
    reply = render(published(answer(of=None)), "utter_papers", "es", REVIEWED_ON)
    assert (reply.text, reply.buttons, reply.response) == ("Vaya a la oficina.", (), "utter_papers")


# Facts


def test_a_fact_changed_once_changes_every_answer_that_says_it() -> None:
    said = answer("Cuesta {fee}."), answer("Pague {fee} en la caja.", "utter_pay"), answer("Es gratis.", "utter_free")
    before, after = published(*said, facts=(fact("1,500 pesos"),)), published(*said, facts=(fact("1,600 pesos"),))
    texts = [[paragraphs(content, name=each.name)[0] for each in said] for content in (before, after)]
    assert texts == [
        ["Cuesta 1,500 pesos.", "Pague 1,500 pesos en la caja.", "Es gratis."],
        ["Cuesta 1,600 pesos.", "Pague 1,600 pesos en la caja.", "Es gratis."],
    ]


def test_a_fact_is_filled_in_wherever_it_stands_and_in_every_language() -> None:
    content = published(answer("{fee}: pague {fee}."), facts=(fact(),), english={"{fee}: pague {fee}.": "Pay {fee}, {fee}."})
    assert paragraphs(content)[0] == "1,500 pesos: pague 1,500 pesos."
    assert paragraphs(content, language="en")[0] == "Pay 1,500 pesos, 1,500 pesos."


def test_a_variable_of_the_turn_is_filled_in_and_never_read_again_for_names() -> None:
    content = published(answer("Le contesto: {question}", of=None), facts=(fact(),))
    assert render(content, "utter_papers", "es", REVIEWED_ON, {"question": "¿{fee}?"}).text == "Le contesto: ¿{fee}?"


def test_a_variable_wins_over_a_fact_of_its_name() -> None:
    content = published(answer("Son {fee}.", of=None), facts=(fact(),))
    assert render(content, "utter_papers", "es", REVIEWED_ON, {"fee": "dos"}).text == "Son dos."


# Age


@pytest.mark.parametrize(("days", "warns"), [(-1, False), (0, False), (1, True)])
def test_a_caution_stands_before_the_source_from_the_day_after_the_review_was_due(days: int, warns: bool) -> None:
    found = paragraphs(published(answer(of=review(REVIEW_IN))), DUE_ON + days * DAY)
    assert found[1:-1] == (["ATRASADO 31/03/2026"] if warns else [])
    assert found[0] == "Vaya a la oficina." and found[-1].startswith("FUENTE")


@pytest.mark.parametrize(("days", "warns"), [(-1, False), (0, False), (1, True)])
def test_an_answer_is_as_old_as_the_oldest_fact_it_says(days: int, warns: bool) -> None:
    content = published(answer("Cuesta {fee}."), answer("Es gratis.", "utter_free"), facts=(fact(of=review(REVIEW_IN)),))
    today = DUE_ON + days * DAY
    assert any(line.startswith("ATRASADO") for line in paragraphs(content, today)) is warns
    assert not any(line.startswith("ATRASADO") for line in paragraphs(content, today, name="utter_free"))


EXPIRES_ON = date(2026, 12, 31)


@pytest.mark.parametrize(("days", "withheld"), [(-1, False), (0, False), (1, True)])
def test_an_answer_is_withheld_from_the_day_after_it_expires(days: int, withheld: bool) -> None:
    content = published(answer(of=review(expires_on=EXPIRES_ON), buttons=(Button("Otra", "/other"),)))
    reply = render(content, "utter_papers", "es", EXPIRES_ON + days * DAY)
    assert ("Vaya a la oficina." in reply.text) is not withheld
    assert (reply.text == "VENCIDO Oficina de Permisos") is withheld
    assert (reply.buttons == (Button("Una persona", PERSON),)) is withheld
    assert reply.response == "utter_papers"


def test_a_fact_that_expires_withholds_the_answers_that_say_it_and_no_other() -> None:
    content = published(
        answer("Cuesta {fee}."), answer("Pague {fee}.", "utter_pay"), answer("Es gratis.", "utter_free"),
        facts=(fact(of=review(expires_on=EXPIRES_ON)), fact(name="other")),
    )  # fmt: skip
    names = ("utter_papers", "utter_pay", "utter_free")
    assert [paragraphs(content, EXPIRES_ON, name=name)[0] for name in names] == ["Cuesta 1,500 pesos.", "Pague 1,500 pesos.", "Es gratis."]
    after = [paragraphs(content, EXPIRES_ON + DAY, name=name)[0] for name in names]
    assert after == ["VENCIDO Oficina de Permisos", "VENCIDO Oficina de Permisos", "Es gratis."]


def test_a_sentence_of_the_dialogue_whose_fact_expired_names_the_institution() -> None:
    content = published(replace(answer("Marque {fee}.", of=None), office=None), facts=(fact(of=review(expires_on=EXPIRES_ON)),))
    reply = render(content, "utter_papers", "es", EXPIRES_ON + DAY)
    assert (reply.text, reply.buttons) == ("VENCIDO La Ciudad", (Button("Una persona", PERSON),))


def test_an_answer_that_expires_before_its_review_is_due_is_withheld_without_a_caution() -> None:
    content = published(answer(of=review(REVIEW_IN, expires_on=DUE_ON - 5 * DAY)))
    assert paragraphs(content, DUE_ON - 4 * DAY) == ["VENCIDO Oficina de Permisos"]
    assert paragraphs(content, DUE_ON + DAY) == ["VENCIDO Oficina de Permisos"]


# Languages

ENGLISH = {
    "Vaya a la oficina.": "Go to the office.", "FUENTE {sources} / {office} / {reviewed_on}": "SOURCE {sources} / {office} / {reviewed_on}",
    "ATRASADO {due_on}": "OVERDUE {due_on}", "VENCIDO {office}": "EXPIRED {office}", "SIN TRADUCIR": "NOT TRANSLATED",
    "Una persona": "A person", "Otra": "Another",
}  # fmt: skip


def test_an_answer_and_all_that_stands_below_it_is_translated() -> None:
    content = published(answer(of=review(REVIEW_IN)), english=ENGLISH)
    assert paragraphs(content, DUE_ON + DAY, "en") == [
        "Go to the office.", "OVERDUE March 31, 2026", "SOURCE Reglamento; Ley / Permisos / March 1, 2026"
    ]  # fmt: skip


def test_an_answer_that_is_not_translated_says_so_in_the_language_asked_for() -> None:
    content = published(answer("Lleve una foto."), english=ENGLISH)
    assert paragraphs(content, language="en") == [
        "Lleve una foto.", "NOT TRANSLATED", "SOURCE Reglamento; Ley / Permisos / March 1, 2026"
    ]  # fmt: skip


def test_a_language_without_any_translation_says_so_too() -> None:
    assert paragraphs(published(answer(), english=ENGLISH), language="fr")[:2] == ["Vaya a la oficina.", "SIN TRADUCIR"]


def test_spanish_is_never_called_untranslated() -> None:
    assert paragraphs(published(answer("Lleve una foto."), english=ENGLISH)) == [
        "Lleve una foto.", "FUENTE Reglamento; Ley / Permisos / 01/03/2026"
    ]  # fmt: skip


def test_buttons_are_translated_and_lead_where_they_led() -> None:
    content = published(answer(buttons=(Button("Otra", "/other"), Button("Más", "/more"))), english=ENGLISH)
    assert render(content, "utter_papers", "en", REVIEWED_ON).buttons == (
        Button("Another", "/other"), Button("Más", "/more"), Button("A person", PERSON)
    )  # fmt: skip


def test_what_is_withheld_is_withheld_in_the_language_asked_for() -> None:
    content = published(answer(of=review(expires_on=EXPIRES_ON)), english=ENGLISH)
    reply = render(content, "utter_papers", "en", EXPIRES_ON + DAY)
    assert (reply.text, reply.buttons) == ("EXPIRED Oficina de Permisos", (Button("A person", PERSON),))


def test_a_single_sentence_is_translated_and_filled_in() -> None:
    content = published(english=ENGLISH)
    assert sentence(content, "utter_overdue", "en", {"due_on": "mañana"}) == "OVERDUE mañana"
    assert sentence(content, "utter_overdue", "es", {"due_on": "mañana"}) == "ATRASADO mañana"


def test_the_caution_names_the_day_on_which_the_fact_was_due() -> None:
    content = published(answer("Cuesta {fee}."), facts=(fact(of=review(REVIEW_IN)),))
    assert paragraphs(content, DUE_ON + DAY)[1] == "ATRASADO 31/03/2026"


def test_the_sentence_of_a_danger_is_said_even_when_a_telephone_in_it_has_expired() -> None:
    """Withholding it for one help line would take 911 away with it."""
    content = published(
        answer("Marque {fee} o {other}.", name="utter_safety_violence_now"),
        facts=(fact("911"), fact("079", "other", review(expires_on=DUE_ON))),
    )
    category = SafetyCategory("violence_now", "utter_safety_violence_now", ("me pega",), (), HERE)
    content = replace(content, safety=Safety((category,), ()))
    assert "911" in paragraphs(content, DUE_ON + DAY, name="utter_safety_violence_now")[0]
