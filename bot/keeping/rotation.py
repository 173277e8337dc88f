"""A new encryption key while the service runs: nothing written meanwhile is lost, and in the end the old key is needed for nothing.

The new key is put in front in the file. Running processes notice within `LOOK_EVERY`; from then on nothing is written under the old one.
Then every value is written anew, each only if it is still what was read, until a whole pass finds nothing under the old key. Only then is
the old key dropped. Interrupted at any point, the next run goes on from there: several keys in the file say so.
"""

import fcntl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import LargeBinary, Table, bindparam, select, text, type_coerce, update
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import files
from bot.errors import KeysError, RefusedError, StorageError
from bot.keeping.sealed import SealedRow, all_tables, next_rows
from bot.permissions import Action, Actor
from bot.records.columns import KeyRing
from bot.records.database import Database
from bot.records.keys import LOOK_EVERY, drop_all_but_first, encryption_keys, put_in_front

NOTICED_AFTER = 2 * LOOK_EVERY  # seconds: the time it takes, and as much again for what was under way
TRANSACTIONS_END_WITHIN = 60.0  # seconds
BREATH = 0.005  # seconds between two batches: SQLite lets one write at a time

type Say = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """Values by table: all, those under another key than the first, those that no key reads."""

    values: Counter[str]
    old: Counter[str]
    unreadable: Counter[str]


def check(database: Database) -> Checked:
    """Look at every value and change nothing."""
    checked = Checked(Counter(), Counter(), Counter())
    for table, rows in _batches(database):
        for row in rows:
            for value in row.values.values():
                checked.values[table.name] += 1
                try:
                    if KeyRing.current().renewed(value) is not None:
                        checked.old[table.name] += 1
                except KeysError:
                    checked.unreadable[table.name] += 1
    return checked


def rotate(database: Database, keys_file: Path, folder: Path, actor: Actor, now: datetime, say: Say, keep_old: bool = False) -> int:
    """How many values were written anew. `folder`: of the encrypted files. Raises RefusedError or KeysError."""
    with _alone(keys_file):
        _refuse_unreadable(database)
        if encryption_keys(keys_file) == 1 or keep_old:
            put_in_front(keys_file)
            database.call(audit.write, actor, Action.KEYS_ROTATE, None, now, "begin")
        else:
            say("Una rotación anterior no terminó: se termina ahora, sin otra clave nueva.")
        time.sleep(NOTICED_AFTER)
        _until_older_transactions_ended(database)
        KeyRing.current().follow()
        renewed = 0
        while found := _pass(database) + _renew_files(folder):
            renewed += found
            say(f"{found} valores pasaron a la clave nueva; se revisa otra vez.")
        if not keep_old:
            drop_all_but_first(keys_file)
        database.call(audit.write, actor, Action.KEYS_ROTATE, None, now, f"done {renewed}")
        return renewed


def _refuse_unreadable(database: Database) -> None:
    unreadable = check(database).unreadable
    if unreadable:
        where = ", ".join(f"{name} ({count})" for name, count in sorted(unreadable.items()))
        raise KeysError(f"Hay valores que ninguna clave lee: {where}; vuelva a poner la clave que falta antes de cambiarla")


def _batches(database: Database) -> "Iterator[tuple[Table, list[SealedRow]]]":
    for table in all_tables():
        after = -1
        while rows := database.call(next_rows, table, after):
            yield table, rows
            after = rows[-1].id
            time.sleep(BREATH)


def _pass(database: Database) -> int:
    """Write anew what is under an old key. Returns how many values were found so, also those that somebody else was at."""
    found = 0
    for table, rows in _batches(database):
        changes = [(row, renewed) for row in rows if (renewed := _renewed(row))]
        if changes:
            found += sum(len(renewed) for _, renewed in changes)
            for row in database.call(_write, table, changes):  # each alone: who holds nothing else may wait
                database.call(_write, table, [each for each in changes if each[0].id == row], False)
    return found


def _renewed(row: SealedRow) -> dict[str, bytes]:
    found = ((name, KeyRing.current().renewed(value)) for name, value in row.values.items())
    return {name: value for name, value in found if value is not None}


def _write(session: Session, table: Table, changes: list[tuple[SealedRow, dict[str, bytes]]], leaves_held: bool = True) -> list[int]:
    """Each value only if it is still what was read. Returns the rows left out because others hold them: waiting for one of several could
    end in a deadlock with a turn, and the turn would be the one to fail."""
    ids = [row.id for row, _ in changes]
    ours = set(session.scalars(select(table.c.id).where(table.c.id.in_(ids)).with_for_update(skip_locked=leaves_held, key_share=True)))
    for row, renewed in changes:
        for name, value in renewed.items() if row.id in ours else ():
            still = type_coerce(table.c[name], LargeBinary) == bindparam("read", row.values[name], type_=LargeBinary)
            session.execute(update(table).where(table.c.id == row.id, still).values({name: bindparam("renewed", value, type_=LargeBinary)}))
    return [each for each in ids if each not in ours] if leaves_held else []


def _renew_files(folder: Path) -> int:
    """The photographs of the case files. Returns how many were under an old key."""
    return files.reencrypt(folder, KeyRing.current())


def _until_older_transactions_ended(database: Database) -> None:
    """What began before the key was noticed may still commit something under the old one. SQLite has one writer: nothing is under way."""
    if database.is_sqlite:
        return
    mark = database.call(lambda session: int(session.scalar(text("SELECT pg_current_xact_id()::text")) or 0))
    until = time.monotonic() + TRANSACTIONS_END_WITHIN
    oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    while database.call(lambda session: int(session.scalar(oldest) or 0)) <= mark:
        if time.monotonic() > until:
            raise StorageError("Una transacción de la base de datos no termina; revise qué programa la tiene abierta y repita la orden")
        time.sleep(0.1)


@contextmanager
def _alone(keys_file: Path) -> Iterator[None]:
    with keys_file.with_name(f"{keys_file.name}.rotating").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError("Otra rotación de claves está en marcha; espere a que termine") from None
        yield
