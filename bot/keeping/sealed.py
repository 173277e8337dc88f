"""Every value that is stored encrypted, found from the types of the columns: what is added to the tables is found by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, LargeBinary, Select, Table, or_, select, type_coerce
from sqlalchemy.orm import Session

from bot.records import tables
from bot.records.columns import EncryptedJson, EncryptedText

AT_ONCE = 100  # rows


@dataclass(frozen=True)
class SealedRow:
    """A row's number and its encrypted values, as they are stored."""

    id: int
    values: dict[str, bytes]


def sealed_tables() -> dict[str, list[Column[Any]]]:
    """The encrypted columns of each table that has any."""
    found = {table.name: [each for each in table.columns if is_sealed(each)] for table in tables.Table.metadata.sorted_tables}
    return {name: columns for name, columns in found.items() if columns}


def is_sealed(column: Column[Any]) -> bool:
    return isinstance(column.type, EncryptedText | EncryptedJson)


def next_rows(session: Session, table: Table, after: int) -> list[SealedRow]:
    """Rows with something encrypted, in the order of their numbers."""
    found = session.execute(_query(table).where(table.c.id > after).order_by(table.c.id).limit(AT_ONCE))
    return [SealedRow(row.id, {name: value for name, value in row._mapping.items() if name != "id" and value is not None}) for row in found]


def _query(table: Table) -> Select[Any]:
    columns = sealed_tables()[table.name]
    stored = [type_coerce(each, LargeBinary).label(each.name) for each in columns]
    return select(table.c.id, *stored).where(or_(*(each.is_not(None) for each in columns)))


def all_tables() -> Iterator[Table]:
    for name in sealed_tables():
        yield tables.Table.metadata.tables[name]
