"""Which offices serve a need near a place, and whether they are open.

Hours are RFC 5545 rules (HSDS `schedule`) in the time of Mexico City; on the days of rest of Mexican law an office is closed unless its
entry says otherwise. Distances are great circles between the place asked about and the office or, where only its municipality is known,
that municipality's seat: near enough to say which one is nearer, not to say how long the way takes.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import asin, cos, radians, sin, sqrt

from dateutil.rrule import rrule, rruleset, rrulestr

from bot.content.calendar import days_of_rest
from bot.content.languages import MEXICO
from bot.content.municipalities import Municipality
from bot.content.published import Content
from bot.content.services import Location, Service

EARTH = 6371.0  # km, mean radius
NEAR = 80.0  # km that somebody without money travels for an errand
LOOK_AHEAD = timedelta(days=15)  # for the next opening


@dataclass(frozen=True)
class Opening:
    is_open: bool
    changes_at: datetime | None  # when it closes, or opens next; None: not within LOOK_AHEAD, so open without end or closed for long


@dataclass(frozen=True)
class Office:
    """One service, at one of its locations or at none (a telephone line)."""

    service: Service
    location: Location | None
    km: float | None
    opening: Opening | None  # None: its hours are not known


def find_offices(content: Content, need: str, place: Municipality | None, now: datetime) -> list[Office]:
    """Those near or in the same state by distance, then lines for the place, then farther offices, then the lines of the whole country."""
    found = []
    today = now.astimezone(MEXICO).date()
    for service in content.services.values():
        if need in service.needs and _serves(service, place) and _may_be_said(content, service, today):
            opening = opening_at(service, now)
            found += [Office(service, each, _distance(content, each, place), opening) for each in _locations(content, service)]
    return sorted(found, key=lambda office: _order(office, place))


def offices_of(content: Content, organization_id: str, now: datetime) -> list[Office]:
    """What one organization offers, as its entries stand in the directory."""
    today = now.astimezone(MEXICO).date()
    found = []
    for service in content.services.values():
        if service.organization_id == organization_id and _may_be_said(content, service, today):
            opening = opening_at(service, now)
            found += [Office(service, location, None, opening) for location in _locations(content, service)]
    return found


def _locations(content: Content, service: Service) -> list[Location] | list[None]:
    return [content.locations[each] for each in service.locations] or [None]


def _may_be_said(content: Content, service: Service, today: date) -> bool:
    """Not past its own end or that of a telephone, page or address it names. What only receives referrals is not shown."""
    addresses = [content.locations[each].address for each in service.locations]
    facts = [content.facts[name] for name in (*service.phones, service.url, *addresses) if name]
    return service.review is not None and not service.review.has_expired(today) and all(fact.may_be_said(today) for fact in facts)


def _serves(service: Service, place: Municipality | None) -> bool:
    return place is None or not service.area or any(place.key.startswith(area) for area in service.area)


def _order(office: Office, place: Municipality | None) -> tuple[float, ...]:
    closed = 0.0 if office.opening is None or office.opening.is_open else 0.5
    if office.location is not None and place is None:
        return (4, 0, closed)
    if office.location is not None:
        same_town = place is not None and office.location.municipality == place.key
        same_state = place is not None and office.location.municipality[:2] == place.key[:2]
        km = office.km if office.km is not None else 0.0 if same_town else NEAR if same_state else 500.0
        return (0 if km <= NEAR or same_state else 2, km, closed)
    if place is None:  # nothing is near: what serves everybody comes first
        return (1 if not office.service.area else 3, 0, closed)
    narrowest = max((len(area) for area in office.service.area if place.key.startswith(area)), default=0)
    return (1 if narrowest else 3, -narrowest, closed)


def _distance(content: Content, location: Location | None, place: Municipality | None) -> float | None:
    if location is None or place is None or place.point is None:
        return None
    town = content.municipalities.get(location.municipality)
    point = location.point or (town.point if town else None)
    return kilometres(place.point, point) if point else None


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The great circle between two points in degrees."""
    (south, west), (north, east) = ((radians(degrees) for degrees in point) for point in (one, other))
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def opening_at(service: Service, now: datetime) -> Opening | None:
    """Open or closed at that moment, and until when. None where no hours are known."""
    if not service.schedules:
        return None
    local = now.astimezone(MEXICO).replace(tzinfo=None)
    spans = open_spans(service, local, local + LOOK_AHEAD)
    current = next((span for span in spans if span[0] <= local < span[1]), None)
    if current is None:
        following = next((start for start, _ in spans if start > local), None)
        return Opening(False, following.replace(tzinfo=MEXICO) if following else None)
    end = current[1]
    for start, stop in spans:  # open round midnight, or with the next span following on
        if start <= end < stop:
            end = stop
    return Opening(True, None if end - local > LOOK_AHEAD - timedelta(days=2) else end.replace(tzinfo=MEXICO))


def open_spans(service: Service, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When it is open, in the time of Mexico, from the day before on: a span that closes before it opens lasts into the next morning."""
    yesterday = datetime.combine(since.date() - timedelta(days=1), time())
    holidays = frozenset[date]().union(*(days_of_rest(year) for year in range(yesterday.year, until.year + 1)))
    found = []
    for schedule in service.schedules:
        days = rruleset()
        parsed = rrulestr(f"FREQ={schedule.freq};BYDAY={schedule.byday}", dtstart=yesterday)
        assert isinstance(parsed, rrule), "one rule, checked when it was read"
        days.rrule(parsed)
        if not service.open_on_holidays:
            for holiday in holidays:
                days.exdate(datetime.combine(holiday, time()))
        for day in days.between(yesterday, until, inc=True):
            closes = schedule.closes_at or time()
            into_tomorrow = timedelta(days=1) if closes <= schedule.opens_at else timedelta()
            found.append((datetime.combine(day, schedule.opens_at), datetime.combine(day + into_tomorrow, closes)))
    return sorted(found)
