"""Rows in every table, made from the tables themselves: what is added to them is filled in by itself."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, Table, insert, select
from sqlalchemy.orm import Session

from bot import audit
from bot.records import tables
from bot.records.columns import EncryptedJson, EncryptedText, Moment, Word
from bot.staff import OPERATOR

AT = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)
PER_TABLE = 2


def fill(session: Session) -> None:
    """Rows 1 and 2 of each table, where they are not yet; each belongs to those of its number in the other tables."""
    for number in range(1, PER_TABLE + 1):
        audit.write(session, OPERATOR, "staff.add", None, AT, f"secreto {number}")
    for table in tables.Table.metadata.sorted_tables:
        for number in range(1, PER_TABLE + 1):
            if "id" not in table.c or session.scalar(select(table.c.id).where(table.c.id == number)) is None:
                session.execute(insert(table).values({column.name: _value(column, number) for column in table.columns}))


def all_rows(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Everything, decrypted."""
    return {table.name: _rows(session, table) for table in tables.Table.metadata.sorted_tables}


def _rows(session: Session, table: Table) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in session.execute(select(table).order_by(*table.primary_key.columns))]


def _value(column: Column[Any], number: int) -> Any:
    kind = column.type
    if column.primary_key and isinstance(kind, Integer):
        return number
    if column.foreign_keys:
        return number
    if isinstance(kind, EncryptedJson):
        return {"of": f"{column} {number}"}
    if isinstance(kind, JSON):
        return [f"{number}"]
    if isinstance(kind, EncryptedText):
        return f"secreto de {column} {number}"
    if isinstance(kind, Moment):
        return AT + timedelta(minutes=number)
    if isinstance(kind, Word):
        return list[StrEnum](kind.words)[-1]
    if isinstance(kind, Boolean):
        return number == 1
    if isinstance(kind, Float):
        return number / 4
    if isinstance(kind, Integer):
        return 0 if column.name in ("part", "place") else number
    return f"{column.name[:8]}{number}"[: getattr(kind, "length", None)]
