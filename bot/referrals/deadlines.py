"""How soon a case needs an answer, and until when that is in the hours of the office that has to give it.

A day counts when the office opens: 24 and 72 hours are one and three such days, two weeks are as many as two ordinary weeks have. What
comes while it is closed counts from its next opening. Where no hours are known, working days from 9 to 18 count.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from bot.content.languages import MEXICO
from bot.content.published import Content
from bot.content.review import Where
from bot.content.services import Schedule, Service
from bot.offices import open_spans
from bot.records.referrals import Priority

PRIORITIES = {"family": Priority.URGENT, "legal": Priority.URGENT, "health": Priority.SOON}
"""By need; what is not here is normal. `family` is also somebody detained."""

_DAYS = {Priority.URGENT: 1, Priority.SOON: 3}
_LOOK_AHEAD = timedelta(days=70)
_FEWEST_DAYS = 4  # in that time, of an office that opens every week: half of them may be days of rest
WORKING_DAYS = Service("working_days", "", "", Where(Path(), 0), schedules=(Schedule("MO,TU,WE,TH,FR", time(9), time(18)),))


def priority_of(need: str, *, in_danger: bool) -> Priority:
    return Priority.URGENT if in_danger else PRIORITIES.get(need, Priority.NORMAL)


def hours_of(content: Content, organization_id: str, service_id: str | None) -> list[Service]:
    """Whose hours count: the service's own or, where they are not known, those of all that the organization offers."""
    known = [each for each in content.services.values() if each.schedules and each.organization_id == organization_id]
    return [each for each in known if each.id == service_id] or known


def answer_by(priority: Priority, services: Sequence[Service], now: datetime) -> datetime:
    """The last moment for an answer to what is sent now."""
    local = now.astimezone(MEXICO).replace(tzinfo=None)
    found = _counted(_open_days(services, local), priority, local)
    if found is None:  # no hours are known, or it does not open every week
        found = _counted(_open_days([WORKING_DAYS], local), priority, local)
    assert found is not None, "ten weeks have fourteen working days"
    return found.replace(tzinfo=MEXICO)


def _open_days(services: Iterable[Service], local: datetime) -> dict[date, tuple[datetime, datetime]]:
    """Each day on which one of them opens, with its first opening and its last closing."""
    days: dict[date, tuple[datetime, datetime]] = {}
    for service in services:
        for opens, closes in open_spans(service, local, local + _LOOK_AHEAD):
            first, last = days.get(opens.date(), (opens, closes))
            days[opens.date()] = (min(first, opens), max(last, closes))
    return dict(sorted(days.items()))


def _counted(days: dict[date, tuple[datetime, datetime]], priority: Priority, local: datetime) -> datetime | None:
    start = next((max(opens, local) for opens, closes in days.values() if closes > local), None)
    if start is None:
        return None
    following = [day for day in days if day > start.date()]
    many = _DAYS.get(priority) or 2 * len({day.weekday() for day in following})
    if len(following) < max(many, _FEWEST_DAYS):
        return None
    opens, closes = days[following[many - 1]]
    return min(max(datetime.combine(following[many - 1], start.time()), opens), closes)
