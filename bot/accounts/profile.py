"""What members change of their own account. The password was asked and compared before, where it says so."""

import re
from collections.abc import Container
from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.accounts import second_factor, sessions
from bot.accounts.sessions import Signed
from bot.errors import RefusedError
from bot.records.staff import Staff

_EMAIL = re.compile(r"[^\s@<>,;:\"()]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.IGNORECASE)


def read(session: Session, signed: Signed) -> Staff:
    return session.get_one(Staff, signed.staff_id)


def change_password(session: Session, signed: Signed, password: str, now: datetime) -> str:
    """`password`: the new one's hash; the old one was proved. Ends the other sessions and renames this one, whose new name it returns."""
    read(session, signed).password = password
    sessions.end(session, signed.staff_id, now, but=signed.session_id)
    audit.write(session, signed.actor, "staff.password", None, now)
    return sessions.renew(session, signed.session_id, now)


def change_telephone(session: Session, signed: Signed, code: str, now: datetime) -> tuple[str, list[str]]:
    """The new second factor was offered to who proved the password. The session's new name and new codes. Raises RefusedError."""
    codes = second_factor.confirm(session.get_one(Staff, signed.staff_id, with_for_update=True), code, now)
    sessions.end(session, signed.staff_id, now, but=signed.session_id)
    audit.write(session, signed.actor, "staff.second_factor", None, now)
    return sessions.renew(session, signed.session_id, now), codes


def new_codes(session: Session, signed: Signed, now: datetime) -> list[str]:
    """The password was proved."""
    audit.write(session, signed.actor, "staff.recovery_codes", None, now)
    return second_factor.new_codes(read(session, signed))


def set_contact(session: Session, signed: Signed, email: str, language: str, offered: Container[str], now: datetime) -> None:
    """Where alerts are sent, and the console's language: one of those `offered`. Raises RefusedError."""
    if email and not (_EMAIL.fullmatch(email) and len(email) <= 128):
        raise RefusedError("Ese correo no parece completo; escríbalo como nombre@institucion.mx, o deje el espacio vacío")
    if language not in offered:
        raise RefusedError("Elija uno de los idiomas de la lista")
    member = read(session, signed)
    if (member.email or "") != email:
        audit.write(session, signed.actor, "staff.email", None, now)
    member.email, member.language = email or None, language


def set_away(session: Session, signed: Signed, is_away: bool, now: datetime) -> None:
    """Away they are given no new conversations; those they hold stay theirs."""
    member = read(session, signed)
    if member.is_away != is_away:
        member.is_away = is_away
        audit.write(session, signed.actor, "staff.away" if is_away else "staff.back", None, now)


def end_session(session: Session, signed: Signed, session_id: int | None, now: datetime) -> int:
    """One of their other sessions; without a number all but this one. How many."""
    ended = sessions.end(session, signed.staff_id, now, session_id, but=signed.session_id)
    if ended:
        audit.write(session, signed.actor, "staff.end_sessions", None, now, why=str(ended))
    return ended
