"""The publish gate: the patterns of practice cases, and the lists and groups of words that several of them listen for."""

import pytest

from tests.gate import Folder
from tests.practice_case import CASE, WORDS


def test_a_list_of_words_is_written_out(case: Folder) -> None:
    hours = case.content().simulations["counter"].criteria[2]
    assert (hours.patterns, hours.unless) == (("a las {9|10}",), ("no abrimos",))


@pytest.mark.parametrize("pattern", ["{uno|dos", "...", "{|}"])
@pytest.mark.parametrize("old", ['["como se llama"]', '["le prometo"]'])
def test_a_pattern_can_be_read(old: str, pattern: str, case: Folder) -> None:
    case.replace(CASE, old, f'["{pattern}", "algo"]')
    case.expect_only(CASE, "algo", "")


def test_a_pattern_of_a_list_can_be_read(case: Folder) -> None:
    case.replace(WORDS, "a las {9|10}", "a las {9|10")
    case.expect((WORDS, 2, ""))


def test_groups_are_written_out_in_lists_and_in_cases(case: Folder) -> None:
    case.replace(WORDS, "hours:\n", 'groups:\n  nine: ["9", "nueve"]\n  morning: ["<nine> de la mañana"]\napart: ["no se apure"]\nhours:\n')
    case.replace(WORDS, "a las {9|10}", "a las {<nine>|10}")
    case.replace(CASE, '["le prometo"]', '["<morning> + seguro"]\n  not_after: ["no"]')
    case.expect()
    criteria = {each.id: each for each in case.content().simulations["counter"].criteria}
    assert criteria["hours"].patterns == ("a las {9|nueve|10}",)
    assert criteria["no_promise"].patterns == ("{9 de la mañana|nueve de la mañana} + seguro",)
    assert (criteria["no_promise"].not_after, criteria["no_promise"].apart) == (("no",), ("no se apure",))


def test_a_group_that_is_named_is_there(case: Folder) -> None:
    case.replace(CASE, '["le prometo"]', '["<vows> ya"]')
    case.expect((CASE, 1, "vows"))
    case.replace(CASE, '["<vows> ya"]', '["le prometo"]')
    case.replace(WORDS, "a las {9|10}", "a las <vows>")
    case.expect((WORDS, 2, "vows"))


@pytest.mark.parametrize("row", ["visa + pasaporte", "visa}", "*"])
def test_what_a_group_makes_of_a_pattern_can_be_read(row: str, case: Folder) -> None:
    case.replace(WORDS, "hours:\n", f'groups:\n  odd: ["{row}"]\nhours:\n')
    case.replace(CASE, '["le prometo"]', '["<odd> ya"]')
    case.expect((CASE, 1, ""))


@pytest.mark.parametrize("pattern", ["no + nunca", "no - nunca"])
def test_a_denial_is_one_row_of_words(pattern: str, case: Folder) -> None:
    case.replace(CASE, '["le prometo"]', f'["le prometo"]\n  not_after: ["{pattern}"]')
    case.expect((CASE, "not_after", "not_after"))


def test_a_group_names_only_those_above_it(case: Folder) -> None:
    case.replace(WORDS, "hours:\n", 'groups:\n  one: ["<two>"]\n  two: ["dos"]\nhours:\n')
    case.expect((WORDS, 2, "two"))


def test_a_list_that_is_named_is_there(case: Folder) -> None:
    case.replace(CASE, "words: [hours]", "words: [days]")
    case.expect((CASE, 1, "days"))
