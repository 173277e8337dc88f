"""Finding danger in a message: the patterns of editors, and the words that were learned, from a table made by hand."""

import math
import time
from collections.abc import Iterable
from typing import Any

import pytest

from bot.content.danger import DangerDetector, LearnedWords
from bot.content.published import Safety, SafetyCategory
from bot.content.review import Where
from bot.conversation.incoming import LONGEST_TEXT
from bot.settings import ROOT
from nlu.danger.features import features


def category(name: str, *patterns: str, unless: Iterable[str] = ()) -> SafetyCategory:
    return SafetyCategory(name, f"utter_safety_{name}", patterns, tuple(unless), Where(ROOT, 1))


def detector(*categories: SafetyCategory, harmless: Iterable[str] = (), learned: LearnedWords | None = None) -> DangerDetector:
    safety = Safety(categories, tuple(harmless), learned_above=0.5, learned_above_if_harmless=0.9)
    return DangerDetector(safety, {"es": learned} if learned else None)


# Categories


def test_the_first_category_that_fits_is_named() -> None:
    first, second = category("medical", "sangre"), category("violence", "me {pega|golpea}")
    assert detector(first, second).category("me pega y hay sangre") == "medical"
    assert detector(second, first).category("me pega y hay sangre") == "violence"
    assert detector(first, second).category("me golpea") == "violence"
    assert detector(first, second).category("quiero renovar mi tarjeta") is None


@pytest.mark.parametrize("text", ["", "   ", "¿? !", "\n"])
def test_a_message_without_words_is_no_danger(text: str) -> None:
    everything = LearnedWords(table(9.0))  # sees danger in whatever has words
    assert detector(category("violence", "me pega"), learned=everything).category(text) is None
    assert detector(category("violence", "me pega"), learned=everything).category(text + "golpes") == "violence"


def test_an_exception_takes_a_category_away_and_leaves_the_others() -> None:
    sun = category("violence", "me pega", unless=["pega el sol"])
    assert detector(sun).category("me pega mi marido") == "violence"
    assert detector(sun).category("me pega el sol") is None
    assert detector(sun, category("medical", "me pega ... desmay*")).category("me pega el sol y se desmayó") == "medical"


def test_a_harmless_pattern_takes_every_category_away() -> None:
    found = detector(category("violence", "me pega"), category("medical", "sangre"), harmless=["en la {novela|película}"])
    assert found.category("le pega, hay sangre") == "medical"
    assert found.category("le pega, hay sangre en la novela") is None
    assert found.category("él me pega en la película") is None


def test_the_names_of_the_categories_are_known() -> None:
    assert detector(category("violence", "me pega"), category("medical", "sangre")).names == {"violence", "medical"}


# Long messages

NESTED = "{me|nos} ... {pega|golpea|amenaza} ... {marido|esposo|pareja} ... {pistola|cuchillo|machete} ... nunca dicho"


@pytest.mark.parametrize(
    "repeated",
    ["me pega mi marido con pistola ", "me ", "m", "me pega marido pistola nunca ", "¡"],
    ids=["all but the end", "one word", "one long word", "nearly", "no words"],
)
def test_a_very_long_message_is_quick(repeated: str) -> None:
    found = detector(category("violence", *[NESTED] * 5), learned=LearnedWords(table()))
    text = (repeated * 100_000)[:100_000]  # far more than a door lets in
    started = time.process_time()
    assert found.category(text) is None
    assert time.process_time() - started < 2


def test_danger_at_the_end_of_the_longest_message_is_found() -> None:
    found = detector(category("violence", "me {pega|golpea}"))
    end = " y ahorita me golpea"
    text = "le cuento que ayer fui a la oficina por lo de mi tarjeta " * 100
    assert found.category(text[: LONGEST_TEXT - len(end)] + end) == "violence"
    assert found.category(text[:LONGEST_TEXT]) is None


# Learned words


def table(bias: float = -2.0, **weights: float) -> dict[str, Any]:
    """Two categories: blood speaks of the first, blows of the second."""
    return {
        "bias": bias,
        "weights": {f"w {word}": weight for word, weight in weights.items()},
        "categories": {
            "medical": {"bias": 0.0, "weights": {"w sangre": 3.0}},
            "violence": {"bias": 0.1, "weights": {"w golpes": 3.0}},
        },
    }


