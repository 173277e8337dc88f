"""Telephones that must not be published are said nowhere: in no answer, no office, no translation and no export, in no language."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from bot.content.hsds import export
from bot.content.languages import LANGUAGES
from bot.content.load import institution_names, load_content
from bot.content.published import Content
from bot.conversation.report import rendered
from bot.settings import ROOT
from tests.content.test_directory import NOON, told

FLOWS = ROOT / "flows"
LISTED = Path(__file__).with_name("unpublishable.txt")
INSTITUTIONS = [None, *institution_names(FLOWS)]
SHORTEST, LONGEST = 7, 13  # digits of a telephone
AS_WRITTEN = re.compile(r"\d(?:[\s().·–/-]{0,3}\d)+")  # groups of digits, with what is put between them
HASH = re.compile(r"[0-9a-f]{64}")


@cache
def unpublishable() -> frozenset[str]:
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def numbers(text: str) -> Iterator[str]:
    """All that may be a telephone: a prefix in front or another number behind hides none."""
    for written in set(AS_WRITTEN.findall(text)):
        digits = re.sub(r"\D", "", written)
        for at in range(len(digits)):
            yield from (digits[at : at + length] for length in range(SHORTEST, min(LONGEST, len(digits) - at) + 1))


def given_away(text: str, hashes: frozenset[str]) -> list[str]:
    """The last digits of the listed telephones in a text."""
    return sorted({number[-4:] for number in set(numbers(text)) if hashlib.sha256(number.encode()).hexdigest() in hashes})


@pytest.fixture(params=INSTITUTIONS, ids=lambda name: name or "base")
def content(request: pytest.FixtureRequest) -> Content:
    return load_content(FLOWS, request.param)[0]


@pytest.mark.parametrize(
    "written",
    ["2225550000", "222 555 0000", "(222) 555-0000", "+52 222 555 0000", "+522225550000", "222.555.00.00", "911 / 222 555 0000 ext. 12",
     "01 (222) 5 55 00 00", "wa.me/5212225550000", "222–555–0000"],
)  # fmt: skip
def test_a_telephone_is_found_however_it_is_written(written: str) -> None:
    listed = frozenset({hashlib.sha256(b"2225550000").hexdigest()})
    assert given_away(f"Llame al {written}, de 9:00 a 15:00 h.", listed) == ["0000"]
    assert given_away(f"Llame al {written}, de 9:00 a 15:00 h.".replace("5", "6"), listed) == []


def test_the_list_holds_hashes_and_no_telephone() -> None:
    assert len(unpublishable()) >= 40
    assert [line for line in unpublishable() if not HASH.fullmatch(line)] == []


def test_no_answer_says_a_telephone_that_must_not_be_published(content: Content) -> None:
    said = "\n".join(rendered(content, date.today()))
    assert len(set(numbers(said))) > 100
    assert given_away(said, unpublishable()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_office_is_told_of_with_a_telephone_that_must_not_be_published(content: Content, language: str) -> None:
    said = "\n\n".join(text for _, text in told(content, language, NOON))
    assert len(set(numbers(said))) > 100
    assert given_away(said, unpublishable()) == []


def test_neither_the_directory_nor_its_export_holds_a_telephone_that_must_not_be_published(content: Content) -> None:
    assert given_away(export(content, date.today()).model_dump_json(), unpublishable()) == []
    written = {path.name: path.read_text(encoding="utf-8") for path in FLOWS.rglob("*") if path.suffix in (".yml", ".csv")}
    assert {name: found for name, text in written.items() if (found := given_away(text, unpublishable()))} == {} and written


def test_no_translation_holds_a_telephone_that_must_not_be_published() -> None:
    catalogues = {path.name: path.read_text(encoding="utf-8") for path in (FLOWS / "translations").glob("*.po")}
    assert len(catalogues) == len(LANGUAGES) - 1
    assert {name: found for name, text in catalogues.items() if (found := given_away(text, unpublishable()))} == {}
