"""Where something could still stand: every table as the service reads it and as it lies on the disk, and every file."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.records.database import Database
from bot.records.tables import Table


def rows_with(database: Database, words: Iterable[str], aside: Iterable[str] = ()) -> list[str]:
    """`table: word` for each word that stands in a table's values, decrypted; not looked at: the columns `aside`, as `table.column`."""
    found = []
    sought = [word for word in words if word]
    for table in Table.metadata.sorted_tables:
        columns = [column for column in table.columns if f"{table.name}.{column.name}" not in set(aside)]
        rows = database.call(lambda session, columns=columns: [repr(tuple(row)) for row in session.execute(select(*columns))])  # type: ignore[misc]
        found += [f"{table.name}: {word}" for word in sought if any(word in row for row in rows)]
    return found


def files_with(folder: Path, words: Iterable[str]) -> list[str]:
    """`file: word` for each word that stands in a file's name or bytes, the database's own files included."""
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        held = path.read_bytes() + path.name.encode()
        found += [f"{path.name}: {word}" for word in words if word and word.encode() in held]
    return found


def all_that_is_stored(session: Session, *without: str) -> str:
    """Every value of every table, decrypted."""
    tables = (table for name, table in Table.metadata.tables.items() if name not in without)
    return "\n".join(str(row) for table in tables for row in session.execute(select(table)))


def rows[T](database: Database, table: type[T]) -> list[T]:
    return database.call(lambda session: list(session.scalars(select(table))))


def drop_triggers(session: Session) -> None:
    """Of SQLite: what keeps rows from being changed."""
    for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f"DROP TRIGGER {name}"))
