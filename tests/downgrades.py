"""What going back to an earlier version and forward again has to keep, on any database."""

from typing import Any

import alembic.command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, select, text
from sqlalchemy.engine.interfaces import ReflectedColumn

from bot.migrations.__main__ import take_back
from bot.records import tables
from bot.records.database import migrating

VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006")


def to_version(engine: Engine, version: str) -> None:
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision() or ""
    if version < now:
        take_back(engine, version)
        return
    with migrating(engine) as config:
        alembic.command.upgrade(config, version)


def stored(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as it stands in the database."""
    found = MetaData()
    with engine.connect() as connection:
        found.reflect(connection)
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


def shape(engine: Engine) -> dict[str, Any]:
    """Tables, columns, indexes, unique constraints and foreign keys; not the order of columns nor the comments."""
    seen = inspect(engine)

    def column(each: ReflectedColumn) -> tuple[Any, ...]:
        return each["name"], str(each["type"]), each["nullable"], each["default"]

    return {
        table: {
            "columns": sorted(map(column, seen.get_columns(table))),
            "indexes": sorted((str(each["name"]), str(each["column_names"]), bool(each["unique"])) for each in seen.get_indexes(table)),
            "unique": sorted((str(each["name"]), str(each["column_names"])) for each in seen.get_unique_constraints(table)),
            "foreign": sorted((str(each["name"]), str(each["referred_table"])) for each in seen.get_foreign_keys(table)),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def same_as_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [each for each in compare_metadata(context, tables.Table.metadata) if "modify_comment" not in str(each)]
    assert not found, found


def common(rows: dict[str, list[dict[str, Any]]], other: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Of those rows, the tables and columns that the other has too."""
    return {
        table: [{name: value for name, value in row.items() if name in other[table][0]} for row in found]
        for table, found in rows.items()
        if table in other
    }


def goes_back_and_forth(engine: Engine, shapes: dict[str, dict[str, Any]]) -> None:
    """`engine`: up to date, rows in every table that each version knows. `shapes`: of each version, made from nothing."""
    with engine.begin() as connection:  # requests of officials mean nothing to a version that knows no officials
        connection.execute(text("UPDATE arco_request SET of_official = false"))
    for version in VERSIONS[-2::-1]:
        before = stored(engine)
        assert all(before.values()), "a table has no row to keep"
        to_version(engine, version)
        assert shape(engine) == shapes[version], f"{version} is not as it is when made anew"
        after = stored(engine)
        assert common(after, before) == common(before, after)
    oldest = stored(engine)
    to_version(engine, VERSIONS[-1])
    assert shape(engine) == shapes[VERSIONS[-1]]
    same_as_models(engine)
    newest = stored(engine)
    assert common(newest, oldest) == common(oldest, newest)
