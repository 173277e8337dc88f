"""Who receives a case: the service of the directory that is nearest to the place, takes such a case and has room for it.

Where every service that could take it is full, the nearest one is named all the same, marked as full: a person is told that it may take
longer, because a far office that cannot attend them in time helps less than a near one that is late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.content.services import Organization, Service
from bot.offices import opening_at
from bot.records.conversations import of_migrants
from bot.records.referrals import Referral
from bot.referrals.lifecycle import AT_AN_OFFICE

_NOT_SAID = timedelta(days=30)  # an office whose hours nobody knows opens after all whose hours are known


@dataclass(frozen=True)
class Case:
    """What decides who receives it: the answers to the questionnaire, step to value."""

    answers: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    urgent: bool = False

    @property
    def need(self) -> str:
        return str(self.answers.get("need") or "")

    @property
    def municipality(self) -> str:
        return str(self.answers.get("municipality") or "")


@dataclass(frozen=True)
class Recipient:
    organization: Organization
    service: Service | None  # None: the institution that takes what no service is nearer to
    is_full: bool = False

    @property
    def service_id(self) -> str | None:
        return self.service.id if self.service else None


def choose(content: Content, case: Case, now: datetime | None, open_counts: Mapping[str, int] | None = None) -> Recipient | None:
    """Of the services that take such a case the nearest one with room; None when nobody takes it.

    `now`: for expired entries and hours, which are not looked at without it. `open_counts`: open referrals by service id.
    """
    counts = open_counts or {}
    takers = sorted(
        (each for each in content.services.values() if _takes(each, case, now)), key=lambda each: _order(each, case, now, counts)
    )
    chosen = next((each for each in takers if not _is_full(each, counts)), takers[0] if takers else None)
    if chosen:
        return Recipient(content.organizations[chosen.organization_id], chosen, _is_full(chosen, counts))
    last = content.organizations.get(content.institution.receives or "")
    return Recipient(last, None) if last else None


@dataclass(frozen=True)
class Choice:
    """A service that works for such a need and place. `why_not`: it cannot be sent this case; empty: it can."""

    service: Service
    why_not: str  # "unassured": it has not said that it takes cases; "expired", "other_cases", "full"
    open_count: int


def choices(content: Content, case: Case, now: datetime, counts: Mapping[str, int]) -> list[Choice]:
    """The nearest first, those that cannot be chosen last."""
    found = [
        Choice(each, _why_not(each, case, now, counts), counts.get(each.id, 0))
        for each in content.services.values()
        if _nearness(each, case) >= 0 and (not each.needs or case.need in each.needs)
    ]
    return sorted(found, key=lambda each: (bool(each.why_not), _order(each.service, case, now, counts)))


def named(content: Content, case: Case, service_id: str | None, now: datetime, counts: Mapping[str, int]) -> Recipient | None:
    """That service, while it takes such a case and has room for it."""
    service = content.services.get(service_id or "")
    if service is None or not _takes(service, case, now) or _is_full(service, counts):
        return None
    return Recipient(content.organizations[service.organization_id], service)


def _why_not(service: Service, case: Case, now: datetime, counts: Mapping[str, int]) -> str:
    if not service.receives_referrals:
        return "unassured"
    if service.review and service.review.has_expired(now.astimezone(MEXICO).date()):
        return "expired"
    if not _takes(service, case, now):
        return "other_cases"
    return "full" if _is_full(service, counts) else ""


def open_counts(session: Session) -> dict[str, int]:
    """How many referrals each service has that did not end."""
    query = select(Referral.service_id, func.count()).where(Referral.state.in_(AT_AN_OFFICE), Referral.service_id.is_not(None))
    query = query.where(of_migrants(Referral.conversation_id))
    return {str(service): count for service, count in session.execute(query.group_by(Referral.service_id))}


def _takes(service: Service, case: Case, now: datetime | None) -> bool:
    if not service.receives_referrals or _nearness(service, case) < 0:
        return False
    if service.review and now and service.review.has_expired(now.astimezone(MEXICO).date()):
        return False
    if service.needs and case.need not in service.needs:
        return False
    return all(case.answers[step] in values for step, values in service.accepts.items() if case.answers.get(step) is not None)


def _nearness(service: Service, case: Case) -> int:
    """5 for the municipality, 2 for the state, 0 for everywhere; below 0 where it does not serve the place."""
    return max((len(area) for area in service.area if case.municipality.startswith(area)), default=-1 if service.area else 0)


def _order(service: Service, case: Case, now: datetime | None, counts: Mapping[str, int]) -> tuple[float, float, int]:
    return -_nearness(service, case), _waits(service, now) if case.urgent and now else 0.0, counts.get(service.id, 0)


def _waits(service: Service, now: datetime) -> float:
    """Seconds until it opens."""
    opening = opening_at(service, now)
    if opening and opening.is_open:
        return 0.0
    opens_at = opening.changes_at if opening else None
    return (opens_at - now if opens_at else _NOT_SAID).total_seconds()


def _is_full(service: Service, counts: Mapping[str, int]) -> bool:
    return service.capacity is not None and counts.get(service.id, 0) >= service.capacity
