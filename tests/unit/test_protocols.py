"""Which edition of a protocol an official reads, and that nobody has validated it yet, stands under every part of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.content.problems import Problem
from bot.content.published import Content, Protocol, Response
from bot.content.responses import read_responses
from bot.content.yaml_lines import Tables
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.replies import MORE, render, render_rest, render_whole
from tests.unit.test_replies import HERE, REVIEW, REVIEWED_ON, answer, published

NAME = "utter_protocol_cards"
PENDING = Protocol("3", date(2026, 2, 9), "Cambió el horario.", is_validated=False)
VALIDATED = replace(PENDING, is_validated=True)
SENTENCES = (
    Response("utter_protocol_version", "VERSIÓN {version} DEL {changed_on}.", HERE),
    Response("utter_protocol_pending", "SIN VALIDAR.", HERE),
)
EDITION = "VERSIÓN 3 DEL 09/02/2026."
LONG = "\n\n".join(f"{number}. Vaya a la oficina y pregunte por la tarjeta." for number in range(1, 40))


def with_protocol(protocol: Protocol | None, text: str = "Salude.", english: dict[str, str] | None = None) -> Content:
    return published(replace(answer(text, NAME), protocol=protocol), *SENTENCES, english=english)


def test_a_protocol_cites_its_version_and_date_before_its_source() -> None:
    paragraphs = render(with_protocol(VALIDATED), NAME, "es", REVIEWED_ON).text.split("\n\n")
    assert paragraphs == ["Salude.", EDITION, "FUENTE Reglamento; Ley / Permisos / 01/03/2026"]


def test_a_protocol_that_nobody_has_validated_says_so() -> None:
    paragraphs = render(with_protocol(PENDING), NAME, "es", REVIEWED_ON).text.split("\n\n")
    assert paragraphs[1] == f"{EDITION} SIN VALIDAR."


def test_an_answer_that_is_no_protocol_cites_no_version() -> None:
    text = render(with_protocol(None), NAME, "es", REVIEWED_ON).text
    assert "VERSIÓN" not in text and "SIN VALIDAR" not in text


def test_the_version_is_said_in_the_language_of_the_reader() -> None:
    english = {"VERSIÓN {version} DEL {changed_on}.": "EDITION {version} OF {changed_on}.", "SIN VALIDAR.": "NOT VALIDATED."}
    text = render(with_protocol(PENDING, english=english), NAME, "en", REVIEWED_ON).text
    assert "EDITION 3 OF February 9, 2026. NOT VALIDATED." in text


def test_both_parts_of_a_long_protocol_cite_its_version_and_the_first_fits_a_small_screen() -> None:
    content = with_protocol(PENDING, LONG)
    first, rest = (make(content, NAME, "es", REVIEWED_ON) for make in (render, render_rest))
    assert first.buttons[0].payload == f"{MORE}={NAME}"
    assert len(first.text) <= LONGEST_FIRST
    assert [part.text.count(f"{EDITION} SIN VALIDAR.") for part in (first, rest)] == [1, 1]
    assert render_whole(content, NAME, "es", REVIEWED_ON).count(f"{EDITION} SIN VALIDAR.") == 1


@pytest.mark.parametrize("spare", range(-2, 3))
def test_the_version_counts_in_the_length_of_the_first_part(spare: int) -> None:
    """Around the length at which the answer fits by itself and with its version no more."""
    without = len(render(with_protocol(None, "x"), NAME, "es", REVIEWED_ON).text) - 1
    text = ("Vaya hoy. " * 60)[: LONGEST_FIRST - without - len(f"{EDITION} SIN VALIDAR.\n\n") + spare].strip()
    assert len(render(with_protocol(PENDING, text), NAME, "es", REVIEWED_ON).text) <= LONGEST_FIRST


# What an editor writes

METADATA = "{office: permits, sources: [{title: Reglamento}], reviewed_on: 2026-01-15, review_in: 90, owner: papers, protocol: %s}"


def read(tmp_path: Path, protocol: str) -> tuple[Response, list[str]]:
    path = tmp_path / "protocols.yml"
    path.write_text(f"responses:\n  {NAME}:\n  - text: Salude.\n    metadata: {METADATA % protocol}\n", encoding="utf-8")
    problems: list[Problem] = []
    response = read_responses(path, Tables().read(path, problems), problems)[NAME]
    return response, [problem.wrong for problem in problems]


WRITTEN = {"version": '"2"', "changed_on": "2026-02-09", "what": "Cambió el horario.", "validation": "pending"}


def written(**changed: str | None) -> str:
    fields = {**WRITTEN, **changed}
    return "{" + ", ".join(f"{key}: {value}" for key, value in fields.items() if value is not None) + "}"


@pytest.mark.parametrize(("validation", "is_validated"), [("pending", False), ("validated", True)])
def test_a_protocol_is_read_with_its_review(tmp_path: Path, validation: str, is_validated: bool) -> None:
    response, problems = read(tmp_path, written(validation=validation))
    assert problems == []
    assert response.protocol == Protocol("2", date(2026, 2, 9), "Cambió el horario.", is_validated)
    assert response.review and response.review.owner == REVIEW.owner


@pytest.mark.parametrize("field", WRITTEN)
def test_a_protocol_without_one_of_its_fields_is_found(tmp_path: Path, field: str) -> None:
    _, problems = read(tmp_path, written(**{field: None}))
    assert len(problems) == 1 and field in problems[0] and NAME in problems[0]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"changed_on": "22/11/2026"}, "changed_on"),
        ({"validation": "maybe"}, "maybe"),
        ({"version": "[1]"}, "version"),
        ({"author": "OIM"}, "author"),
    ],
    ids=["date", "validation", "version", "unknown"],
)
def test_a_protocol_with_a_wrong_field_is_found(tmp_path: Path, changed: dict[str, str], named: str) -> None:
    response, problems = read(tmp_path, written(**changed))
    assert len(problems) == 1 and named in problems[0]
    assert response.protocol is None or not response.protocol.is_validated


def test_a_protocol_that_is_no_table_is_found(tmp_path: Path) -> None:
    response, problems = read(tmp_path, "pending")
    assert response.protocol is None and len(problems) == 1 and "protocol" in problems[0]
