"""How well the languages of messages are told apart that another hand wrote: floors, below which nothing is published."""

import json
from pathlib import Path

import pytest
import yaml

from bot.content.languages import LANGUAGES, LanguageDetector
from bot.rasa.training import MODELS
from bot.settings import ROOT

FEWEST = 50  # messages of each language
WRITTEN = yaml.safe_load((ROOT / "nlu" / "test_data" / "languages.yml").read_text(encoding="utf-8"))
MESSAGES = {language: [str(text) for text in texts] for language, texts in WRITTEN["languages"].items()}


@pytest.fixture(scope="module")
def detector(model: Path) -> LanguageDetector:
    return LanguageDetector(json.loads((MODELS / "languages.json").read_text(encoding="utf-8")))


def test_every_language_is_tried_with_many_different_messages() -> None:
    assert set(MESSAGES) == set(LANGUAGES)
    assert {language: len(set(texts)) for language, texts in MESSAGES.items() if len(set(texts)) < FEWEST} == {}


def test_people_are_answered_in_their_language_from_the_first_message_on(detector: LanguageDetector) -> None:
    right = {language: [detector.hear(text).likely == language for text in texts] for language, texts in MESSAGES.items()}
    shares = {language: sum(each) / len(each) for language, each in right.items()}
    assert {language: share for language, share in shares.items() if share < 0.94} == {}
    assert sum(map(sum, right.values())) / sum(map(len, right.values())) >= 0.97


def test_what_is_certain_is_right(detector: LanguageDetector) -> None:
    said = [(language, detector.hear(text).certain) for language, texts in MESSAGES.items() for text in texts]
    certain = [(language, heard) for language, heard in said if heard]
    assert sum(language == heard for language, heard in certain) / len(certain) >= 0.99
    assert len(certain) / len(said) >= 0.8  # whoever is sure of nothing errs never


def test_no_language_is_certain_of_what_is_said_in_all_of_them(detector: LanguageDetector) -> None:
    assert {
        text: detector.hear(text).certain
        for text in ("ok", "visa", "whatsapp", "911", "👍", "covid", "uber")
        if detector.hear(text).certain
    } == {}


MIXED = {
    "hola my brother is lost cerca de reynosa what do i do": ("es", "en"),
    "bonjour je veux saber donde queda la comar": ("fr", "es"),
    "oi amigo necesito trabajo mas nao tenho documento": ("pt", "es"),
    "can you help me porque no tengo papeles": ("en", "es"),
    "je suis fatigué mwen vle tounen lakay": ("fr", "ht"),
    "eske nou gen un albergue para dormir esta noche": ("ht", "es"),
}


@pytest.mark.parametrize(("text", "languages"), MIXED.items())
def test_a_mixed_message_is_taken_for_one_of_its_languages(detector: LanguageDetector, text: str, languages: tuple[str, str]) -> None:
    assert detector.hear(text).likely in languages
    assert detector.hear(text).certain in (*languages, None)
