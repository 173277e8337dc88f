"""The publish gate: danger."""

import pytest

from bot.content.patterns import PatternError, parse_pattern
from tests.gate import Folder, names_of
from tests.sound_content import SAFE_ANSWERS, SAFETY

# Danger


BROKEN_PATTERNS = ["me {pega|golpea", "me [pega", "me pega}", "me {pega||golpea}", "... pega", "me ...", "[me] pega", "...", "¿?"]


@pytest.mark.parametrize("pattern", BROKEN_PATTERNS)
def test_a_pattern_of_danger_that_cannot_be_read_is_found(folder: Folder, pattern: str) -> None:
    folder.replace(
        SAFETY, '    - "me {pega|golpea} ... {esposo|marido}"\n', f'    - "me {{pega|golpea}} ... {{esposo|marido}}"\n    - "{pattern}"\n'
    )
    folder.expect((SAFETY, "    response: utter_safety_violence", f"{pattern}"))


@pytest.mark.parametrize("pattern", BROKEN_PATTERNS)
def test_a_broken_pattern_is_an_error_that_quotes_it(pattern: str) -> None:
    with pytest.raises(PatternError) as raised:
        parse_pattern(pattern)
    assert f"{pattern}" in str(raised.value)


def test_an_exception_to_danger_that_cannot_be_read_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, '"me pega el sol"', '"me pega {el sol"')
    folder.expect((SAFETY, "    response: utter_safety_violence", "me pega {el sol"))


def test_a_harmless_pattern_that_cannot_be_read_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, '"me muero de {hambre|risa}"', '"me muero de {hambre|risa"')
    folder.expect((SAFETY, 1, "me muero de {hambre|risa"))


def test_content_without_danger_is_never_published(folder: Folder) -> None:
    folder.write(SAFETY, "learned_above: 0.5\nlearned_above_if_harmless: 0.8\ncategories: {}\n")
    folder.expect((SAFETY, 1, ""), (SAFE_ANSWERS, "  utter_safety_violence:", "utter_safety_violence"))


def test_a_class_of_danger_without_fields_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, "harmless:\n-", "  kidnapping_now:\nharmless:\n-")
    folder.expect((SAFETY, "kidnapping_now", "kidnapping_now"))


@pytest.mark.parametrize("field", ["response", "patterns"])
def test_a_class_of_danger_has_a_response_and_patterns(folder: Folder, field: str) -> None:
    rest = "patterns: [auxilio]" if field == "response" else "response: utter_safety_violence"
    folder.replace(SAFETY, "harmless:\n-", f"  kidnapping_now:\n    {rest}\nharmless:\n-")
    folder.expect_only(SAFETY, folder.line(SAFETY, "kidnapping_now") + 1, "kidnapping_now")
    assert [each for each in folder.problems() if names_of(each, field)]


def test_a_response_to_danger_that_does_not_exist_is_found(folder: Folder) -> None:
    folder.replace(SAFETY, "harmless:\n-", "  kidnapping_now:\n    response: utter_kidnapping\n    patterns: [auxilio]\nharmless:\n-")
    folder.expect((SAFETY, "response: utter_kidnapping", "utter_kidnapping"))
