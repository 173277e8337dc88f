"""The gate of flows/team.yml: what is wrong with hours, terms, topics and the code of conduct is said with file and line."""

from pathlib import Path

import pytest

from bot.content.problems import Problem
from bot.content.team import read_team, team_of
from bot.content.yaml_lines import Table, Tables
from bot.settings import ROOT

CONDUCT = 'conduct: {version: "1", text: "Cuido lo que leo aquí."}\n'


def problems_of(folder: Path, text: str, topics: frozenset[str] = frozenset({"women"})) -> list[Problem]:
    path, found = folder / "team.yml", list[Problem]()
    path.write_text(text, encoding="utf-8")
    table = Tables().read(path, found)
    assert isinstance(table, Table)
    team_of([read_team(path, table, found)], path, set(topics), found)
    return found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('schedules: [{byday: "XX", opens_at: "09:00", closes_at: "18:00"}]\n', "no son días"),
        ("reply_within: {danger: 0, high: 60, normal: 120}\n", "minutos"),
        ("resolve_within: {danger: 5, high: 60}\n", "minutos"),
        ("silent_after: soon\n", "minutos"),
        ("high: [weather]\n", "no es un tema"),
        ("two_readers: [weather]\n", "no es un tema"),
        ("lunch: 13:00\n", "lunch"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(wrong: str, said: str, tmp_path: Path) -> None:
    found = problems_of(tmp_path, CONDUCT + wrong)
    assert found and all(each.file == tmp_path / "team.yml" for each in found)
    assert any(said in f"{each.wrong}{each.todo}" for each in found)


@pytest.mark.parametrize("conduct", ["", 'conduct: {version: "1"}\n', 'conduct: {version: "far too long a version", text: "Cuido."}\n'])
def test_without_a_code_of_conduct_nobody_could_enter(conduct: str, tmp_path: Path) -> None:
    assert problems_of(tmp_path, conduct)


def test_what_an_institution_says_stands_over_the_base(tmp_path: Path) -> None:
    found: list[Problem] = []
    layers = []
    for name, text in (("base.yml", CONDUCT + "silent_after: 60\ntell_every: 30\n"), ("own.yml", "silent_after: 15\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        layers.append(read_team(tmp_path / name, Tables().read(tmp_path / name, found), found))
    team = team_of(layers, tmp_path / "base.yml", set(), found)
    assert not found and (team.silent_after, team.tell_every, team.conduct.version) == (15, 30, "1")


def test_the_teams_file_of_the_repository_is_sound() -> None:
    found: list[Problem] = []
    path = ROOT / "flows/team.yml"
    team = team_of(
        [read_team(path, Tables().read(path, found), found)], path, {each.stem for each in (ROOT / "flows/domain").glob("*.yml")}, found
    )
    assert not found and len(team.conduct.text) > 500
