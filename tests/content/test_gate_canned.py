"""The gate of flows/replies.yml: what is wrong with a prepared reply is said with file and line, before staff can pick it."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.content.canned import read_canned
from bot.content.check import check_content
from bot.content.load import load_content
from bot.content.problems import Problem
from bot.content.yaml_lines import Tables
from bot.settings import ROOT

GOOD = "replies:\n- id: hello\n  title: Saludo\n  text: Buen día.\n"


def problems_of(folder: Path, text: str) -> list[Problem]:
    """Of the repository's content with this file in the place of its own."""
    content, found = load_content(ROOT / "flows", None)
    path = folder / "replies.yml"
    path.write_text(text, encoding="utf-8")
    assert not found
    changed = replace(content, canned=read_canned(path, Tables().read(path, found), found))
    return [*found, *check_content(changed, ROOT / "flows")]


def test_a_sound_one_passes(tmp_path: Path) -> None:
    assert not problems_of(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("added", "says", "line"),
    [
        ("  text: otra vez\n", "dos veces", 5),
        ("- id: hello\n  title: Otro\n  text: Adiós.\n", "dos veces", 5),
        ("- id: bye\n  title: Otro\n", "falta «text»", 5),
        ("- id: bye\n  title: Otro\n  text: Su caso es {folio}.\n", "folio", 5),
        ("- id: bye\n  title: Otro\n  text: Marque {nothing_phone}.\n", "nothing_phone", 5),
        ("- id: bye\n  title: Otro\n  text: Adiós.\n  variables: [folio]\n", "no lo usa", 5),
        ("- id: bye\n  title: Otro\n  text: Adiós {name}.\n  variables: [name]\n", "declara name", 5),
        ("- id: bye\n  title: Otro\n  text: Adiós.\n  topics: [weather]\n", "no es un tema", 5),
        ("- id: bye\n  title: Otro\n  text: Adiós.\n  expires_on: mañana\n", "fecha", 8),
        ("- id: bye\n  title: Otro\n  text: Adiós.\n  then: [explode]\n", "no se conoce", 8),
        ("- id: bye\n  title: Otro\n  text: Adiós.\n  then: [tag]\n", "no se conoce", 8),
        ("- id: bye\n  title: Otro\n  text: Adiós.\n  colour: red\n", "colour", 8),
        ('- id: bye\n  title: Otro\n  text: "Marque 55 1234 5678."\n', "55 1234 5678", 5),
        ("- id: bye\n  title: Otro\n  text: Le garantizamos el permiso.\n", "promesa", 5),
    ],
)
def test_a_wrong_one_is_named_with_its_line(added: str, says: str, line: int, tmp_path: Path) -> None:
    found = problems_of(tmp_path, GOOD + added)
    assert found and all(each.file == tmp_path / "replies.yml" for each in found)
    assert any(says in f"{each.wrong} {each.todo}" and each.line == line for each in found), [str(each) for each in found]
