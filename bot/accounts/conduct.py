"""The code of conduct, which everybody accepts in the version that holds."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot import audit
from bot.accounts import sessions, tries
from bot.content.team import Conduct
from bot.errors import RefusedError
from bot.records.staff import Staff


def accept(session: Session, signed: sessions.Signed, version: str, current: Conduct, now: datetime) -> str:
    """Returns the session's new name. Raises RefusedError when another version was read than holds."""
    if version != current.version:
        raise RefusedError("El código de conducta cambió mientras usted lo leía; ábralo otra vez")
    member = session.get_one(Staff, signed.staff_id)
    member.conduct, member.conduct_at = version, now
    audit.write(session, tries.actor_of(member), "staff.conduct", None, now, why=version)
    return sessions.renew(session, signed.session_id, now)
