"""The keys that records are encrypted with, and the keyed hash that stands for a person.

Fernet (AES-128-CBC with HMAC-SHA256) from the library `cryptography`; MultiFernet reads with every key and writes with the
first, so a key can be added in front without touching what is stored. The file lives beside the database and never in
it: whoever copies the database alone can read nothing.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import KeysError

HEADER = "# Keys of this Puente. Without this file its records cannot be read: keep a copy apart from the database's backups.\n"


class Keys:
    """Encrypts, decrypts and hashes. Keep one in the process; it is safe to share between threads."""

    def __init__(self, encryption: list[bytes], hashing: bytes, sign_seed: bytes | None = None, path: Path | None = None) -> None:
        self.sign_seed, self.path = sign_seed, path  # what receipts are signed with, made at first need; the file they were read from
        self._fernet = MultiFernet([Fernet(key) for key in encryption])
        self._hashing = hashing

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode("utf-8", "replace"))  # half a surrogate pair must not stop what is around it

    def decrypt(self, stored: bytes) -> str:
        try:
            return self._fernet.decrypt(bytes(stored)).decode()
        except InvalidToken:
            raise KeysError(
                "Un registro no se puede leer con las claves de PUENTE_KEYS; vuelva a poner el archivo de claves con que se escribió"
            ) from None

    def encrypt_bytes(self, data: bytes) -> bytes:
        return self._fernet.encrypt(data)

    def decrypt_bytes(self, stored: bytes) -> bytes:
        """Raises KeysError."""
        try:
            return self._fernet.decrypt(stored)
        except InvalidToken:
            raise KeysError("Un archivo no se puede leer con las claves de PUENTE_KEYS, o está dañado") from None

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
        lines = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip() and not line.startswith("#")]
        encryption = [value.encode() for kind, value in lines if kind == "encrypt"]
        hashing = [base64.urlsafe_b64decode(value) for kind, value in lines if kind == "hash"]
        signing = [base64.urlsafe_b64decode(value) for kind, value in lines if kind == "sign"]
        if not encryption or len(hashing) != 1 or len(hashing[0]) < 32:
            raise ValueError("debe tener una línea `encrypt …` o más y una línea `hash …`")
        return Keys(encryption, hashing[0], signing[0] if signing else None, path)
    except (ValueError, UnicodeDecodeError) as error:
        raise KeysError(f"{path}: no es un archivo de claves ({error}); vuelva a poner el correcto") from None
    except OSError as error:
        raise KeysError(f"{path}: no se puede leer el archivo de claves ({error.strerror}); corrija sus permisos") from None


def _write_new(path: Path) -> None:
    hashing = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    text = f"{HEADER}encrypt {Fernet.generate_key().decode()}\nhash {hashing}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: then its keys are the keys
            os.link(draft, path)
        draft.unlink()
    except OSError as error:
        raise KeysError(
            f"{path}: no se puede escribir el archivo de claves ({error.strerror}); cambie la carpeta con PUENTE_VAR o PUENTE_KEYS"
        ) from None
