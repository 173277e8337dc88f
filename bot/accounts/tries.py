"""How often a password or a code may be guessed: five times, then after a wait that doubles up to a quarter of an hour.

A try is counted before it is compared and taken back when it was right, so that a hundred at once are not more than one after another.
Only who gets wholly in starts anew. A name that does not exist is counted too, in the process: a lock must not tell which names exist.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.permissions import Actor
from bot.records.staff import Staff

FREE = 5
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=15)
NOBODY = Actor("unknown")  # whatever name was typed is not written down: it may be a password in the wrong field
_MOST_NAMES = 10_000
_AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Try:
    """`password`: the hash to compare with; none of who has none. `wait`: nothing may be compared so soon."""

    staff_id: int | None
    password: str | None
    wait: timedelta = _AT_ONCE


def begin(session: Session, name: str, now: datetime) -> Try | None:
    """One more try of that member, whatever comes of it. None: nobody is called so."""
    member = session.scalar(select(Staff).where(Staff.name == name, Staff.revoked_at.is_(None)).with_for_update())
    if member is None:
        return None
    if wait := left(member, now):
        return Try(member.id, None, wait)
    count(member, now)
    return Try(member.id, member.password)


def right(session: Session, tried: Try) -> Staff:
    """The password is theirs: this try was none. The others stay until the second factor is given too."""
    member = session.get_one(Staff, tried.staff_id, with_for_update=True)
    member.failures, member.locked_until = max(0, member.failures - 1), None
    return member


def wrong(session: Session, tried: Try, now: datetime) -> None:
    member = session.get(Staff, tried.staff_id) if tried.staff_id else None
    write_failure(session, member, "password", now)


def write_failure(session: Session, member: Staff | None, what: str, now: datetime) -> None:
    actor = actor_of(member) if member else NOBODY
    audit.write(session, actor, "staff.sign_in_failed", None, now, why=what)
    if member and left(member, now):
        audit.write(session, actor, "staff.locked", None, now, why=f"{member.failures} failures")


def count(member: Staff, now: datetime) -> None:
    member.failures += 1
    wait = wait_after(member.failures)
    member.locked_until = now + wait if wait else None


def forget(member: Staff) -> None:
    member.failures, member.locked_until = 0, None


def left(member: Staff, now: datetime) -> timedelta:
    return max(_AT_ONCE, member.locked_until - now) if member.locked_until else _AT_ONCE


def wait_after(failures: int) -> timedelta:
    return _AT_ONCE if failures < FREE else min(LONGEST, SHORTEST * 2 ** min(failures - FREE, 10))


def actor_of(member: Staff) -> Actor:
    return Actor(member.name, member.role, member.organization_id)


class Strangers:
    """Tries under names that do not exist."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def begin(self, name: str, now: datetime) -> Try:
        failures, until = self._tries.get(name, (0, now))
        if until > now:
            return Try(None, None, until - now)
        self._tries[name] = failures + 1, now + wait_after(failures + 1)
        self._tries.move_to_end(name)
        if len(self._tries) > _MOST_NAMES:
            self._tries.popitem(last=False)
        return Try(None, None)
