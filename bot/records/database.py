"""The database: one writer for SQLite, several connections for PostgreSQL, the same functions for both.

SQLite starts every transaction with BEGIN IMMEDIATE: a deferred one that turns into a writer fails at once whatever the
time-out. All its work runs on one thread, because competing writers raise the 95th percentile from 1 to over 120 ms.
Its commits survive the death of any process; `run_durable` also waits for the disk (about 4 ms), so that what Telegram is told
we have survives a power cut. A turn lost to a power cut is simply taken again from the inbox.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate

import alembic.command
import alembic.config
import alembic.util
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from bot.errors import KeysError, SettingsError, StorageError
from bot.records import audit, cases, conversations, deliveries, learning, privacy, referrals, reviews, staff, tickets  # noqa: F401  the tables
from bot.records.columns import KeyRing
from bot.records.keys import read_keys
from bot.records.tables import Instance

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LOCK_WAIT = 5  # seconds that a transaction waits for another process's lock
POOL = 8  # connections to PostgreSQL
PROOF = "puente"


class Database:
    """Runs functions that take a Session, each in one transaction, off the event loop."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(1 if self.is_sqlite else POOL, thread_name_prefix="database")

    async def run[**P, R](self, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result, once its transaction is committed. Raises what it raises, with everything rolled back."""
        call: Callable[[], R] = partial(self.call, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def run_durable[**P, R](self, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`run`, and the result is on the disk when it returns."""
        call: Callable[[], R] = partial(self._call_durable, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _call_durable[**P, R](self, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        if not self.is_sqlite:
            return self.call(function, *args, **kwargs)
        with self.engine.connect() as connection:
            driver: Any = connection.connection
            driver.execute("PRAGMA synchronous = FULL")
            try:
                with Session(connection, expire_on_commit=False) as session, session.begin():
                    return function(session, *args, **kwargs)
            finally:
                driver.execute("PRAGMA synchronous = NORMAL")

    async def empty_log(self) -> None:
        """SQLite's log of changes holds pages as they were before an erasure until this is called. On the thread of all other work: another
        one would open a second connection."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self.call_empty_log)

    def call_empty_log(self) -> None:
        """`empty_log` for callers without an event loop."""
        if not self.is_sqlite:
            return
        with contextlib.closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def call[**P, R](self, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`run` for callers without an event loop: commands and tests."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return function(session, *args, **kwargs)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self.engine.dispose()


def open_database(url: str, keys_file: Path) -> Database:
    """Connect, bring the schema up to date and read the keys. Raises StorageError, KeysError or SettingsError in one line."""
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            fresh = not inspect(connection).has_table("instance")
        KeyRing.keys = read_keys(keys_file, may_create=fresh)
        _migrate(engine)
        database = Database(engine)
        database.call(_prove_keys)
        return database
    except OperationalError as error:
        raise StorageError(f"{_shown(url)}: {_reason(error)}") from None
    except DBAPIError as error:
        raise StorageError(f"{_shown(url)}: no se puede usar la base de datos ({type(error.orig).__name__}); revise DATABASE_URL") from None


def engine_of(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            if parsed.database:
                _make_folder(Path(parsed.database).parent)
            engine = create_engine(parsed, connect_args={"timeout": LOCK_WAIT, "check_same_thread": False})
            _prepare_sqlite(engine, parsed.database)
            return engine
        return create_engine(parsed, pool_size=POOL, pool_pre_ping=True, connect_args={"connect_timeout": LOCK_WAIT})
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingsError(
            "DATABASE_URL: no es la dirección de una base de datos; escriba sqlite:////carpeta/puente.db o postgresql://usuario@servidor/nombre"
        ) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: no se puede crear la carpeta de datos ({error.strerror}); elija otra con PUENTE_VAR") from None


def _prepare_sqlite(engine: Engine, path: str | None) -> None:
    @event.listens_for(engine, "do_connect")
    def _on_opening(*_: object) -> None:
        """The file is for its owner alone, and so are then those that SQLite makes beside it."""
        if path and path != ":memory:":
            with contextlib.suppress(OSError):  # SQLite says why it cannot be opened
                Path(path).touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below, not the driver's deferred one
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {LOCK_WAIT * 1000}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def migrating(engine: Engine) -> Iterator[alembic.config.Config]:
    """Alembic's settings, in one transaction. Raises StorageError when it does not know the version of the database."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            yield config
    except alembic.util.CommandError:
        raise StorageError(
            "La base de datos es de una versión de Puente que esta no conoce; use la versión más nueva, o vea «Ir a una versión anterior» "
            "en docs/operating.md"
        ) from None


def _migrate(engine: Engine) -> None:
    with migrating(engine) as config:
        alembic.command.upgrade(config, "head")


def _prove_keys(session: Session) -> None:
    instance = session.get(Instance, 1)  # decrypting the proof raises KeysError when the keys are others
    if instance is None:
        session.add(Instance(id=1, proof=PROOF, name=secrets.token_hex(8)))
    elif instance.proof != PROOF:
        raise KeysError(
            "Las claves de PUENTE_KEYS no son las de esta base de datos; vuelva a poner el archivo de claves con que se escribió"
        )


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _reason(error: OperationalError) -> str:
    said = str(error.orig).lower()
    if "locked" in said or "busy" in said:
        return "otro programa tiene bloqueada la base de datos; deténgalo y vuelva a iniciar"
    if "readonly" in said or "read-only" in said or "unable to open" in said or "permission" in said:
        return "no se puede escribir en la base de datos; corrija los permisos de la carpeta o elija otra con PUENTE_VAR"
    if "full" in said:
        return "el disco está lleno; libere espacio y vuelva a iniciar"
    if "not a database" in said or "malformed" in said:
        return "el archivo no es una base de datos o está dañado; muévalo a otro lugar o recupere un respaldo"
    return "la base de datos no responde; revise DATABASE_URL y que el servidor esté encendido"
