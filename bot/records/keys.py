"""The keys that records are encrypted with, and the keyed hash that stands for a person.

Fernet (AES-128-CBC with HMAC-SHA256) from the library `cryptography`; MultiFernet reads with every key and writes with the
first, so a key can be added in front without touching what is stored. The file lives beside the database and never in
it: whoever copies the database alone can read nothing. A running process follows the file: it looks at it before it writes, at most
once a second, and at once when it meets something it cannot read.
"""

import base64
import contextlib
import fcntl
import hashlib
import hmac
import logging
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import KeysError

HEADER = "# Keys of this Puente. Without this file its records cannot be read: keep a copy apart from the database's backups.\n"
LOOK_EVERY = 1.0  # seconds, at most, until a process that writes notices that the file is another

type Mark = tuple[int, int, int]

logger = logging.getLogger(__name__)


class Keys:
    """Encrypts, decrypts and hashes. Keep one in the process; it is safe to share between threads. `path`: where they are read anew."""

    def __init__(
        self, encryption: list[bytes], hashing: bytes, sign_seed: bytes | None = None, path: Path | None = None, mark: Mark | None = None
    ) -> None:
        self.sign_seed, self.path = sign_seed, path  # what receipts are signed with, made at first need; the file they were read from
        self._fernets = _fernets(encryption)
        self._hashing = hashing
        self._mark, self._looked_at = mark, time.monotonic()

    def encrypt(self, text: str) -> bytes:
        return self.encrypt_bytes(text.encode("utf-8", "replace"))  # half a surrogate pair must not stop what is around it

    def encrypt_bytes(self, data: bytes) -> bytes:
        if self.path and time.monotonic() - self._looked_at >= LOOK_EVERY:
            self.follow()
        return self._fernets[1].encrypt(data)

    def decrypt(self, stored: bytes) -> str:
        return self.decrypt_bytes(stored).decode()

    def decrypt_bytes(self, stored: bytes) -> bytes:
        try:
            return self._fernets[1].decrypt(bytes(stored))
        except InvalidToken:
            if self.follow():
                return self.decrypt_bytes(stored)
            raise KeysError(
                "Un registro no se puede leer con las claves de PUENTE_KEYS; vuelva a poner el archivo de claves con que se escribió"
            ) from None

    def renewed(self, stored: bytes) -> bytes | None:
        """The same under the first key; None if it is already. Raises KeysError when no key reads it."""
        first, every = self._fernets
        try:
            first.decrypt(bytes(stored))
            return None
        except InvalidToken:
            pass
        try:
            return every.rotate(bytes(stored))
        except InvalidToken:
            raise KeysError("Un registro no se puede leer con ninguna de las claves de PUENTE_KEYS") from None

    def follow(self) -> bool:
        """Read the file anew if it is another. While it cannot be read, the keys at hand go on. True: there are others now."""
        self._looked_at = time.monotonic()
        if self.path is None:
            return False
        try:
            mark = _mark_of(self.path)
            if mark == self._mark:
                return False
            encryption, hashing, sign_seed = _parsed(self.path)
        except (OSError, ValueError):
            return False
        self._mark = mark
        if not hmac.compare_digest(hashing, self._hashing):
            logger.error("The file of the keys is another installation's now; its keys are not taken up")
            return False
        self._fernets, self.sign_seed = _fernets(encryption), sign_seed or self.sign_seed
        return True

    def hash(self, *parts: str) -> str:
        """A name for a person that says nothing without the key; 32 hexadecimal digits."""
        return hmac.new(self._hashing, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def read_keys(path: Path, may_create: bool) -> Keys:
    """The keys in the file, made anew if there is none and `may_create`. Raises KeysError."""
    if not path.exists():
        if not may_create:
            raise KeysError(
                f"{path}: faltan las claves de cifrado y ya hay registros en la base de datos; vuelva a ponerlas o indique PUENTE_KEYS"
            )
        _write_new(path)
    try:
        mark = _mark_of(path)  # before it is read: what changes meanwhile is noticed
        return Keys(*_parsed(path), path, mark)
    except (ValueError, UnicodeDecodeError) as error:
        raise KeysError(f"{path}: no es un archivo de claves ({error}); vuelva a poner el correcto") from None
    except OSError as error:
        raise KeysError(f"{path}: no se puede leer el archivo de claves ({error.strerror}); corrija sus permisos") from None


def encryption_keys(path: Path) -> int:
    """How many keys the file reads with. More than one: a rotation was not finished, or the old ones were kept."""
    return len(_parsed(path)[0])


def put_in_front(path: Path) -> None:
    """A new key to write with; the others still read."""
    _rewrite(path, lambda lines: [f"encrypt {Fernet.generate_key().decode()}", *lines])


def value_of(path: Path, kind: str, new: str) -> str:
    """What the file has on its line of that kind; `new`, from now on, if it has none. The same for all processes that ask at once."""

    def change(lines: list[str]) -> list[str]:
        found.extend(line.split()[1] for line in lines if line.startswith(f"{kind} "))
        return lines if found else [*lines, f"{kind} {new}"]

    found: list[str] = []
    _rewrite(path, change)
    return found[0] if found else new


def drop_all_but_first(path: Path) -> None:
    def change(lines: list[str]) -> list[str]:
        first = next(line for line in lines if line.startswith("encrypt "))
        return [line for line in lines if not line.startswith("encrypt ") or line is first]

    _rewrite(path, change)


def _rewrite(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    """The file with other lines, whole at any moment, its owner's as before. One process at a time."""
    path = path.resolve()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        lines = path.read_text(encoding="ascii").splitlines()
        comments, values = [line for line in lines if line.startswith("#")], [line for line in lines if not line.startswith("#")]
        changed = change(values)
        if changed == values:
            return
        draft = _draft(path, "\n".join([*comments, *changed]) + "\n")
        try:
            _parsed(draft)
            owner = path.stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        os.fsync(folder)
    except OSError as error:
        raise KeysError(
            f"{path}: no se puede cambiar el archivo de claves ({error.strerror}); corrija los permisos de su carpeta"
        ) from None
    finally:
        os.close(folder)


def _parsed(path: Path) -> tuple[list[bytes], bytes, bytes | None]:
    """Raises OSError or ValueError."""
    lines = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip() and not line.startswith("#")]
    encryption = [value.encode() for kind, value in lines if kind == "encrypt"]
    hashing = [base64.urlsafe_b64decode(value) for kind, value in lines if kind == "hash"]
    signing = [base64.urlsafe_b64decode(value) for kind, value in lines if kind == "sign"]
    if not encryption or len(hashing) != 1 or len(hashing[0]) < 32:
        raise ValueError("debe tener una línea `encrypt …` o más y una línea `hash …`")
    _fernets(encryption)
    return encryption, hashing[0], signing[0] if signing else None


def _fernets(encryption: list[bytes]) -> tuple[Fernet, MultiFernet]:
    every = [Fernet(key) for key in encryption]
    return every[0], MultiFernet(every)


def _mark_of(path: Path) -> Mark:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _write_new(path: Path) -> None:
    hashing = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    text = f"{HEADER}encrypt {Fernet.generate_key().decode()}\nhash {hashing}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, text)
        with contextlib.suppress(FileExistsError):  # another process was first: then its keys are the keys
            os.link(draft, path)
        draft.unlink()
    except OSError as error:
        raise KeysError(
            f"{path}: no se puede escribir el archivo de claves ({error.strerror}); cambie la carpeta con PUENTE_VAR o PUENTE_KEYS"
        ) from None


def _draft(path: Path, text: str) -> Path:
    """On the disk, readable by its owner alone."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    draft.unlink(missing_ok=True)  # of a process of the same number that died
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
