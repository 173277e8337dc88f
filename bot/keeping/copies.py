"""A consistent copy of the database at one moment while it is written to, and what is known of it."""

import glob
import os
import shutil
import sqlite3
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text

from bot.errors import StorageError

POSTGRESQL = ("/usr/lib/postgresql/*/bin",)  # where Debian keeps programs that are not on the path


@dataclass(frozen=True)
class Facts:
    """Of a copy: which database, its version and rows, the last digest of the audit, a proof of whose keys it needs, its photographs."""

    engine: str
    revision: str
    counts: dict[str, int]
    audit_head: str
    proof: str
    stored: tuple[str, ...]


@contextmanager
def copied(engine: Engine, target: Path) -> Iterator[Facts]:
    """`target` is a copy of the database. Raises StorageError."""
    if engine.dialect.name == "sqlite":
        _copy_sqlite(engine, target)
        copy = create_engine(f"sqlite:///{target}")
        try:
            with copy.connect() as connection:
                facts = facts_of(connection)
        finally:
            copy.dispose()
    else:
        facts = _copy_postgresql(engine, target)
    yield facts


def facts_of(connection: Connection) -> Facts:
    def all_of(query: str) -> list[Any]:
        return list(connection.execute(text(query)).scalars())

    metadata = MigrationContext.configure(connection)
    names = sorted(name for name in inspect(connection).get_table_names() if name != "alembic_version")
    counts = {name: int(all_of(f"SELECT count(*) FROM {name}")[0]) for name in names}  # noqa: S608  names of our own tables
    [proof] = all_of("SELECT proof FROM instance WHERE id = 1")
    return Facts(
        connection.dialect.name,
        metadata.get_current_revision() or "",
        counts,
        next(iter(all_of("SELECT digest FROM audit ORDER BY id DESC LIMIT 1")), ""),
        b64encode(bytes(proof)).decode(),
        tuple(all_of("SELECT stored FROM case_document WHERE stored IS NOT NULL")),
    )


def _copy_sqlite(engine: Engine, target: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{engine.url.database}?mode=rw", uri=True)) as source:
            source.execute("VACUUM INTO ?", [str(target)])  # reads one moment; who writes meanwhile does not wait
    except sqlite3.Error as error:
        raise StorageError(f"No se pudo copiar la base de datos ({error}); revise que haya espacio en el disco") from None


def _copy_postgresql(engine: Engine, target: Path) -> Facts:
    """By pg_dump, at the moment that the counts are of."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        run_postgresql(
            engine.url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"
        )
        return facts_of(connection)


def run_postgresql(url: URL, program: str, *arguments: str, stdin: Any = None) -> None:
    """One of PostgreSQL's programs on that database; the password is not among the arguments, which others can see. Raises StorageError."""
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [program_of_postgresql(program), *arguments, f"--dbname={address}"]
    done = subprocess.run(command, env=environment, stdin=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = next((line for line in done.stderr.splitlines() if line.strip()), "").strip()
        raise StorageError(f"{program} no terminó bien ({reason}); la base de datos quedó como estaba")


def program_of_postgresql(name: str) -> str:
    found = shutil.which(name) or next((path for folder in POSTGRESQL for path in sorted(glob.glob(f"{folder}/{name}"))[::-1]), None)
    if found is None:
        raise StorageError(f"Falta el programa {name} de PostgreSQL; instálelo (por ejemplo: apt install postgresql-client)")
    return found
