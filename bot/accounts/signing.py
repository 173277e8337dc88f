"""Signing in and out: the password begins a session that can do nothing yet, the second factor confirms it under another name."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import audit
from bot.accounts import second_factor, sessions, tries
from bot.accounts.tries import Try
from bot.records.staff import Staff


@dataclass(frozen=True)
class CodeTaken:
    """`token`: what stands in the cookie from now on; none: the code was wrong, or it has to `wait`."""

    token: str | None = None
    wait: timedelta = timedelta(0)
    codes_left: int | None = None  # of the paper, when one of them was used


def begin(session: Session, tried: Try, browser: str, now: datetime) -> str | None:
    """What stands in the cookie of who gave the right password. None: the account was never finished, which its invitation's link does."""
    member = tries.right(session, tried)
    if member.revoked_at or not member.totp:
        return None
    return sessions.begin(session, member, browser, now, is_confirmed=False)


def give_code(session: Session, signed: sessions.Signed, code: str, now: datetime) -> CodeTaken:
    member = session.get_one(Staff, signed.staff_id, with_for_update=True, populate_existing=True)
    if wait := tries.left(member, now):
        return CodeTaken(wait=wait)
    given = second_factor.take(member, code, now)
    if given is None:
        tries.count(member, now)
        tries.write_failure(session, member, "code", now)
        return CodeTaken(wait=tries.left(member, now))
    tries.forget(member)
    audit.write(session, tries.actor_of(member), "staff.sign_in", None, now, why=given)
    left = len(member.recovery or []) if given == "recovery code" else None
    return CodeTaken(sessions.renew(session, signed.session_id, now), codes_left=left)


def sign_out(session: Session, signed: sessions.Signed, now: datetime) -> None:
    sessions.end(session, signed.staff_id, now, signed.session_id)
    audit.write(session, signed.actor, "staff.sign_out", None, now)
