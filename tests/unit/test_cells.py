"""What is published says nothing about fewer than five people: every table of the same totals and the same visible cells is tried."""

import itertools
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.numbers.cells import REST, Cell, Count, K, fold, hidden

LINES, COLUMNS = ("a", "b", "c"), ("x", "y", "z")
type Values = dict[Cell, int]

values = st.one_of(st.integers(0, 9), st.integers(0, 4), st.integers(5, 30))


def counted(table: Values) -> dict[Cell, Count]:
    return {cell: Count(value, value) for cell, value in table.items() if value}


def tables(lines: int, columns: int) -> st.SearchStrategy[Values]:
    cells = list(itertools.product(LINES[:lines], COLUMNS[:columns]))
    return st.lists(values, min_size=len(cells), max_size=len(cells)).map(lambda found: dict(zip(cells, found, strict=True)))


def empty_of(table: Values) -> set[Cell] | None:
    return hidden(counted(table), sorted({line for line, _ in table}), sorted({column for _, column in table}))


def totals(table: Values) -> list[int]:
    lines, columns = {line for line, _ in table}, {column for _, column in table}
    of_lines = [sum(table[line, column] for column in columns) for line in lines]
    return of_lines + [sum(table[line, column] for line in lines) for column in columns]


def splits(total: int, most: list[int]) -> Iterator[list[int]]:
    """All ways to write the total as a sum of that many numbers, none above its limit."""
    if not most:
        if total == 0:
            yield []
        return
    for first in range(min(total, most[0]) + 1):
        for rest in splits(total - first, most[1:]):
            yield [first, *rest]


def lookalikes(table: Values, empty: set[Cell]) -> Iterator[Values]:
    """Every table with the same totals and the same visible cells."""
    lines = sorted({line for line, _ in table})
    columns = sorted({column for _, column in table})
    left = {column: sum(table[line, column] for line in lines if (line, column) in empty) for column in columns}

    def go(at: int, left: dict[str, int], made: Values) -> Iterator[Values]:
        if at == len(lines):
            if not any(left.values()):
                yield dict(made)
            return
        holes = [column for column in columns if (lines[at], column) in empty]
        owed = sum(table[lines[at], column] for column in holes)
        for split in splits(owed, [left[column] for column in holes]):
            taken = dict(zip(holes, split, strict=True))
            filled = {(lines[at], column): taken.get(column, table[lines[at], column]) for column in columns}
            yield from go(at + 1, {column: left[column] - taken.get(column, 0) for column in columns}, {**made, **filled})

    return go(0, left, {})


@settings(max_examples=300, deadline=None)
@given(st.one_of(tables(2, 2), tables(2, 3), tables(1, 3)))
def test_no_small_cell_can_be_worked_out_from_the_totals(table: Values) -> None:
    empty = empty_of(table)
    if empty is None:
        return
    small = {cell for cell, value in table.items() if 0 < value < K}
    assert small <= empty
    possible: dict[Cell, set[int]] = {cell: set() for cell in small}
    for other in lookalikes(table, empty):
        for cell in small:
            possible[cell].add(other[cell])
    for cell in small:
        assert len(possible[cell]) > K and max(possible[cell]) >= K, (table, empty, cell, possible[cell])


@settings(max_examples=150, deadline=None)
@given(tables(2, 2))
def test_who_knows_how_it_is_done_cannot_work_one_out_either(table: Values) -> None:
    """Among the tables that would be published just so, each small cell has several values."""
    empty = empty_of(table)
    if not empty or any(0 < total < K for total in totals(table)):  # such a line is put together with others before
        return
    same = [other for other in lookalikes(table, empty) if empty_of(other) == empty]
    for cell in (each for each, value in table.items() if 0 < value < K):
        assert len({other[cell] for other in same}) > 1, (table, empty)


@settings(deadline=None)
@given(tables(3, 3))
def test_larger_tables_hide_their_small_cells_and_never_alone(table: Values) -> None:
    empty = empty_of(table)
    small = {cell for cell, value in table.items() if 0 < value < K}
    if empty is None:
        assert small
        return
    assert small <= empty and (empty == set() or small)
    for line, column in empty:
        assert sum(1 for cell in empty if cell[0] == line) > 1
        assert sum(1 for cell in empty if cell[1] == column) > 1


def test_a_table_without_small_cells_is_shown_whole() -> None:
    assert empty_of({("a", "x"): 7, ("a", "y"): 0, ("b", "x"): 5, ("b", "y"): 12}) == set()


def test_a_table_that_cannot_be_protected_is_left_out() -> None:
    assert empty_of({("a", "x"): 3, ("b", "x"): 20}) is None  # one column: each cell is its line's total


def test_many_cases_of_few_people_are_a_small_cell() -> None:
    """One person with nine cases is one person."""
    cells = {("a", "x"): Count(9, 1), ("a", "y"): Count(9, 9), ("b", "x"): Count(9, 9), ("b", "y"): Count(9, 9)}
    assert ("a", "x") in (hidden(cells, ["a", "b"], ["x", "y"]) or ())


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12)))
def test_every_published_total_stands_for_five_people(counts: dict[str, int]) -> None:
    folded = fold({label: Count(value, value) for label, value in counts.items()}, lambda labels: sum(counts[each] for each in labels))
    if folded is None:
        assert sum(counts.values()) < K
        return
    shown: dict[str, int] = {}
    for label, into in folded.items():
        shown[into] = shown.get(into, 0) + counts[label]
    assert sum(shown.values()) == sum(counts.values()) and all(value >= K for value in shown.values())
    together = [label for label, into in folded.items() if into == REST]
    assert len(together) != 1, "what is alone under another name is that category's own number"
