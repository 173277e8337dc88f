"""What practice cases add to patterns: both in any order, one without the other, denials, groups of words, parts of a sentence."""

from time import process_time

import pytest

from bot.content.listening import Listener, wanted
from bot.content.patterns import PatternError, Patterns, words_of
from bot.content.word_groups import written_out
from bot.simulations.hearing import hears, hears_exactly

GROUPS = {"papers": ("pasaporte", "visa"), "kind": ("papel", "hoja"), "of": ("de migracion", "del inm")}


def heard(text: str, pattern: str, unless: str = "", not_after: str = "") -> bool:
    return hears_exactly(text, (pattern,), (unless,) if unless else (), (not_after,) if not_after else ())


@pytest.mark.parametrize(
    "text", ["enséñeme ahora mismo y sin más excusas de nadie la visa", "la visa, no: enséñeme la visa", "visa enséñeme"]
)
def test_both_sides_count_in_any_order_and_at_any_distance(text: str) -> None:
    assert heard(text, "enseñ* + visa")


@pytest.mark.parametrize("text", ["enséñeme", "la visa", "enséñeme algo. La visa no"])
def test_one_side_alone_or_in_another_sentence_is_not_both(text: str) -> None:
    assert not heard(text, "enseñ* + visa")


def test_a_word_that_must_be_absent_takes_its_own_pattern_back_and_no_other() -> None:
    assert heard("hablo con la embajada", "embajada - {no|nadie}")
    assert not heard("nadie habla con la embajada", "embajada - {no|nadie}")
    assert hears_exactly("no me importa, hablo con la embajada", ("embajada - no",))
    assert hears_exactly("no importa hablo con la embajada", ("embajada - no", "hablo con"))


def test_a_denial_reaches_three_words_and_no_more() -> None:
    assert not heard("no se lo puedo prometer", "prometer", not_after="no")
    assert heard("no uno dos tres cuatro prometer", "prometer", not_after="no")
    assert heard("prometer no cuesta", "prometer", not_after="no")


def test_what_takes_back_may_have_two_sides_too() -> None:
    assert not heard("le prometo que lo espero", "le prometo", unless="espero + prometo")
    assert heard("le prometo que sale", "le prometo", unless="espero + prometo")


def test_what_is_set_apart_ends_a_part_as_a_comma_does() -> None:
    patterns, denials, apart = ("le dan el apoyo",), ("no",), ("no se preocupe",)
    assert not hears_exactly("no se preocupe le dan el apoyo", patterns, not_after=denials)
    assert hears_exactly("no se preocupe le dan el apoyo", patterns, not_after=denials, apart=apart)
    assert not hears_exactly("no se preocupe no le dan el apoyo", patterns, not_after=denials, apart=apart)


@pytest.mark.parametrize(
    ("typed", "same"), [("enbajada", True), ("embajada", True), ("embajado", False), ("avisamos", False), ("quiere", False)]
)
def test_one_error_before_the_ending_of_a_long_word_is_of_typing(typed: str, same: bool) -> None:
    assert heard(f"voy con {typed}", "con {embajada|avisemos|quiero}") is same


def test_danger_forgives_as_it_did() -> None:
    assert not Patterns(["embajada"], False).match(words_of("enbajada"))
    assert Patterns(["documentos"]).match(words_of("docmentos"))


def test_denials_are_compared_exactly() -> None:
    assert hears("nadia atiende a las nueve", ("a las nueve",), not_after=("nadie",))


def test_a_group_is_written_out_in_braces_alone_and_within_a_row() -> None:
    assert written_out("deme <papers>", GROUPS) == "deme {pasaporte|visa}"
    assert written_out("{licencia|<papers>}", GROUPS) == "{licencia|pasaporte|visa}"
    assert written_out("[su <papers>] ya", GROUPS) == "[su pasaporte|su visa] ya"
    assert written_out("{<kind> <of>}", GROUPS) == "{papel de migracion|papel del inm|hoja de migracion|hoja del inm}"
    assert written_out("deme su visa", GROUPS) == "deme su visa"


def test_a_group_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(PatternError, match="plants"):
        written_out("deme <plants>", GROUPS)


@pytest.mark.parametrize("pattern", ["a + ", "a - ... b", "a + {b", "a + ..."])
def test_a_side_that_cannot_be_read_is_an_error(pattern: str) -> None:
    with pytest.raises(PatternError):
        wanted(pattern)


@pytest.mark.parametrize("text", ["." * 4095 + "a", "?!" * 2047 + "x", "\n" * 4096])
def test_a_row_of_signs_takes_no_time(text: str) -> None:
    began = process_time()
    assert not hears(text, ("visa",)) and not hears_exactly(text, ("visa",))
    assert process_time() - began < 0.03


def test_nothing_is_heard_in_nothing() -> None:
    assert not Listener(["a + b"], [], ["no"], True).hears([])
