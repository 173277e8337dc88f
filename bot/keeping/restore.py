"""A backup becomes the database again: opened with the identity, compared with its manifest, put in place whole or not at all.

Then the migrations since are run, what was erased since is erased again (the log of that lies beside the keys, not in the backup), and the
audit is verified up to the last row the backup had.
"""

import base64
import fcntl
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot import audit
from bot.errors import RefusedError, StorageError
from bot.keeping.backup import DATABASE, FILES, FORMAT, MANIFEST
from bot.keeping.copies import program_of_postgresql, run_postgresql
from bot.permissions import Actor
from bot.privacy import erasure
from bot.records.database import MIGRATIONS, Database, engine_of, open_database
from bot.records.keys import read_keys

TELLING = ("conversation", "audit", "staff")  # tables with a row as soon as somebody used the service
OWN_FUNCTIONS = """SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"""  # not those of extensions
DAMAGED = "el respaldo está incompleto o fue alterado; use otro"


@dataclass(frozen=True)
class Unpacked:
    """What was in a backup: a folder with the copy of the database and the photographs, and what the manifest says of them."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["made_at"])

    @property
    def rows(self) -> int:
        return sum(self.manifest["counts"].values())


@dataclass(frozen=True)
class Restored:
    erased_again: int
    audit_rows: int
    audit_wrong_at: int | None


@contextmanager
def unpacked(path: Path, identity: Path, work: Path) -> Iterator[Unpacked]:
    """Opened and compared with its manifest. Raises RefusedError or StorageError; nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="restore-", dir=work) as name:
        folder = Path(name)
        packed = folder / "packed"
        _decrypt(path, _identity_in(identity), packed)
        try:
            with tarfile.open(packed) as archive:
                archive.extractall(folder / "parts", filter="data")
            manifest = json.loads((folder / "parts" / MANIFEST).read_text(encoding="utf-8"))
        except (tarfile.TarError, OSError, ValueError):
            raise StorageError(f"{path}: {DAMAGED}") from None
        packed.unlink()
        found = Unpacked(folder / "parts", manifest)
        _compare(path, found)
        yield found


def restore(backup: Unpacked, url: str, keys_file: Path, files: Path, locks: Path, replace: bool, actor: Actor, now: datetime) -> Restored:
    """Put it in place. Raises RefusedError when there is a database with people in it and not `replace`, or when it is in use."""
    may_restore(backup, url, keys_file, replace)
    with ExitStack() as undoing:
        if make_url(url).get_backend_name() == "sqlite":
            undoing.enter_context(_nobody_uses(locks))
            undoing.enter_context(_in_place(backup, _path_of(make_url(url)), files))
        else:
            _into_postgresql(backup, engine_of(url).url)
            undoing.enter_context(_files_in_place(backup, files))
        database = open_database(url, keys_file)
        undoing.callback(database.close)
        return _afterwards(database, backup, keys_file, files, actor, now)


def may_restore(backup: Unpacked, url: str, keys_file: Path, replace: bool) -> None:
    """Raises RefusedError or KeysError with the reason why not. Changes nothing."""
    manifest, engine = backup.manifest, engine_of(url)
    if manifest["engine"] != engine.dialect.name:
        raise RefusedError(f"El respaldo es de {manifest['engine']} y DATABASE_URL es de {engine.dialect.name}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if manifest["revision"] not in {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}:
        raise RefusedError("El respaldo es de una versión de Puente más nueva que esta; actualice Puente primero")
    read_keys(keys_file, may_create=False).decrypt(base64.b64decode(manifest["proof"]))
    if not replace and has_people(url):
        raise RefusedError("Ya hay una base de datos con registros; para cambiarla por el respaldo agregue --replace")


def has_people(url: str) -> bool:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not _path_of(parsed).exists():
        return False
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names()).intersection(TELLING)
            return any(connection.scalar(text(f"SELECT 1 FROM {each} LIMIT 1")) for each in tables)  # noqa: S608
    except DBAPIError:
        raise StorageError("La base de datos que hay no se puede leer; llévela a otro lugar y repita la orden") from None
    finally:
        engine.dispose()


def _afterwards(database: Database, backup: Unpacked, keys_file: Path, files: Path, actor: Actor, now: datetime) -> Restored:
    erased = _erase_again(database, keys_file, files)
    count, wrong = database.call(audit.verify, backup.manifest["audit_head"] or None)
    said = f"of {backup.manifest['made_at']}, erased again: {erased}"
    database.call(audit.write, actor, "backup.restore", None, now, said)
    return Restored(erased, count, wrong)