BOTH = category("medical", "ambulancia"), category("violence", "me pega")


def chance_at(weighed: float) -> Any:
    return pytest.approx(1 / (1 + math.exp(-weighed)))


@pytest.mark.parametrize("text", ["¡SANGRE!", "sangre y golpes", "aquí hay mucha sangre en el piso"])
def test_the_chance_is_the_weighed_sum_of_what_is_in_the_message(text: str) -> None:
    value = features(text)["w sangre"]
    assert LearnedWords(table(-2.0, sangre=4.0)).chance(text)[0] == chance_at(-2.0 + 4.0 * value)
    assert LearnedWords(table(-2.0, oficina=4.0)).chance(text)[0] == chance_at(-2.0)


def test_the_category_is_the_one_that_weighs_most() -> None:
    learned = LearnedWords(table(9.0))
    assert [learned.chance(text)[1] for text in ("sangre", "golpes", "oficina")] == ["medical", "violence", "violence"]


def test_what_is_learned_is_learned_by_sound() -> None:
    learned = LearnedWords(table(-2.0, aora=4.0))
    assert learned.chance("AHORA") == learned.chance("aora") == learned.chance("áhora")
    assert learned.chance("ahora")[0] > learned.chance("oficina")[0]


def test_runs_of_letters_count_where_a_word_is_new() -> None:
    weights = table(-2.0) | {"weights": {"csangr": 9.0}}
    assert LearnedWords(weights).chance("sangrando")[0] > LearnedWords(weights).chance("sanando")[0]


def test_what_was_learned_counts_above_its_threshold() -> None:
    needed = 2.0 / features("sangre")["w sangre"]  # the weight at which the chance is one half
    for weight, expected in ((needed - 0.1, None), (needed + 0.1, "medical")):
        assert detector(*BOTH, learned=LearnedWords(table(-2.0, sangre=weight))).category("sangre") == expected


def test_where_something_harmless_is_found_what_was_learned_has_to_be_surer() -> None:
    def found(weight: float, text: str) -> str | None:
        return detector(*BOTH, harmless=["novela"], learned=LearnedWords(table(0.0, sangre=weight))).category(text)

    needed = math.log(0.9 / 0.1) / features("sangre novela")["w sangre"]  # the weight at which the chance is 0.9
    assert found(needed - 0.1, "sangre oficina") == "medical"
    assert found(needed - 0.1, "sangre novela") is None
    assert found(needed + 0.1, "sangre novela") == "medical"


def test_the_patterns_of_editors_come_before_what_was_learned() -> None:
    learned = LearnedWords(table(9.0))
    assert detector(*BOTH, learned=learned).category("sangre y ambulancia, me pega") == "medical"
    assert detector(*reversed(BOTH), learned=learned).category("sangre y ambulancia, me pega") == "violence"


def test_what_was_learned_finds_what_an_exception_took_away() -> None:
    sun = category("violence", "me pega", unless=["pega el sol"])
    assert detector(sun, category("medical", "x"), learned=LearnedWords(table(9.0))).category("me pega el sol, sangre") == "medical"


def test_a_learned_category_that_editors_took_away_is_not_named() -> None:
    learned = LearnedWords(table(9.0))
    assert detector(category("violence", "me pega"), learned=learned).category("sangre") is None
    assert detector(*BOTH, learned=learned).category("sangre") == "medical"


def test_a_danger_at_the_end_of_a_long_message_is_not_drowned_by_the_rest() -> None:
    learned = LearnedWords(table(-2.0, sangre=60.0))
    rest = "le cuento que ayer fui a la oficina por lo de mi tarjeta y me dijeron muchas cosas "
    assert detector(*BOTH, learned=learned).category(rest * 40) is None
    for text in (rest * 40 + "sangre", "sangre " + rest * 40, rest * 20 + "sangre " + rest * 20):
        assert detector(*BOTH, learned=learned).category(text) == "medical"
