"""What certificates are signed with: RSA keys of 2048 bits, RS256, named by their thumbprint (RFC 7638).

RS256 is the algorithm that Open Badges 3.0 asks of every issuer (§8.2.2, «alg»), and every browser's WebCrypto verifies it. One key signs
at a time; a retired one stays public, because it still verifies what it signed. The private part lies encrypted in the records. Of one that
got out only the name is public, so that everybody can refuse what it signed: bot/courses/leaks.py.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.records.learning import SigningKey

ALGORITHM = "RS256"
BITS = 2048
LEAKED = "leaked"
_ONE_AT_A_TIME = 7_238_472  # the name of PostgreSQL's lock; SQLite has one writer anyway

type Signer = Callable[[Mapping[str, Any], str | None], str]


def current(session: Session, now: datetime) -> SigningKey:
    """The key that signs, made at first need."""
    found = _current(session)
    if found is None:
        lock(session)
        found = _current(session) or _make(session, now)
    return found


def renew(session: Session, by: Actor, now: datetime) -> SigningKey:
    """Another key signs from now on. What the old one signed stays good. Raises RefusedError."""
    require(by, Action.KEYS_ROTATE)
    lock(session)
    old = _current(session)
    if old is not None:
        old.retired_at = now
    made = _make(session, now)
    audit.write(session, by, Action.KEYS_ROTATE, None, now, why=f"certificates {made.name}")
    return made


def public_keys(session: Session) -> dict[str, Any]:
    """All whose signature proves something, as a JWK set (RFC 7517), and in a member of our own (§5 lets it stand there) the names of those
    that got out."""
    keys = list(session.scalars(select(SigningKey).order_by(SigningKey.id)))
    sound, leaked = [key for key in keys if key.leaked_at is None], [key.name for key in keys if key.leaked_at is not None]
    return {"keys": [dict(key.public) for key in sound], LEAKED: leaked}


def public_key(session: Session, name: str) -> dict[str, Any] | None:
    """The one of that name, unless it got out."""
    key = session.scalar(select(SigningKey).where(SigningKey.name == name, SigningKey.leaked_at.is_(None)))
    return dict(key.public) if key else None


def is_leaked(session: Session, name: str) -> bool:
    return session.scalar(select(SigningKey.id).where(SigningKey.name == name, SigningKey.leaked_at.is_not(None))) is not None


def sign(key: SigningKey, payload: Mapping[str, Any], address: str | None) -> str:
    """The compact JWS. `address`: where the public key alone can be read; the specification allows no header but these four, and a `kid`
    only where it leads to the key (§8.2.2). Raises RefusedError."""
    return signer(key)(payload, address)


def signer(key: SigningKey) -> Signer:
    """`sign` for many: reading a key takes a hundred times as long as signing with it. Raises RefusedError."""
    if key.private is None or key.leaked_at is not None:
        raise RefusedError(f"La clave {key.name} se filtró y ya no firma nada")
    private, public = RSAKey.import_key(key.private), dict(key.public)

    def sign_with_it(payload: Mapping[str, Any], address: str | None) -> str:
        header = {"alg": ALGORITHM, "typ": "JWT", "jwk": public, **({"kid": address} if address else {})}
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return jws.serialize_compact(header, body, private, algorithms=[ALGORITHM])

    return sign_with_it


def lock(session: Session) -> None:
    """Until the end of this transaction nobody else makes a key."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})


def _current(session: Session) -> SigningKey | None:
    """Held until the end of this transaction: who says that it got out waits for what is being signed with it, and signs that again."""
    query = select(SigningKey).where(SigningKey.retired_at.is_(None)).order_by(SigningKey.id.desc()).limit(1)
    return session.scalar(query.with_for_update(read=True))


def _make(session: Session, now: datetime) -> SigningKey:
    """Its name begins with no dash: in our commands it would look like an option."""
    made = RSAKey.generate_key(BITS)
    while (name := made.thumbprint()).startswith("-"):
        made = RSAKey.generate_key(BITS)
    public = {**made.as_dict(private=False), "kid": name, "alg": ALGORITHM, "use": "sig"}
    key = SigningKey(name=name, private=made.as_pem(private=True).decode(), public=public, made_at=now)
    session.add(key)
    session.flush()
    return key
