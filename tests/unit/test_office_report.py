"""The report by office tells nothing of fewer than five people, whatever else is shown, and a partner sees their own office alone."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.courses import offices, reach
from bot.courses.office_figures import NAMED
from bot.courses.offices import Figures, Group, Report, Table, protected
from bot.errors import RefusedError
from bot.numbers.cells import REST, Cell
from bot.permissions import MAY, Action, Actor
from bot.records.database import Database
from bot.records.staff import Role
from tests.officials import DORA, NOW, PABLO, PUEBLA, SOFIA, enrolment, official, result, with_courses

LEAST = 5
OFFICES, COURSES = ("a", "b", "c"), ("x", "y")


@pytest.fixture(scope="module")
def taught(content: Content) -> Content:
    return with_courses(content)


def read(database: Database, content: Content, actor: Actor = SOFIA) -> Report:
    return database.call(offices.read, actor, content)


def group(
    session: Session, size: int, finished: int, *, organization: str | None = None, office: str = "DIF", course: str = "first"
) -> None:
    for number in range(size):
        learner = official(session, organization=organization, office=office)
        enrolment(session, learner, course, days=float(number + 1) if number < finished else None)


def test_an_office_of_five_is_shown_and_one_of_four_is_not(database: Database, taught: Content) -> None:
    database.call(group, 5, 5, organization="ipam")
    database.call(group, 4, 1, office="Registro")
    [together] = read(database, taught).table.lines  # the four could be worked out if the five stood alone
    assert (together.label, together.joined, together.cells["first"]) == (REST, 9, Group(9, 6, None))
    database.call(group, 1, 1, office="Registro")
    assert {each.label: each.joined for each in read(database, taught).table.lines} == {"ipam": 5, f"{NAMED}Registro": 5}


def test_the_share_and_the_days_in_which_half_of_them_finished(database: Database, taught: Content) -> None:
    database.call(group, 8, 6, organization="ipam")
    [line] = read(database, taught).table.lines
    cell = line.cells["first"]
    assert cell == Group(8, 6, 4) and cell.share == 75  # of 1 to 6 days the middle is 3.5


def test_days_of_fewer_than_five_who_finished_are_not_said(database: Database, taught: Content) -> None:
    database.call(group, 8, 4, organization="ipam")
    [line] = read(database, taught).table.lines
    assert line.cells["first"] == Group(8, 4, None)


def test_a_partner_sees_their_own_office_and_nothing_of_others(database: Database, taught: Content) -> None:
    def records(session: Session) -> None:
        group(session, 6, 3, organization="ipam")
        group(session, 7, 7, organization="iom", course="traf")
        for _ in range(5):
            result(session, enrolment(session, official(session, organization="iom")), "others", 1)

    database.call(records)
    report = read(database, taught, PABLO)
    assert [line.label for line in report.table.lines] == ["ipam"] and report.table.courses == ("first",)
    assert report.table.totals is None and report.lessons == () and report.table.lines[0].enrolments is None
    everything = read(database, taught)
    assert {line.label for line in everything.table.lines} == {"ipam", "iom"} and len(everything.lessons) == 1


def test_a_partner_whose_office_is_too_small_sees_nothing(database: Database, taught: Content) -> None:
    database.call(group, 4, 4, organization="ipam")
    report = read(database, taught, PABLO)
    assert report.table.lines == () and report.table.courses == () and "first" in report.too_small


def test_only_the_roles_of_the_table_read_it(database: Database, taught: Content) -> None:
    for role in Role:
        actor = Actor("somebody", role, "ipam" if role is Role.PARTNER else None)
        if role in MAY[Action.LEARNING_REPORT]:
            read(database, taught, actor)
        else:
            with pytest.raises(RefusedError, match="permiso"):
                read(database, taught, actor)
    assert Role.PARTNER not in MAY[Action.LEARNING_REACH] and database.call(reach.read, DORA, taught, PUEBLA, NOW)


def test_a_larger_smallest_group_is_kept_to(database: Database, content: Content) -> None:
    database.call(group, 9, 9, organization="ipam")
    assert read(database, with_courses(content, smallest_group=10)).table.lines == ()
    assert read(database, with_courses(content, smallest_group=9)).table.lines[0].cells["first"] == Group(9, 9, 5)


def test_who_looks_again_after_one_more_person_learns_nothing_of_how_they_did(database: Database, taught: Content) -> None:
    def one(session: Session, right: int, minutes: int) -> None:
        result(session, enrolment(session, official(session)), "danger", right, at=NOW + timedelta(minutes=minutes))

    for number in range(4):
        database.call(one, 4, number)
    assert read(database, taught).lessons == ()
    database.call(one, 4, 4)
    [before] = read(database, taught).lessons
    for number in range(5, 9):
        database.call(one, 0, number)
        assert read(database, taught).lessons == (before,)
    database.call(one, 0, 9)
    [after] = read(database, taught).lessons
    assert (before.tenths, after.tenths) == (10, 5)


figures = st.lists(st.integers(0, 8), min_size=6, max_size=6)


def of(values: list[int], finished: list[int]) -> Figures:
    """Offices by courses; everybody takes one course alone, so people are sums."""
    cells = list(itertools.product(OFFICES, COURSES))
    begun = {cell: (value, min(value, done)) for cell, value, done in zip(cells, values, finished, strict=True) if value}
    large = offices.large_courses(begun, LEAST)
    beginners = {office: sum(begun.get((office, course), (0, 0))[0] for course in large) for office in OFFICES}
    joined = {office: sum(begun.get((office, course), (0, 0))[0] for course in COURSES) for office in OFFICES}
    return Figures(joined, begun, {office: people for office, people in beginners.items() if people})


@settings(max_examples=400, deadline=None)
@given(figures, figures)
def test_no_number_of_fewer_than_five_is_shown_or_can_be_worked_out(values: list[int], finished: list[int]) -> None:
    table = protected(of(values, finished), LEAST)
    for line in table.lines:
        assert line.joined >= LEAST and (line.enrolments is None or line.enrolments == 0 or line.enrolments >= LEAST)
        assert not any(cell and 0 < cell.begun < LEAST for cell in line.cells.values())
    assert all(total >= LEAST for total in (table.totals or {}).values())
    for hole, possible in _attacked(table).items():
        assert max(possible) - min(possible) >= LEAST, (table, hole, sorted(possible))


@settings(max_examples=200, deadline=None)
@given(figures, figures)
def test_an_office_alone_shows_no_cell_of_fewer_than_five_and_no_total(values: list[int], finished: list[int]) -> None:
    whole = of(values, finished)
    mine = Figures({"a": whole.joined["a"]}, {cell: count for cell, count in whole.begun.items() if cell[0] == "a"}, {})
    large = offices.large_courses(mine.begun, LEAST)
    mine = Figures(mine.joined, mine.begun, {"a": sum(mine.begun["a", course][0] for course in large)} if large else {})
    table = protected(mine, LEAST, is_alone=True)
    assert table.totals is None and all(line.enrolments is None and line.joined >= LEAST for line in table.lines)
    assert set(table.courses) == set(large) and table.hidden_cells == 0


def _attacked(table: Table) -> dict[Cell, set[int]]:
    """What each hidden cell could be, for who knows all that is shown and adds and subtracts."""
    holes = [(line.label, course) for line in table.lines for course in table.courses if line.cells[course] is None]
    if table.totals is None or not holes:
        return {}
    owed_by_line = {
        line.label: (line.enrolments or 0) - sum(cell.begun for cell in line.cells.values() if cell) for line in table.lines
    }  # fmt: skip
    shown = {course: sum(cell.begun for line in table.lines if (cell := line.cells[course])) for course in table.courses}
    owed = {course: table.totals[course] - shown[course] for course in table.courses}
    possible: dict[Cell, set[int]] = {cell: set() for cell in holes}
    for guess in _guesses(holes, owed_by_line, owed):
        for hole, value in guess.items():
            possible[hole].add(value)
    return possible


def _guesses(holes: list[Cell], lines: dict[str, int], columns: dict[str, int]) -> Iterator[dict[Cell, int]]:
    if not holes:
        if not any(lines.values()) and not any(columns.values()):
            yield {}
        return
    (line, column), rest = holes[0], holes[1:]
    for value in range(min(lines[line], columns[column]) + 1):
        left = ({**lines, line: lines[line] - value}, {**columns, column: columns[column] - value})
        if left[0][line] and not any(each[0] == line for each in rest):
            continue
        yield from ({(line, column): value, **others} for others in _guesses(rest, *left))
