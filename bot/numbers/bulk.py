"""Many rows at once, through the column types (so encrypted as always): SQLite's executemany, PostgreSQL's COPY."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from bot.records.tables import Table as Model

AT_ONCE = 20_000  # rows of a transaction: other writers of SQLite wait no longer than that takes


def write_rows(session: Session, model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """The rows in the order of `columns`. Returns how many."""
    table, dialect = cast(Table, model.__table__), session.get_bind().dialect
    stored = _stored(table, columns, dialect, rows)
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect.name == "postgresql":
        return _copy(session, f'COPY "{table.name}" ({names}) FROM STDIN', stored)
    found = list(stored)
    if found:
        marks = ", ".join("?" * len(columns))
        session.connection().exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', found)  # noqa: S608  our own names
    return len(found)


def count_on(session: Session, model: type[Model]) -> None:
    """Rows were given their numbers: PostgreSQL goes on from the highest."""
    if session.get_bind().dialect.name == "postgresql":
        name = cast(Table, model.__table__).name
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 0) + 1, false) FROM {name}"))  # noqa: S608


def in_parts[T](rows: Iterable[T], size: int = AT_ONCE) -> Iterable[list[T]]:
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


def _stored(table: Table, columns: Sequence[str], dialect: Any, rows: Iterable[Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    """Each value as the column's type writes it."""
    known: list[Callable[[Any], Any] | None] = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    for row in rows:
        yield tuple([value if store is None or value is None else store(value) for store, value in zip(known, row, strict=True)])


def _copy(session: Session, command: str, rows: Iterable[tuple[Any, ...]]) -> int:
    driver: Any = session.connection().connection.driver_connection
    count = 0
    with driver.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
