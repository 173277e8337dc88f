"""A member's account and their Telegram: linked by a code that the console shows and that they send to the bot, once and soon.

Of their number on Telegram only a keyed hash is kept, as of everybody's.
"""

import re
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.accounts.tries import actor_of
from bot.records.columns import KeyRing
from bot.records.staff import Staff

LIVES = timedelta(minutes=10)
_LETTERS, _LONG = "23456789abcdefghjkmnpqrstuvwxyz", 10
CODE = re.compile(f"[{_LETTERS}]{{{_LONG}}}")


def offer(session: Session, member: Staff, now: datetime | None = None) -> str:
    """What the member writes to the bot after `/soy`; an earlier one is worth nothing any more."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LONG))
    member.telegram_code, member.telegram_code_expires_at = _hash("code", code), (now or datetime.now(UTC)) + LIVES
    return code


def take(session: Session, code: str, telegram_user_id: str, now: datetime | None = None) -> Staff | None:
    """The member who is linked with that account of Telegram from now on, alone. None: no such code, or not any more."""
    moment = now or datetime.now(UTC)
    found = session.scalar(select(Staff).where(Staff.telegram_code == _hash("code", code.strip().lower())).with_for_update())
    if found is None or found.revoked_at or not found.telegram_code_expires_at or found.telegram_code_expires_at < moment:
        return None
    earlier = of(session, telegram_user_id)
    if earlier and earlier.id != found.id:
        earlier.telegram = None
        session.flush()
    found.telegram, found.telegram_code, found.telegram_code_expires_at = _hash("user", telegram_user_id), None, None
    audit.write(session, actor_of(found), "staff.telegram", None, moment, why="linked")
    return found


def of(session: Session, telegram_user_id: str) -> Staff | None:
    """Who that account of Telegram belongs to, if they still work here."""
    return session.scalar(select(Staff).where(Staff.telegram == _hash("user", telegram_user_id), Staff.revoked_at.is_(None)))


def undo(session: Session, member: Staff, now: datetime) -> None:
    member.telegram = member.telegram_code = member.telegram_code_expires_at = None
    audit.write(session, actor_of(member), "staff.telegram", None, now, why="taken back")


def _hash(what: str, text: str) -> str:
    return KeyRing.current().hash("telegram of staff", what, text)
