"""Files of rows to take along: encrypted with a password that is kept nowhere, by a link that works once and for a day.

The format is age's, with a passphrase: it is opened with `age --decrypt`, on any machine. https://age-encryption.org/v1
"""

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.permissions import Action, Actor
from bot.records.columns import KeyRing
from bot.records.reviews import Export

LASTS = timedelta(hours=24)
SHORTEST_PASSWORD = 12
GONE = "Ese archivo ya no está: se bajó una vez, pasó su día o lo hizo otra persona. Haga otro."


def require_password(password: str, again: str) -> None:
    """Raises RefusedError."""
    if len(password) < SHORTEST_PASSWORD:
        raise RefusedError(f"La contraseña del archivo es muy corta: escriba {SHORTEST_PASSWORD} letras o más")
    if password != again:
        raise RefusedError("Las dos contraseñas no son iguales: escríbalas otra vez")


def sealed(content: bytes, password: str) -> bytes:
    """Takes about a second, on purpose: so does each guess of who finds the file."""
    made: bytes = pyrage.passphrase.encrypt(content, password)
    return made


def keep(session: Session, actor: Actor, what: str, rows: int, content: bytes, folder: Path, now: datetime) -> str:
    """What stands in the link. The audit says who took how many rows of what."""
    token = secrets.token_urlsafe(24)
    made = Export(token=_hash(token), who=actor.name, what=what, rows=rows, made_at=now, expires_at=now + LASTS)
    session.add(made)
    session.flush()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(_path(folder, made), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    audit.write(session, actor, Action.TICKET_EXPORT, None, now, why=f"made {what} {rows}")
    return token


def take(session: Session, actor: Actor, token: str, folder: Path, now: datetime) -> tuple[str, bytes]:
    """What it is and the file, once, for who made it. Raises RefusedError."""
    found = session.scalar(select(Export).where(Export.token == _hash(token)).with_for_update())
    if found is None or found.who != actor.name or found.taken_at is not None or found.expires_at <= now:
        raise RefusedError(GONE)
    try:
        content = _path(folder, found).read_bytes()
    except FileNotFoundError:
        raise RefusedError(GONE) from None
    found.taken_at = now
    audit.write(session, actor, Action.TICKET_EXPORT, None, now, why=f"taken {found.what} {found.rows}")
    _path(folder, found).unlink()
    return found.what, content


def sweep(session: Session, folder: Path, now: datetime) -> int:
    """What nobody came for goes; so do files of which nothing is known. Returns how many files."""
    session.execute(delete(Export).where(Export.expires_at <= now))
    known = {_path(folder, each).name for each in session.scalars(select(Export).where(Export.taken_at.is_(None)))}
    stale = [path for path in folder.glob("*.age") if path.name not in known] if folder.is_dir() else []
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _path(folder: Path, made: Export) -> Path:
    return folder / f"{made.id}.age"


def _hash(token: str) -> str:
    return KeyRing.current().hash("export", token)