def _erase_again(database: Database, keys_file: Path, files: Path) -> int:
    """What its log says was erased, also since the backup. Returns how many conversations had come back."""
    references = [reference for each in erasure.logged(keys_file) for reference in each["erased"]]
    return database.call(erasure.replay, references, files) if references else 0


def _identity_in(path: Path) -> Any:
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(lines[0])
    except OSError as error:
        raise RefusedError(f"{path}: no se puede leer la identidad ({error.strerror})") from None
    except (ValueError, IndexError, pyrage.IdentityError):
        raise RefusedError(f"{path}: no es una identidad de age (AGE-SECRET-KEY-1…)") from None


def _decrypt(path: Path, identity: Any, target: Path) -> None:
    try:
        with path.open("rb") as file, target.open("wb") as opened:
            pyrage.decrypt_io(file, opened, [identity])
    except pyrage.DecryptError:
        raise StorageError(f"{path}: no se abre con esta identidad, o no es un respaldo") from None
    except OSError as error:
        if error.errno is None:  # the library's own: a part does not fit its seal
            raise StorageError(f"{path}: {DAMAGED}") from None
        raise StorageError(f"{path}: no se puede leer o no cabe en el disco ({error.strerror})") from None


def _compare(path: Path, found: Unpacked) -> None:
    manifest = found.manifest
    if manifest.get("format") != FORMAT:
        raise RefusedError(f"{path}: es de un formato que este Puente no conoce; use el Puente que lo hizo")
    there = {str(each.relative_to(found.folder)): each for each in found.folder.rglob("*") if each.is_file() and each.name != MANIFEST}
    if {name: _digest(each) for name, each in there.items()} != manifest["files"] or DATABASE not in there:
        raise StorageError(f"{path}: {DAMAGED}")


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            digest.update(block)
    return digest.hexdigest()


def _path_of(url: URL) -> Path:
    return Path(url.database or "")


@contextmanager
def _nobody_uses(locks: Path) -> Iterator[None]:
    """Every lock of the data folder, for as long as this takes."""
    with ExitStack() as held:
        for path in sorted(locks.glob("*.lock")) if locks.is_dir() else ():
            lock = held.enter_context(path.open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RefusedError("Puente está en marcha con esta base de datos; deténgalo antes de recuperar un respaldo") from None
        yield


@contextmanager
def _in_place(backup: Unpacked, path: Path, files: Path) -> Iterator[None]:
    """The copy instead of what is there, which comes back if anything fails."""
    there = [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]
    with _aside(there, backup.folder.parent / "before"), _files_in_place(backup, files):
        shutil.move(backup.folder / DATABASE, path)
        path.chmod(0o600)
        yield


@contextmanager
def _files_in_place(backup: Unpacked, files: Path) -> Iterator[None]:
    with _aside([files], backup.folder.parent / "files before"):
        source = backup.folder / FILES
        source.mkdir(mode=0o700, exist_ok=True)
        files.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, files)
        files.chmod(0o700)
        yield


@contextmanager
def _aside(paths: list[Path], folder: Path) -> Iterator[None]:
    folder.mkdir()
    moved = [path for path in paths if path.exists()]
    for path in moved:
        shutil.move(path, folder / path.name)
    try:
        yield
    except BaseException:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for path in moved:
            shutil.move(folder / path.name, path)
        raise


def _into_postgresql(backup: Unpacked, url: URL) -> None:
    """Out with the tables that are there and in with the copy's, in one transaction."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = [f'"{name}"' for name in inspect(connection).get_table_names()]
        functions = list(connection.execute(text(OWN_FUNCTIONS)).scalars())
    engine.dispose()
    script = backup.folder / "script.sql"
    drop = f"DROP TABLE {', '.join(tables)} CASCADE;\n" if tables else ""
    drop += "".join(f"DROP FUNCTION {name};\n" for name in functions)
    with script.open("w", encoding="utf-8") as file:
        file.write(drop)
        file.flush()
        command = [program_of_postgresql("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(backup.folder / DATABASE)]
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise StorageError(f"pg_restore no pudo leer la copia; {DAMAGED}")
    run_postgresql(url, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--file={script}")
