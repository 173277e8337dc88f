"""A form does what it does once, however often a slow line or the back button sends it."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.records.staff import UsedForm

REMEMBERED = timedelta(days=2)


def use(session: Session, once: str, who: str, now: datetime) -> bool:
    """In the transaction of what the form does. False: it was taken before."""
    if session.get(UsedForm, once) is not None:
        return False
    session.add(UsedForm(once=once, who=who, at=now))
    session.flush()
    return True


def forget(session: Session, now: datetime) -> int:
    gone = session.execute(delete(UsedForm).where(UsedForm.at < now - REMEMBERED))
    return int(gone.rowcount)  # type: ignore[attr-defined]
