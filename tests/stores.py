"""Where something could still stand: every table as the service reads it and as it lies on the disk, and every file."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

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


def rows[T](database: Database, table: type[T]) -> list[T]:
    return database.call(lambda session: list(session.scalars(select(table))))
