"""Who was invited, for who invites: office, municipality, post and how it stands. Never a name, nor what anybody learns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bot.permissions import Action, Actor, require
from bot.records.learning import Learner

AT_ONCE = 50


class Standing(StrEnum):
    WAITING = "waiting"
    LAPSED = "lapsed"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True)
class Invited:
    number: int
    reference: str
    office: str
    organization_id: str | None
    municipality: str
    post: str
    invited_by: str
    invited_at: datetime
    expires_at: datetime | None
    standing: Standing


@dataclass(frozen=True)
class Page:
    invited: tuple[Invited, ...]
    older: int | None  # `before` of the next page


def listed(
    session: Session, actor: Actor, now: datetime, standing: Standing | None = None, before: int | None = None, most: int = AT_ONCE
) -> Page:
    """The last first. Raises RefusedError."""
    require(actor, Action.OFFICIAL_INVITE)
    columns = (
        Learner.id, Learner.reference, Learner.office, Learner.organization_id, Learner.municipality, Learner.post, Learner.invited_by,
        Learner.invited_at, Learner.invitation_expires_at, Learner.joined_at, Learner.withdrawn_at,
    )  # fmt: skip
    query = select(*columns).order_by(Learner.id.desc()).limit(most + 1)
    query = query.where(Learner.id < before) if before else query
    query = query.where(_conditions(now)[standing]) if standing else query
    found = [_invited(row, now) for row in session.execute(query)]
    return Page(tuple(found[:most]), found[most - 1].number if len(found) > most else None)


def _conditions(now: datetime) -> Mapping[Standing, ColumnElement[bool]]:
    can = func.coalesce(Learner.invitation_expires_at >= now, False)
    left, joined = Learner.withdrawn_at.is_not(None), Learner.joined_at.is_not(None)
    return {
        Standing.LEFT: left,
        Standing.JOINED: ~left & joined,
        Standing.WAITING: ~left & ~joined & can,
        Standing.LAPSED: ~left & ~joined & ~can,
    }


def _invited(row: Any, now: datetime) -> Invited:
    can = row.invitation_expires_at is not None and row.invitation_expires_at >= now
    standing = (
        Standing.LEFT if row.withdrawn_at else Standing.JOINED if row.joined_at else Standing.WAITING if can else Standing.LAPSED
    )  # fmt: skip
    return Invited(
        row.id, row.reference, row.office, row.organization_id, row.municipality, row.post, row.invited_by, row.invited_at,
        row.invitation_expires_at, standing,
    )  # fmt: skip
