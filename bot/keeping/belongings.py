"""What belongs to a row, found from the foreign keys: it has to go before the row does."""

from collections.abc import Iterable

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.orm import Session

from bot.records import tables

AT_ONCE = 500  # numbers in one statement


def pointing_to(table: Table) -> list[Column[int]]:
    """The columns of all tables that refer to this one."""
    every = (column for each in tables.Table.metadata.sorted_tables for column in each.columns)
    return [column for column in every if any(key.column.table is table for key in column.foreign_keys)]


def belongings(session: Session, table: Table, ids: Iterable[int]) -> dict[str, list[int]]:
    """Numbers of all rows that have to go with these, by table: first what nothing points to, and these themselves last."""
    wanted, found = list(ids), dict[str, list[int]]()
    for column in pointing_to(table):
        if "id" in column.table.c:
            children = _numbers(session, column, wanted)
            for name, numbers in belongings(session, column.table, children).items() if children else ():
                found[name] = sorted({*found.pop(name, []), *numbers})
    return {**found, table.name: wanted}


def _numbers(session: Session, column: Column[int], wanted: list[int]) -> list[int]:
    query = select(column.table.c.id)
    return [each for part in _parts(wanted) for each in session.scalars(query.where(column.in_(part)))]


def remove(session: Session, rows: dict[str, list[int]]) -> None:
    """Delete what `belongings` found, in its order."""
    for name, numbers in rows.items():
        table = tables.Table.metadata.tables[name]
        for part in _parts(numbers):
            session.execute(delete(table).where(table.c.id.in_(part)))


def _parts(numbers: list[int]) -> Iterable[list[int]]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))
