"""Which language a message is in, and which one it asks for; the table of weights is small and made by hand."""

import math

import pytest

from bot.content.languages import LANGUAGES, NAMES, SURE, SURE_OF_FEW_WORDS, LanguageDetector, named
from tests.tongues import DETECTOR, PLACES, WORDS


def as_sure_of_english_as(chance: float) -> LanguageDetector:
    """Whatever is said."""
    return LanguageDetector({"languages": ["en", "es"], "bias": [math.log(chance / (1 - chance)), 0.0], "weights": {}})


@pytest.mark.parametrize("language", PLACES)
def test_a_message_is_in_the_language_of_its_words(language: str) -> None:
    guessed, chance = DETECTOR.guess(WORDS[language])
    assert (guessed, DETECTOR.hear(WORDS[language]).certain, DETECTOR.hear(WORDS[language]).likely) == (language,) * 3
    assert SURE < chance <= 1


def test_the_chances_of_all_languages_are_one_together() -> None:
    assert DETECTOR.guess("zzz") == ("es", pytest.approx(1 / 3))
    weight = math.exp(2.5 / math.sqrt(2))  # one word: a half under the root for it, a half for what is not known
    assert DETECTOR.guess("nearby") == ("en", pytest.approx(weight / (weight + 2)))


def test_accents_and_capitals_hide_no_word() -> None:
    assert DETECTOR.hear("¿DÓNDE?").certain == "es" and DETECTOR.hear("OÙ ÇA?").certain == "fr"


BETWEEN = (SURE + SURE_OF_FEW_WORDS) / 2


@pytest.mark.parametrize(
    ("chance", "text", "language"),
    [
        (SURE + 0.001, "one two three", "en"),
        (SURE - 0.001, "one two three", None),
        (BETWEEN, "one two", None),
        (BETWEEN, "one", None),
        (BETWEEN, "one, two; three", "en"),
        (SURE_OF_FEW_WORDS + 0.001, "one two", "en"),
        (SURE_OF_FEW_WORDS - 0.001, "one two", None),
        (0.999, "12 345 !? 👍", None),
        (0.999, "", None),
    ],
)
def test_a_language_is_certain_from_a_chance_on_that_is_higher_for_few_words(chance: float, text: str, language: str | None) -> None:
    assert as_sure_of_english_as(chance).hear(text).certain == language


@pytest.mark.parametrize(
    ("chance", "text", "language"), [(0.51, "ok", "en"), (0.999, "ok", "en"), (0.49, "ok", "es"), (0.999, "12 👍", "es"), (0.999, "", "es")]
)
def test_who_has_said_nothing_else_is_taken_for_the_likelier_language(chance: float, text: str, language: str) -> None:
    """`as_sure_of_english_as(0.49)` thinks Spanish a little likelier."""
    assert as_sure_of_english_as(chance).hear(text).likely == language


def test_who_might_speak_any_of_three_languages_is_taken_for_a_speaker_of_spanish() -> None:
    assert DETECTOR.guess("nearby pres")[1] < 0.5
    assert DETECTOR.hear("nearby pres").likely == "es" and DETECTOR.hear("nearby pres").certain is None


def test_without_a_table_everybody_is_taken_for_a_speaker_of_spanish() -> None:
    assert LanguageDetector(None).hear("where can i sleep tonight").likely == "es"


def test_without_a_table_nothing_is_certain() -> None:
    """Otherwise whoever chose English is offered Spanish after every message."""
    assert LanguageDetector(None).hear("where can i sleep tonight").certain is None


# The language that is asked for


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("do you speak English?", "en"), ("inglés por favor", "en"), ("en español", "es"), ("in Spanish please", "es"),
        ("parlez-vous français", "fr"), ("francés", "fr"), ("você fala português?", "pt"), ("Kreyòl souple", "ht"), ("KREYOL", "ht"),
        ("pale kreyòl ayisyen", "ht"),
        ("no hablo español", None), ("I don't speak Spanish", None), ("je ne parle pas anglais", None), ("não falo espanhol", None),
        ("inglés o francés", None), ("otro idioma", None), ("un inglesito", None), ("", None),
    ],
)  # fmt: skip
def test_a_language_is_named_in_any_language_and_never_by_who_does_not_speak_it(text: str, language: str | None) -> None:
    assert named(text) == language


@pytest.mark.parametrize("text", ["mwen pa pale panyòl", "I can't speak Spanish", "I cannot speak Spanish"])
def test_whoever_cannot_speak_a_language_is_not_taken_to_ask_for_it(text: str) -> None:
    assert named(text) is None


def test_every_language_is_named_by_each_of_its_names() -> None:
    assert set(NAMES) == set(LANGUAGES)
    assert {(name, named(name)) for language, names in NAMES.items() for name in names if named(name) != language} == set()
    assert {language: named(name) for language, name in LANGUAGES.items()} == {language: language for language in LANGUAGES}
