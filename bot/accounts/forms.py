"""A form does what it does once, however often a slow line or the back button sends it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.records.columns import KeyRing
from bot.records.staff import UsedForm

REMEMBERED = timedelta(days=2)
OF_THE_PAGE = {"csrf", "once", "seen"}  # what the page says, not who sends it: `seen` changes under a reply whose answer got lost


def name_of(fields: Mapping[str, str], path: str) -> str:
    """A form that was sent: the page it comes from, what it does and what it says. Other words, typed after going back, are another one."""
    said = sorted((name, value) for name, value in fields.items() if name not in OF_THE_PAGE)
    return KeyRing.current().hash("form", fields["once"], path, json.dumps(said))


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
