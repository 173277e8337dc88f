"""What a pattern that editors write stands for, and which typing errors it forgives."""

import pytest

from bot.content.patterns import GAP, Patterns
from nlu.components.spelling import by_sound


def matches(pattern: str, text: str) -> bool:
    return Patterns([pattern]).match(by_sound(text).split())


def test_a_row_of_words_is_found_anywhere_in_a_message_and_only_in_its_order() -> None:
    assert matches("casa verde", "casa verde")
    assert matches("casa verde", "vivo en la casa verde de allá")
    assert not matches("casa verde", "verde casa")
    assert not matches("casa verde", "casa muy verde")
    assert not matches("casa verde", "la casa")
    assert not matches("casa verde", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("me pega mucho", True),
        ("me da golpes mucho", True),
        ("me mucho", False),
        ("me da mucho", False),
        ("me pega da golpes mucho", False),
        ("me grita mucho", False),
    ],
)
def test_a_choice_stands_for_exactly_one_of_its_rows_of_words(text: str, expected: bool) -> None:
    assert matches("me {pega|da golpes} mucho", text) is expected


def test_a_choice_may_begin_and_end_a_pattern() -> None:
    pattern = "{mi esposo|él} me {pega|quiere matar}"
    assert matches(pattern, "mi esposo me quiere matar") and matches(pattern, "el me pega")
    assert not matches(pattern, "mi me pega") and not matches(pattern, "él me quiere")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("voy a morir", True), ("voy hasta allá morir", True), ("voy morir", True), ("voy de morir", False), ("voy hasta morir", False)],
)
def test_what_is_optional_may_be_missing(text: str, expected: bool) -> None:
    assert matches("voy [a|hasta allá] morir", text) is expected


def test_what_is_optional_may_end_a_pattern() -> None:
    assert matches("auxilio [ya]", "auxilio") and matches("auxilio [ya]", "auxilio ya")


@pytest.mark.parametrize("skipped", range(GAP + 2))
def test_dots_stand_for_up_to_four_words(skipped: int) -> None:
    text = " ".join(["perro", *["cosa"] * skipped, "gato"])
    assert GAP == 4  # as flows/safety.yml tells editors
    assert matches("perro ... gato", text) is (skipped <= GAP)


def test_dots_are_followed_by_what_comes_after_them() -> None:
    assert not matches("perro ... gato", "perro y perro")
    assert not matches("perro ... gato", "gato y perro")
    assert not matches("perro ... gato", "perro")


def test_every_row_of_dots_counts_for_itself() -> None:
    assert matches("perro ... gato ... pez", "perro 1 2 3 4 gato 1 2 3 4 pez")
    assert not matches("perro ... gato ... pez", "perro 1 2 3 4 gato 1 2 3 4 5 pez")


def test_the_nearest_fit_is_not_the_only_one_tried() -> None:
    assert matches("perro ... gato negro", "perro gato blanco gato negro")
    assert matches("perro {gordo|gordo y feo} gato", "perro gordo y feo gato")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("secuestraron", True),
        ("secuestro", True),
        ("secuestr", True),
        ("Sekuestrada", True),
        ("autosecuestro", False),
        ("secuetsro", False),
    ],
)
def test_a_star_stands_for_every_ending_and_forgives_no_typing_error(typed: str, expected: bool) -> None:
    assert matches("secuestr*", typed) is expected


def test_a_star_is_part_of_a_row_and_of_a_choice() -> None:
    assert matches("mi {espos*|hij* menor}", "mi hija menor") and matches("mi {espos*|hij* menor}", "mi esposo")
    assert not matches("mi {espos*|hij* menor}", "mi hija")


@pytest.mark.parametrize(
    ("word", "typed", "expected"),
    [
        ("mata", "mata", True),
        ("mata", "meta", False),  # four letters: none forgiven
        ("mata", "matan", False),
        ("golpe", "golpr", True),  # five: one
        ("golpe", "gople", True),  # two letters that changed places are one error
        ("golpe", "glpe", True),
        ("golpe", "golprea", False),
        ("golpe", "gulpr", False),
        ("tormenta", "tormemta", True),  # eight: still one
        ("tormenta", "tormemto", False),
        ("detenidos", "detemidps", True),  # nine: two
        ("detenidos", "detnidoss", True),
        ("detenidos", "detemifps", False),
        ("detenidos", "detenidosaqui", False),
        ("golpe", "folpe", False),  # the first letter is never another one
        ("detenidos", "retenidos", False),
    ],
)
def test_typing_errors_are_forgiven_by_the_length_of_the_word(word: str, typed: str, expected: bool) -> None:
    assert matches(word, typed) is expected


@pytest.mark.parametrize(
    ("pattern", "typed"),
    [
        ("hacer daño", "ASER DAÑO"),
        ("quiero", "kiero"),
        ("vender", "bender"),
        ("llegar", "yegar"),
        ("zona", "sona"),
        ("así", "haci"),
        ("qué pasó", "q paso"),
        ("auxilio", "¡¡¡AUXILIOOOO!!!"),
        ("me está pegando", "me.esta,pegando"),
        ("gente", "jente"),
    ],
)
def test_words_are_compared_by_sound_without_case_accents_or_signs(pattern: str, typed: str) -> None:
    assert matches(pattern, typed) and matches(typed, pattern)


def test_a_number_is_only_itself() -> None:
    assert matches("tengo {8|15} años", "tengo 15 años")
    assert not matches("tengo {8|15} años", "tengo 16 años") and not matches("tengo {8|15} años", "tengo 150 años")
