"""Who may do what: every cell of the tables, and that no command stands outside them."""

import argparse

import pytest

from bot.__main__ import parser
from bot.doors import BEGUN, DOORS, OPEN, SIGNED_IN
from bot.errors import RefusedError
from bot.permissions import MAY, SEES, Action, Actor, Field, Sight, require, sight
from bot.records.staff import Role
from bot.settings import ROOT

CELLS = [(role, action) for role in Role for action in Action]


def commands() -> set[str]:
    """The words of every command, with its action where it has several."""
    made = parser()
    [commands] = [each for each in made._actions if isinstance(each, argparse._SubParsersAction)]
    found = set()
    for name, command in commands.choices.items():
        actions = next((each.choices for each in command._actions if each.dest == "action"), None)
        found |= {f"{name} {action}" for action in actions} if actions else {name}
    return found


def test_every_action_and_every_field_has_a_cell_for_every_role() -> None:
    assert set(MAY) == set(Action)
    assert set(SEES) == set(Role) and all(set(row) == set(Field) for row in SEES.values())
    print(f"{len(CELLS)} cells of actions, {len(Role) * len(Field)} of fields")


@pytest.mark.parametrize(("role", "action"), CELLS, ids=lambda each: str(each))
def test_a_role_does_what_its_cell_says(role: Role, action: Action) -> None:
    actor = Actor("rosa", role)
    if role in MAY[action]:
        require(actor, action)
    else:
        with pytest.raises(RefusedError, match="permiso"):
            require(actor, action)


def test_nobody_without_a_role_may_do_anything() -> None:
    for action in Action:
        with pytest.raises(RefusedError):
            require(Actor("somebody"), action)
    assert {sight(None, field) for field in Field} == {Sight.HIDDEN}


def test_every_command_stands_in_the_table_and_nothing_else_does() -> None:
    assert commands() == {door for door in DOORS if not door.startswith("/")}
    assert all(need in (OPEN, BEGUN, SIGNED_IN) or need in Action for need in DOORS.values())


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the table under that heading of the page for operators."""
    page = (ROOT / "docs/permissions.md").read_text(encoding="utf-8")
    lines = [line for line in page.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


def test_the_page_for_operators_shows_the_table_of_actions() -> None:
    shown = [["", *Role], *([action, *("yes" if role in MAY[action] else "" for role in Role)] for action in Action)]
    assert rows_under("Roles by actions") == shown


def test_the_page_for_operators_shows_the_table_of_fields() -> None:
    assert rows_under("Roles by fields") == [["", *Role], *([field, *(SEES[role][field] for role in Role)] for field in Field)]
