"""What the published catalogues must hold in every language."""

import re
from datetime import date, timedelta
from functools import cache

import pytest

from bot.content.languages import LANGUAGES, SOURCE
from bot.content.load import institution_names, load_content
from bot.content.published import PLACEHOLDER, Content, Response
from bot.content.review import Review
from bot.content.translatable import parity, texts_of
from bot.conversation.notice_turn import FULL
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.replies import facts_of, fill, render, render_whole, shown
from bot.settings import ROOT

FLOWS = ROOT / "flows"
OTHERS = [language for language in LANGUAGES if language != SOURCE]
INSTITUTIONS = [None, *institution_names(FLOWS)]


@cache
def content_of(institution: str | None) -> Content:
    return load_content(FLOWS, institution)[0]


@pytest.fixture(params=INSTITUTIONS, ids=lambda name: name or "base")
def content(request: pytest.FixtureRequest) -> Content:
    return content_of(request.param)


in_every_language = pytest.mark.parametrize("language", LANGUAGES)
in_every_other_language = pytest.mark.parametrize("language", OTHERS)


def answers(content: Content) -> list[tuple[Response, Review]]:
    return [(response, response.review) for response in content.responses.values() if response.review]


def days(content: Content, response: Response, review: Review) -> list[date]:
    """A day on which all is fresh, and one on which there is a caution, or the last on which the answer is given."""
    reviews = [review, *(fact.review for fact in facts_of(content, response))]
    ends = [each.expires_on for each in reviews if each.expires_on]
    return [review.reviewed_on, min([max(each.due_on for each in reviews) + timedelta(days=1), *ends])]


def test_every_text_is_translated_into_every_language() -> None:
    found = parity(FLOWS)
    assert [each.language for each in found] == OTHERS
    assert {each.language: each.missing for each in found if each.missing} == {}


@in_every_other_language
def test_every_button_is_translated_however_short_its_title(language: str) -> None:
    content = content_of(None)
    asked = [each for each in content.questionnaires.values() if not each.course]  # what is taught may stay in Spanish
    options = {option.title for each in asked for step in each.steps for option in step.options}
    assert sorted(title for title in options if not content.is_translated(title, language)) == []


@in_every_other_language
def test_a_translation_of_the_published_content_has_the_places_of_its_text(content: Content, language: str) -> None:
    texts = {text: content.translate(text, language) for text, _ in texts_of(content)}
    different = [text for text, said in texts.items() if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(said))]
    assert different == [] and texts


@in_every_other_language
def test_no_catalogue_has_a_fuzzy_entry(language: str) -> None:
    lines = (FLOWS / "translations" / f"{language}.po").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("#,") and "fuzzy" in line] == []


@in_every_language
def test_every_answer_shows_its_sources_its_office_and_its_date_in_every_language(content: Content, language: str) -> None:
    wrong = []
    for response, review in answers(content):
        text = render_whole(content, response.name, language, review.reviewed_on)
        office = content.organizations[response.office or ""].short_name
        expected = (*(source.title for source in review.sources), office, shown(review.reviewed_on, language))
        wrong += [(response.name, each) for each in expected if each not in text.split("\n\n")[-1]]
    assert wrong == [] and answers(content)


@in_every_language
def test_every_telephone_of_an_answer_is_said_in_every_language(content: Content, language: str) -> None:
    missing, numbers = [], 0
    for response, review in answers(content):
        text = render_whole(content, response.name, language, review.reviewed_on)
        for fact in facts_of(content, response):
            if fact.kind == "telephone":
                found = re.findall(r"\d(?:[\d .-]*\d)?", fact.value)  # "079, opción 1" is said as "079, option 1"
                numbers += len(found)
                missing += [(response.name, number) for number in found if number not in text]
    assert missing == [] and numbers


@in_every_language
def test_every_answer_is_filled_in_completely_in_every_language(content: Content, language: str) -> None:
    texts = {response.name: render_whole(content, response.name, language, review.reviewed_on) for response, review in answers(content)}
    assert [name for name, text in texts.items() if PLACEHOLDER.search(text)] == []


@in_every_language
def test_the_first_message_of_every_answer_fits_a_small_screen_in_every_language(content: Content, language: str) -> None:
    """But for the answers to a danger, which are said whole."""
    lengths = {
        (response.name, day): len(render(content, response.name, language, day).text)
        for response, review in answers(content)
        if not content.answers_danger(response.name)
        for day in days(content, response, review)
    }
    assert {which: length for which, length in lengths.items() if length > LONGEST_FIRST} == {} and lengths


@in_every_language
def test_the_button_for_more_of_every_answer_is_one_that_telegram_carries(content: Content, language: str) -> None:
    payloads = {
        button.payload
        for response, review in answers(content)
        for button in render(content, response.name, language, review.reviewed_on).buttons
    }
    assert sorted(payload for payload in payloads if len(payload.encode()) > 64) == []
    assert any(payload.startswith("/more=utter_") for payload in payloads)


@in_every_language
def test_no_sentence_of_the_dialogue_is_longer_than_a_small_screen_in_any_language(content: Content, language: str) -> None:
    """Nobody is offered the rest of these. The full privacy notice comes in two parts: tests/unit/test_notice_in_parts.py"""
    lengths = {}
    for response in content.responses.values():
        if not response.review and response.name != FULL:
            places = {name: f"[{name}]" for name in response.variables}
            lengths[response.name] = len(fill(content, response.text, language, places))
    for questionnaire in content.questionnaires.values():
        for step in questionnaire.steps:
            asked = PLACEHOLDER.sub("[value]", content.translate(step.ask, language))
            lengths[f"{questionnaire.name}.{step.id}"] = len(f"{content.translate(step.help, language)}\n\n{asked}")
    assert {name: length for name, length in lengths.items() if length > LONGEST_FIRST} == {} and lengths


def test_an_institution_shows_its_texts_in_every_language_too() -> None:
    own = {text for name in INSTITUTIONS for text, _ in texts_of(content_of(name))} - {text for text, _ in texts_of(content_of(None))}
    assert own
    listed = {text for text in own if re.search(r"\w{3}", text)}
    assert {(text, language) for text in listed for language in OTHERS if not content_of("ipam").is_translated(text, language)} == set()
