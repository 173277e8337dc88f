"""An encrypted backup in one file: the database of one moment, the encrypted photographs and a manifest, in the format of age.

Only who holds the identity (a private key that is kept elsewhere) can open it. The file of the keys is not in it: opened, it shows what
the database shows without keys, rows and dates but no text and no name. Its parts go through the encryption one after another; beside it
lies only, while it is made, the copy of the database in the data folder, which says no more than the database.
https://age-encryption.org/v1
"""

import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from typing import Any

import pyrage

from bot.errors import RefusedError, SettingsError, StorageError
from bot.keeping.copies import Facts, copied
from bot.records.database import Database

FORMAT = 1
MANIFEST, DATABASE, FILES = "manifest.json", "database", "files"
NAME = re.compile(r"puente-(\d{8}-\d{6})\.age")
_STAMP = "%Y%m%d-%H%M%S"
_BLOCK = 1 << 16


def new_identity(path: Path) -> str:
    """Writes the private key to a file that its owner alone may read. Returns the public one. Raises RefusedError."""
    identity = pyrage.x25519.Identity.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"# Opens the backups of Puente. Keep it away from them and from the server.\n{identity}\n")
    except FileExistsError:
        raise RefusedError(f"{path}: ya existe; una identidad no se sobrescribe, porque sin ella sus respaldos no se abren") from None
    except OSError as error:
        raise StorageError(f"{path}: no se puede escribir ({error.strerror})") from None
    return str(identity.to_public())


def make(database: Database, files: Path, target: Path, recipient: str | None, work: Path, now: datetime) -> tuple[Path, Facts]:
    """The backup, whole and on the disk, and what is in it. `target`: a folder, or a file that does not exist. Raises a PuenteError."""
    to = _recipient(recipient)
    path = target / f"puente-{now.astimezone(UTC):{_STAMP}}.age" if target.is_dir() else target
    if path.exists():
        raise RefusedError(f"{path}: ya existe; un respaldo no se sobrescribe")
    draft = path.with_name(f"{path.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="backup-", dir=work) as folder:
            copy = Path(folder) / DATABASE
            with copied(database.engine, copy) as facts, os.fdopen(_private(draft), "wb") as file:
                parts = [(DATABASE, copy), *_photographs(files, facts)]
                pyrage.encrypt_io(_Stream(_packed(parts, facts, now)), file, [to])
                file.flush()
                os.fsync(file.fileno())
        draft.rename(path)
        return path, facts
    except (OSError, pyrage.EncryptError) as error:
        raise StorageError(f"{path}: no se pudo escribir el respaldo ({error}); revise el espacio y los permisos") from None
    finally:
        draft.unlink(missing_ok=True)


def throw_away_old(folder: Path, days: int, now: datetime) -> list[Path]:
    """Backups of that folder older than so many days, by their names: erasing somebody does not reach into them."""
    old = []
    for path in sorted(folder.iterdir()):
        match = NAME.fullmatch(path.name)
        if match and datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) < now - timedelta(days=days):
            path.unlink()
            old.append(path)
    return old


def _recipient(text: str | None) -> "pyrage.x25519.Recipient":
    if not text:
        raise SettingsError("PUENTE_BACKUP_RECIPIENT: falta para quién se cifran los respaldos; vea «./puente backup --new-identity»")
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise SettingsError("PUENTE_BACKUP_RECIPIENT: no es una clave pública de age (age1…)") from None


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _photographs(files: Path, facts: Facts) -> Iterator[tuple[str, Path]]:
    """Those that the copy of the database speaks of. One that was deleted since is not missed."""
    wanted = set(facts.stored)
    for path in sorted(files.iterdir()) if files.is_dir() else ():
        if path.name in wanted or path.stem in wanted:
            yield f"{FILES}/{path.name}", path


def _packed(parts: list[tuple[str, Path]], facts: Facts, now: datetime) -> Iterator[bytes]:
    """A tar of the parts, with the manifest last: only then are their digests known."""
    digests = {}
    for name, path in parts:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            size = left = os.fstat(file.fileno()).st_size
            digest = sha256()
            yield _header(name, size)
            while left:
                block = file.read(min(left, _BLOCK))
                if not block:
                    raise OSError(f"{name} se acortó mientras se leía")
                digest.update(block)
                left -= len(block)
                yield block
            yield _padding(size)
            digests[name] = digest.hexdigest()
    manifest = {"format": FORMAT, "made_at": now.astimezone(UTC).isoformat(), "files": digests, **asdict(facts)}
    data = json.dumps(manifest, indent=1).encode()
    yield _header(MANIFEST, len(data)) + data + _padding(len(data)) + bytes(2 * tarfile.BLOCKSIZE)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


class _Stream(RawIOBase):
    """What is packed, as something to read from."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
