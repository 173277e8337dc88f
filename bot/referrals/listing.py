"""Which cases a member of the staff or an institution finds: the late ones first, then by deadline. Every search is in the audit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import Session

from bot import audit
from bot.errors import RefusedError
from bot.permissions import Action, Actor, Field, Sight, require, sight
from bot.records.conversations import of_migrants
from bot.records.referrals import Priority, Referral, ReferralState
from bot.records.staff import Role
from bot.referrals import lifecycle, notices, visible

SHOWN = 200  # cases
IN_A_COLUMN = 40


@dataclass(frozen=True)
class Wanted:
    """Which cases are listed; None: all of them."""

    state: ReferralState | None = None
    organization_id: str | None = None
    only_late: bool = False
    priority: Priority | None = None
    need: str | None = None
    municipality: str | None = None  # INEGI key


@dataclass(frozen=True)
class Listed:
    """One case in a list. What its reader may not see, or what was taken back from them, is None."""

    folio: str
    state: ReferralState
    organization_id: str
    is_late: bool
    answer_by: datetime | None
    priority: Priority | None
    need: str | None
    municipality: str | None
    changed_at: datetime


@dataclass(frozen=True)
class Found:
    cases: tuple[Listed, ...]
    is_all: bool  # there are not more than these


def find(session: Session, actor: Actor, wanted: Wanted, now: datetime, shown: int = SHOWN) -> Found:
    """A partner finds its own organization's alone, and none by what a person may not have agreed to share. Raises RefusedError."""
    require(actor, Action.REFERRAL_LIST)
    _require_own_search(actor, wanted)
    found = _soonest(session, _states(wanted), _conditions(actor, wanted, now), shown)
    audit.write(session, actor, Action.REFERRAL_LIST, None, now)
    return _found(session, actor, found, now, shown)


def board(session: Session, actor: Actor, wanted: Wanted, now: datetime, shown: int = IN_A_COLUMN) -> dict[ReferralState, Found]:
    """The same state by state, in the order in which a case goes through them. Raises RefusedError."""
    require(actor, Action.REFERRAL_LIST)
    _require_own_search(actor, wanted)
    conditions, states = _conditions(actor, wanted, now), _states(wanted)
    columns = {state: _soonest(session, [state], conditions, shown) for state in ReferralState if state in states}
    audit.write(session, actor, Action.REFERRAL_LIST, None, now)
    return {state: _found(session, actor, found, now, shown) for state, found in columns.items()}


def _found(session: Session, actor: Actor, found: list[Referral], now: datetime, shown: int) -> Found:
    agreed = visible.agreed_of_each(session, actor, found[:shown], now)
    return Found(tuple(_listed(actor, each, agreed.get(each.id, frozenset()), now) for each in found[:shown]), len(found) <= shown)


def _require_own_search(actor: Actor, wanted: Wanted) -> None:
    if actor.role is Role.PARTNER and (wanted.need or wanted.municipality):
        raise RefusedError("Su cuenta no busca por necesidad ni por municipio: no todas las personas autorizan compartirlos")


def _states(wanted: Wanted) -> set[ReferralState]:
    states = {wanted.state} if wanted.state else set(ReferralState)
    if wanted.only_late:
        states.intersection_update(lifecycle.UNANSWERED)
    return states - {ReferralState.DRAFT}


def _conditions(actor: Actor, wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [of_migrants(Referral.conversation_id)]
    if actor.role is Role.PARTNER:
        conditions.append(Referral.organization_id == actor.organization_id)
    for column, value in (
        (Referral.organization_id, wanted.organization_id), (Referral.priority, wanted.priority),
        (Referral.need, wanted.need), (Referral.municipality, wanted.municipality),
    ):  # fmt: skip
        if value:
            conditions.append(column == value)
    if wanted.only_late:
        conditions.append(Referral.answer_by <= now)
    return conditions


def _soonest(session: Session, states: Collection[ReferralState], conditions: Iterable[ColumnElement[bool]], shown: int) -> list[Referral]:
    """One more than is shown. Those of each state are found along an index, so that many cases take no longer than few."""
    wanted = list(conditions)
    of_state = [select(Referral.id).where(Referral.state == state, *wanted) for state in states]
    first = [each.order_by(Referral.answer_by, Referral.id).limit(shown + 1).subquery() for each in of_state]
    if not first:
        return []
    ids = union_all(*(select(each.c.id) for each in first))
    by_deadline = (Referral.state.not_in(lifecycle.UNANSWERED), Referral.answer_by, Referral.id)
    return list(session.scalars(select(Referral).where(Referral.id.in_(ids)).order_by(*by_deadline).limit(shown + 1)))


def _listed(actor: Actor, referral: Referral, agreed: frozenset[str], now: datetime) -> Listed:
    if visible.is_taken_back(actor, referral):
        return Listed(
            referral.folio, referral.state, referral.organization_id, False, None, None, None, None, referral.changed_at
        )  # fmt: skip

    def shown(field: Field, name: str, value: str | None) -> str | None:
        granted = sight(actor.role, field)
        return value if granted is Sight.CLEAR or (granted is Sight.CONSENTED and name in agreed) else None

    return Listed(
        referral.folio, referral.state, referral.organization_id, notices.is_late(referral, now), referral.answer_by, referral.priority,
        shown(Field.NEED, "need", referral.need), shown(Field.PLACE, "municipality", referral.municipality), referral.changed_at,
    )  # fmt: skip
