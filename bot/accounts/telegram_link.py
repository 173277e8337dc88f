"""A member's own account on Telegram: shown by a one-time code that the console gives and that is written to the bot.

The code needs no row of its own: it is a keyed digest of who asked and when, and of the account linked until then, so that it serves once.
"""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.permissions import Actor
from bot.records.columns import KeyRing
from bot.records.staff import Staff

LASTS = timedelta(minutes=10)
_LETTERS = 10
_STEP = 60  # seconds


def offer(session: Session, staff: Staff, now: datetime) -> str:
    """What the member writes after /soy, within ten minutes."""
    return f"{staff.id}-{_code(staff, int(now.timestamp()) // _STEP)}"


def take(session: Session, code: str, telegram_user_id: str, now: datetime) -> Staff | None:
    """Whose account it is from now on. None: the code is wrong, used or old. Another member's link with that account ends."""
    number, _, given = code.strip().upper().partition("-")
    if not (number.isdecimal() and len(number) < 10 and given):
        return None
    member = session.get(Staff, int(number), with_for_update=True)
    if member is None or member.revoked_at is not None:
        return None
    step = int(now.timestamp()) // _STEP
    steps = range(step, step - int(LASTS.total_seconds()) // _STEP, -1)
    if not any(hmac.compare_digest(given, _code(member, each)) for each in steps):
        return None
    for other in session.scalars(select(Staff).where(Staff.telegram == _hashed(telegram_user_id))):
        other.telegram = None
    session.flush()
    member.telegram = _hashed(telegram_user_id)
    audit.write(session, Actor(member.name, member.role, member.organization_id), "staff.telegram", None, now)
    return member


def of(session: Session, telegram_user_id: str) -> Staff | None:
    """Who of the staff that account on Telegram is."""
    return session.scalar(select(Staff).where(Staff.telegram == _hashed(telegram_user_id), Staff.revoked_at.is_(None)))


def _hashed(telegram_user_id: str) -> str:
    return KeyRing.current().hash("staff telegram", telegram_user_id)


def _code(staff: Staff, step: int) -> str:
    return KeyRing.current().hash("telegram code", str(staff.id), staff.telegram or "", str(step))[:_LETTERS].upper()
