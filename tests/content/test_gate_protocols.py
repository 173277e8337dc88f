"""The publish gate over the protocols for officials: version, four parts in order, a telephone, and no more than is read at a desk."""

from datetime import date, timedelta

import pytest

from bot.content.check_protocols import CALL, HEADINGS, LONGEST_PROTOCOL, parts_of
from tests.gate import Folder
from tests.sound_content import CITY_PAPERS, PAPERS, REVIEWED

PROTOCOLS = "flows/domain/protocols.yml"
NAME = "utter_protocol_cards"
LINE = f"  {NAME}:"
EDITION = 'protocol: {version: "1", changed_on: 2026-01-15, what: Primera versión., validation: pending}'
PARTS = ("Salude a la persona.", "Pedir papeles.", "Emergencias: {help_phone}.", "Dé el folio.")
BUTTON = "    buttons:\n    - {title: Qué hago, payload: /protocol_cards}\n"


def protocol(*parts: tuple[str, str], metadata: str = EDITION) -> str:
    lines = ["Primero el peligro.", *(line for heading, text in parts for line in ("", heading, *text.splitlines()))]
    text = "".join(f"      {line}\n" for line in lines)
    return f'version: "3.1"\nresponses:\n{LINE}\n  - text: |\n{text}    metadata: {{{metadata}, {REVIEWED[1:]}\n'


SOUND = tuple(zip(HEADINGS, PARTS, strict=True))


@pytest.fixture
def protocols(folder: Folder) -> Folder:
    """The folder with one protocol, to which a button leads."""
    folder.write(PROTOCOLS, protocol(*SOUND))
    folder.replace(PAPERS, "  - text: Lleve una foto reciente.\n", f"  - text: Lleve una foto reciente.\n{BUTTON}")
    return folder


def test_a_sound_protocol_passes(protocols: Folder) -> None:
    protocols.expect()


def test_a_protocol_without_its_version_is_found(protocols: Folder) -> None:
    protocols.replace(PROTOCOLS, f"{EDITION}, ", "")
    protocols.expect((PROTOCOLS, LINE, NAME))


def test_a_sentence_of_the_dialogue_is_no_protocol(protocols: Folder) -> None:
    protocols.replace(PROTOCOLS, f"metadata: {{{EDITION}, {REVIEWED[1:]}", "metadata: {kind: service}")
    protocols.expect((PROTOCOLS, LINE, NAME))


@pytest.mark.parametrize(("days", "is_found"), [(1, False), (3, True)])
def test_a_protocol_cannot_have_changed_in_the_future(protocols: Folder, days: int, is_found: bool) -> None:
    protocols.replace(PROTOCOLS, "changed_on: 2026-01-15", f"changed_on: {date.today() + timedelta(days=days)}")
    protocols.expect(*[(PROTOCOLS, LINE, NAME)] * is_found)


def test_an_answer_that_is_no_protocol_has_no_version(protocols: Folder) -> None:
    protocols.replace(CITY_PAPERS, "metadata: {", f"metadata: {{{EDITION}, ")
    protocols.expect((CITY_PAPERS, "  utter_papers_lost:", "utter_papers_lost"))


@pytest.mark.parametrize("missing", range(4), ids=HEADINGS)
def test_a_protocol_without_one_of_its_parts_is_found(protocols: Folder, missing: int) -> None:
    protocols.write(PROTOCOLS, protocol(*SOUND[:missing], *SOUND[missing + 1 :]))
    protocols.expect((PROTOCOLS, LINE, NAME))


@pytest.mark.parametrize("first", range(3))
def test_the_parts_of_a_protocol_out_of_order_are_found(protocols: Folder, first: int) -> None:
    protocols.write(PROTOCOLS, protocol(*SOUND[:first], SOUND[first + 1], SOUND[first], *SOUND[first + 2 :]))
    protocols.expect((PROTOCOLS, LINE, NAME))


def test_a_part_that_stands_twice_is_found(protocols: Folder) -> None:
    protocols.write(PROTOCOLS, protocol(*SOUND, SOUND[0]))
    protocols.expect((PROTOCOLS, LINE, NAME))


@pytest.mark.parametrize("heading", ["Qué hacer: salude.", "QUÉ HACER:", "Que hacer:", "Qué hacer"])
def test_a_heading_stands_alone_and_is_always_the_same(protocols: Folder, heading: str) -> None:
    protocols.replace(PROTOCOLS, "      Qué hacer:\n", f"      {heading}\n")
    protocols.expect((PROTOCOLS, LINE, NAME))


@pytest.mark.parametrize("empty", [0, 1, 3])
def test_a_part_that_says_nothing_is_found(protocols: Folder, empty: int) -> None:
    protocols.write(PROTOCOLS, protocol(*((heading, "" if number == empty else text) for number, (heading, text) in enumerate(SOUND))))
    protocols.expect((PROTOCOLS, LINE, NAME))
    assert HEADINGS[empty] in protocols.problems()[0].wrong


@pytest.mark.parametrize("said", ["A la oficina.", "Pague {renewal_fee}."], ids=["none", "no telephone"])
def test_a_protocol_that_says_no_telephone_to_call_is_found(protocols: Folder, said: str) -> None:
    protocols.replace(PROTOCOLS, "Emergencias: {help_phone}.", said)
    protocols.expect((PROTOCOLS, LINE, NAME))
    assert CALL in protocols.problems()[0].wrong


def test_a_telephone_somewhere_else_in_a_protocol_is_not_enough(protocols: Folder) -> None:
    protocols.replace(PROTOCOLS, "Emergencias: {help_phone}.", "A la oficina.")
    protocols.replace(PROTOCOLS, "Salude a la persona.", "Marque {help_phone}.")
    protocols.expect((PROTOCOLS, LINE, NAME))


@pytest.mark.parametrize(("more", "is_found"), [(0, False), (1, True)])
def test_a_protocol_is_too_long_from_one_character_too_many_with_its_facts(protocols: Folder, more: int, is_found: bool) -> None:
    said = protocols.content().responses[NAME].text.replace("{help_phone}", "911")
    room = LONGEST_PROTOCOL - len(said) + more
    easy = "Salude. Ofrezca agua y asiento. " * 100
    protocols.replace(PROTOCOLS, "Salude a la persona.", f"Salude a la persona. {easy[: room - 2]}.")
    protocols.expect(*[(PROTOCOLS, LINE, NAME)] * is_found)


def test_what_comes_first_belongs_to_no_part() -> None:
    assert parts_of("Primero.\n\nQué hacer:\n1. Salude.\n\n2. Oiga.\n\nCómo canalizar:\nDé el folio.\n") == [
        ("Qué hacer:", "1. Salude.\n\n2. Oiga."), ("Cómo canalizar:", "Dé el folio."),
    ]  # fmt: skip
