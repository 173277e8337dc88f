"""A signing key whose private part got out: nothing that it signed proves anything any more, and what still holds is signed again.

Who has the key can write any date and any number, so no file tells a false certificate from a true one. Our records do: what stands there
is signed by the present key, and nothing that somebody presents. All of it is one transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.courses import signing
from bot.courses.verification import header_in, key_named, payload_in
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.records.learning import Certificate, SigningKey

BATCH = 200


@dataclass(frozen=True)
class Leak:
    """`signs`: the name of the key that signs from now on; `was_in_use`: it was made for that; `signed_anew`: how many certificates."""

    key: str
    signs: str
    was_in_use: bool
    signed_anew: int


def declare(session: Session, by: Actor, begun: str, now: datetime) -> Leak:
    """That key got out. `begun`: its name or the beginning of it, or its address. Raises RefusedError."""
    require(by, Action.KEYS_ROTATE)
    signing.lock(session)
    leaked = _held(session, _name(session, begun))
    was_in_use = leaked.retired_at is None
    leaked.leaked_at, leaked.retired_at, leaked.private = now, leaked.retired_at or now, None
    session.flush()
    key = signing.current(session, now)
    count = _sign_anew(session, leaked.name, key, now)
    audit.write(session, by, Action.KEYS_ROTATE, None, now, why=f"certificates leaked {leaked.name} signed again {count} by {key.name}")
    return Leak(leaked.name, key.name, was_in_use, count)


def _name(session: Session, begun: str) -> str:
    begun = begun.strip().rpartition("/")[2]
    names = list(session.scalars(select(SigningKey.name).order_by(SigningKey.id)))
    found = [name for name in names if begun and name.startswith(begun)]
    if not found:
        raise RefusedError("No hay una clave con ese nombre; véalas con ./puente badge keys («kid») y copie el nombre o su principio")
    if len(found) > 1 and begun not in found:
        raise RefusedError(f"Varias claves empiezan así: {', '.join(found)}; escriba más letras")
    return begun if begun in found else found[0]


def _held(session: Session, name: str) -> SigningKey:
    """Once nobody is signing with it; until the end of this transaction nobody begins to."""
    query = select(SigningKey).where(SigningKey.name == name).with_for_update()
    key = session.scalars(query.execution_options(populate_existing=True)).one()
    if key.leaked_at is not None:
        raise RefusedError(f"La clave {name} ya estaba marcada como filtrada; no se cambió nada")
    return key


def _sign_anew(session: Session, leaked: str, key: SigningKey, now: datetime) -> int:
    """Every certificate that still holds and that it signed: how many."""
    sign, count, after = signing.signer(key), 0, 0
    while batch := _holding(session, after, now):
        for certificate in batch:
            after, signed = certificate.id, certificate.signed or ""
            header = header_in(signed)
            if key_named(header) == leaked:
                certificate.signed = sign(payload_in(signed), _address(header, key.name))
                certificate.signed_anew_at = now
                count += 1
        session.flush()
        for certificate in batch:  # there may be many
            session.expunge(certificate)
    return count


def _holding(session: Session, after: int, now: datetime) -> list[Certificate]:
    """The next ones by id; whose holder was erased has nothing to be signed."""
    query = select(Certificate).where(
        Certificate.id > after, Certificate.signed.is_not(None), Certificate.revoked_at.is_(None), Certificate.expires_at >= now
    )  # fmt: skip
    return list(session.scalars(query.order_by(Certificate.id).limit(BATCH).with_for_update()))


def _address(header: dict[str, Any], name: str) -> str | None:
    """Beside the old one: what stands in the credential keeps the address it was issued with."""
    before = header.get("kid")
    return f"{before.rpartition('/')[0]}/{name}" if before else None
