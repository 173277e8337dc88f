"""Browsers in which somebody of the staff has signed in: found by what stands in the cookie, ended by time or by hand."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.permissions import Actor
from bot.records.columns import KeyRing
from bot.records.staff import Staff, StaffSession

LASTS = timedelta(hours=12)  # a working day
IDLE = timedelta(hours=1)
BEGUN_LASTS = timedelta(minutes=30)  # of which only the password is known
KEPT = timedelta(days=90)  # ended ones, for when somebody was last seen
MOST = 5  # of one member at once: the oldest ends
_SEEN_EVERY = timedelta(minutes=1)
_LETTERS = 32  # bytes


@dataclass(frozen=True)
class Signed:
    """Who sits in front of the browser."""

    actor: Actor
    staff_id: int
    session_id: int
    language: str
    csrf: str  # what their forms carry
    is_confirmed: bool  # with the second factor
    conduct: str | None  # version of the code of conduct that they accepted
    is_away: bool
    has_second_factor: bool


def begin(session: Session, member: Staff, browser: str, now: datetime, is_confirmed: bool) -> str:
    """A session under a new name, whatever the browser had before. Returns what stands in the cookie."""
    _make_room(session, member, now, is_confirmed)
    token = secrets.token_urlsafe(_LETTERS)
    session.add(
        StaffSession(
            staff_id=member.id, token=_hash(token), began_at=now, seen_at=now, browser=browser[:64], is_confirmed=is_confirmed,
            expires_at=now + (LASTS if is_confirmed else BEGUN_LASTS),
        )
    )  # fmt: skip
    session.flush()
    return token


def renew(session: Session, session_id: int, now: datetime, is_confirmed: bool = True) -> str:
    """The same session, trusted more, under another name: whoever knew the old one knows nothing now."""
    found = session.get_one(StaffSession, session_id)
    if not found.is_confirmed and is_confirmed:
        _make_room(session, session.get_one(Staff, found.staff_id), now, is_confirmed)
        found.expires_at = now + LASTS
    token = secrets.token_urlsafe(_LETTERS)
    found.token, found.is_confirmed, found.seen_at = _hash(token), is_confirmed, now
    session.flush()
    return token


def find(session: Session, token: str, now: datetime, is_used: bool = True) -> Signed | None:
    """None: no such session, or not any more; which of them is not told. `is_used`: by somebody, and not by a page that asks by itself."""
    row = session.execute(
        select(StaffSession, Staff).join(Staff, Staff.id == StaffSession.staff_id).where(StaffSession.token == _hash(token))
    ).first()
    if row is None:
        return None
    found, member = row
    if found.ended_at or found.expires_at <= now or found.seen_at <= now - IDLE or member.revoked_at:
        return None
    if is_used and found.seen_at <= now - _SEEN_EVERY:
        found.seen_at = now
    return Signed(
        Actor(member.name, member.role, member.organization_id), member.id, found.id, member.language, csrf_of(token), found.is_confirmed,
        member.conduct, member.is_away, member.totp is not None,
    )  # fmt: skip


def still_open(session: Session, session_ids: Collection[int], now: datetime) -> set[int]:
    """Which of these have not ended. Asking does not count as use."""
    query = select(StaffSession.id).join(Staff, Staff.id == StaffSession.staff_id).where(StaffSession.id.in_(session_ids))
    lasting = (StaffSession.ended_at.is_(None), StaffSession.expires_at > now, StaffSession.seen_at > now - IDLE)
    return set(session.scalars(query.where(*lasting, Staff.revoked_at.is_(None))))


def of(session: Session, staff_id: int, now: datetime) -> list[StaffSession]:
    """Those in which they are signed in now, the last used first."""
    return [each for each in _open(session, session.get_one(Staff, staff_id), now) if each.is_confirmed]


def end(session: Session, staff_id: int, now: datetime, session_id: int | None = None, but: int | None = None) -> int:
    """All of this member, or one; not the one in `but`. How many."""
    ended = [
        each for each in _open(session, session.get_one(Staff, staff_id), now) if each.id != but and session_id in (None, each.id)
    ]  # fmt: skip
    for each in ended:
        each.ended_at = now
    return len(ended)


def purge(session: Session, now: datetime) -> int:
    gone = session.execute(delete(StaffSession).where(StaffSession.expires_at < now - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def csrf_of(token: str) -> str:
    """What a form of this session carries: nobody who cannot read its pages can make it."""
    return KeyRing.current().hash("console form", token)


def _make_room(session: Session, member: Staff, now: datetime, is_confirmed: bool) -> None:
    """Who only knows the password cannot end those of who knows more."""
    same = [each for each in _open(session, member, now) if each.is_confirmed == is_confirmed]
    for old in same[MOST - 1 :]:
        old.ended_at = now


def _open(session: Session, member: Staff, now: datetime) -> list[StaffSession]:
    query = select(StaffSession).where(StaffSession.staff_id == member.id, StaffSession.ended_at.is_(None), StaffSession.expires_at > now)
    return list(
        session.scalars(query.where(StaffSession.seen_at > now - IDLE).order_by(StaffSession.seen_at.desc(), StaffSession.id.desc()))
    )


def _hash(token: str) -> str:
    return KeyRing.current().hash("staff session", token)
