"""An invitation becomes an account: a password, then the second factor. Only then is the link dead, so who was interrupted goes on with it.

Whoever follows the link last has it: choosing a password ends what an earlier follower had begun.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit, staff
from bot.accounts import second_factor, sessions, tries
from bot.errors import RefusedError
from bot.records.staff import Staff


def choose_password(session: Session, token: str, password: str, browser: str, now: datetime) -> str:
    """`password`: its hash. Returns what stands in the cookie of the session in which they go on. Raises RefusedError."""
    member = staff.invited(session, token, now, is_locked=True)
    if member is None:
        raise RefusedError("Esta invitación ya se usó o venció; pida otra a quien administra las cuentas")
    member.password, member.totp_offered, member.totp_offered_at = password, None, None
    sessions.end(session, member.id, now)
    return sessions.begin(session, member, browser, now, is_confirmed=False)


def finish(session: Session, signed: sessions.Signed, code: str, now: datetime) -> tuple[str, list[str]]:
    """The session's new name, and the codes for the paper. Raises RefusedError."""
    member = session.get_one(Staff, signed.staff_id, with_for_update=True, populate_existing=True)
    if member.totp or not member.invitation or not member.invitation_expires_at or member.invitation_expires_at < now:
        raise RefusedError("La invitación ya se usó o venció; pida otra a quien administra las cuentas")
    codes = second_factor.confirm(member, code, now)
    member.invitation = member.invitation_expires_at = None
    member.accepted_at = member.accepted_at or now
    tries.forget(member)
    audit.write(session, tries.actor_of(member), "staff.accept", None, now)
    return sessions.renew(session, signed.session_id, now), codes
