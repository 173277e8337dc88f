"""Staff: invited with a role by a one-time link, found when they act, revoked at once."""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot import audit
from bot.accounts import sessions
from bot.errors import RefusedError
from bot.handoff import tickets
from bot.permissions import Action, Actor, require
from bot.records.columns import KeyRing
from bot.records.staff import Role, Staff

INVITED_FOR = timedelta(days=3)
OPERATOR = Actor("operator", Role.ADMIN)  # who has the server, and so the keys: may invite the first administrator
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_RESERVED = ("person", "assistant", "operator", "staff", "partner", "unknown", "stranger")


def acting(session: Session, name: str | None, action: Action) -> Actor:
    """The member of staff of that name, if they may do that. Raises RefusedError."""
    if not name:
        raise RefusedError("Falta quién lo hace: agregue --who y su nombre")
    member = _of(session, name)
    if member is None or member.revoked_at is not None:
        raise RefusedError(f"{name} no es parte del equipo; agréguele con «./puente staff add»")
    actor = Actor(member.name, member.role, member.organization_id)
    require(actor, action)
    return actor


def invite(session: Session, by: Actor, name: str, role: Role, organization_id: str | None, now: datetime) -> tuple[Staff, str]:
    """A new member and what stands in their one-time link. Raises RefusedError."""
    require(by, Action.STAFF_MANAGE)
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise RefusedError(f"«{name}» no sirve como nombre: use minúsculas sin acento, números, punto o guion, como rosa.perez")
    if (role is Role.PARTNER) != (organization_id is not None):
        raise RefusedError("Una cuenta «partner» necesita la oficina que recibe los casos (--organization); las demás no la llevan")
    if _of(session, name):
        raise RefusedError(f"Ya existe {name}; un nombre no se usa dos veces, porque el registro de accesos lo menciona")
    token = secrets.token_urlsafe(24)
    member = Staff(
        name=name, role=role, organization_id=organization_id, created_at=now, created_by=by.name,
        invitation=_hash(token), invitation_expires_at=now + INVITED_FOR,
    )  # fmt: skip
    session.add(member)
    session.flush()
    audit.write(session, by, Action.STAFF_MANAGE, None, now, why=f"add {name} {role}")
    return member, token


def invited(session: Session, token: str, now: datetime, is_locked: bool = False) -> Staff | None:
    """Whose invitation that is, while it can be accepted. `is_locked`: until the transaction ends nobody else accepts it."""
    query = _invitation(token, now)
    return session.scalar(query.with_for_update() if is_locked else query)


def invite_again(session: Session, by: Actor, name: str, now: datetime) -> tuple[Staff, str]:
    """Another link for who has not finished with theirs; the one before is dead. Raises RefusedError."""
    require(by, Action.STAFF_MANAGE)
    member = _active(session, name)
    if member.totp:
        raise RefusedError(f"{name} ya entra con su contraseña; si la perdió, o perdió su teléfono, use «Empezar de nuevo» (staff reset)")
    return _with_new_link(session, by, member, "invite", now)


def reset(session: Session, by: Actor, name: str, now: datetime) -> tuple[Staff, str]:
    """Who lost the telephone or the password begins anew with a new link; their open sessions end. Raises RefusedError."""
    require(by, Action.STAFF_MANAGE)
    member = _active(session, name)
    member.password = member.totp = member.totp_offered = member.totp_offered_at = member.recovery = None
    member.failures, member.locked_until = 0, None
    sessions.end(session, member.id, now)
    return _with_new_link(session, by, member, "reset", now)


def end_sessions(session: Session, by: Actor, name: str, now: datetime) -> int:
    """How many browsers they were signed in with."""
    require(by, Action.STAFF_MANAGE)
    ended = sessions.end(session, _active(session, name).id, now)
    audit.write(session, by, Action.STAFF_MANAGE, None, now, why=f"end sessions {name}")
    return ended


def revoke(session: Session, by: Actor, name: str, now: datetime) -> Staff:
    """From now on they may do nothing, and whom they attended waits for others. Raises RefusedError; the last administrator stays."""
    require(by, Action.STAFF_MANAGE)
    administrators = _administrators(session)  # before anybody else is locked: two who revoke each other must not wait for each other
    member = _active(session, name)
    if member.role is Role.ADMIN and len(administrators) == 1:
        raise RefusedError(f"{name} es la única cuenta «admin»; agregue otra antes de quitarla")
    sessions.end(session, member.id, now)
    member.revoked_at, member.invitation = now, None
    member.password = member.totp = member.totp_offered = member.recovery = member.telegram = member.telegram_code = member.email = None
    tickets.release_all(session, name, by.name, now)
    audit.write(session, by, Action.STAFF_MANAGE, None, now, why=f"revoke {name}")
    return member


def every(session: Session) -> list[Staff]:
    return list(session.scalars(select(Staff).order_by(Staff.revoked_at.is_not(None), Staff.name)))


def of_office(session: Session, organization_id: str | None) -> frozenset[str]:
    """The names of the accounts of an institution, also of those closed since."""
    return frozenset(session.scalars(select(Staff.name).where(Staff.organization_id == organization_id)))


def has_administrator(session: Session) -> bool:
    return session.scalar(select(Staff.id).where(Staff.role == Role.ADMIN, Staff.revoked_at.is_(None)).limit(1)) is not None


def _active(session: Session, name: str) -> Staff:
    """Locked. Raises RefusedError."""
    member = session.scalar(select(Staff).where(Staff.name == name).with_for_update())
    if member is None or member.revoked_at:
        raise RefusedError(f"No hay nadie del equipo que se llame {name}")
    return member


def _with_new_link(session: Session, by: Actor, member: Staff, what: str, now: datetime) -> tuple[Staff, str]:
    token = secrets.token_urlsafe(24)
    member.invitation, member.invitation_expires_at = _hash(token), now + INVITED_FOR
    audit.write(session, by, Action.STAFF_MANAGE, None, now, why=f"{what} {member.name}")
    return member, token


def _administrators(session: Session) -> list[Staff]:
    """Locked: of two who revoke each other at once, the second has to wait and then sees who is left."""
    query = select(Staff).where(Staff.role == Role.ADMIN, Staff.revoked_at.is_(None)).order_by(Staff.id).with_for_update()
    return list(session.scalars(query))


def _of(session: Session, name: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.name == name))


def _invitation(token: str, now: datetime) -> Select[Staff]:
    return select(Staff).where(Staff.invitation == _hash(token), Staff.revoked_at.is_(None), Staff.invitation_expires_at >= now)


def _hash(token: str) -> str:
    return KeyRing.current().hash("invitation", token)
