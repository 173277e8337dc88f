"""Offices: open or closed at a moment of Mexico City's clock, and which ones serve a need near a place."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from types import MappingProxyType

import pytest

from bot.content.languages import MEXICO
from bot.content.municipalities import Municipalities, Municipality
from bot.content.published import Content, Institution, Safety
from bot.content.review import Review, Source, Where
from bot.content.services import Location, Schedule, Service
from bot.offices import Office, Opening, find_offices, kilometres, opening_at
from bot.settings import ROOT

HERE = Where(ROOT, 1)
REVIEW = Review("directory", date(2026, 11, 1), 90, (Source("Gaceta"),))
Point = tuple[float, float]


def clock(text: str) -> datetime:
    """A moment as the clocks of Mexico City show it."""
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def hours(byday: str, opens: str, closes: str, freq: str = "WEEKLY") -> Schedule:
    return Schedule(byday, time.fromisoformat(opens), None if closes == "24:00" else time.fromisoformat(closes), freq)


def service(*schedules: Schedule, name: str = "office", open_on_holidays: bool = False) -> Service:
    return Service(name, "city", name, HERE, ("legal",), schedules=schedules, open_on_holidays=open_on_holidays, review=REVIEW)


# Open or closed. 2026-11-23 is a Monday.

MONDAY_TO_FRIDAY, EVERY_DAY = "MO,TU,WE,TH,FR", "MO,TU,WE,TH,FR,SA,SU"
WEEKDAYS = service(hours(MONDAY_TO_FRIDAY, "09:00", "18:00"))
NIGHTS = service(hours(EVERY_DAY, "19:00", "07:00"))
WORK_NIGHTS = service(hours(MONDAY_TO_FRIDAY, "19:00", "07:00"))
ROUND_THE_CLOCK = service(hours(EVERY_DAY, "00:00", "24:00"), open_on_holidays=True)
BUT_HOLIDAYS = service(hours(EVERY_DAY, "00:00", "24:00"))
WORK_WEEK = service(hours(MONDAY_TO_FRIDAY, "00:00", "24:00"))
FROM_NINE_TO_NINE = service(hours(EVERY_DAY, "09:00", "09:00"), open_on_holidays=True)
SIESTA = service(hours(MONDAY_TO_FRIDAY, "09:00", "14:00"), hours(MONDAY_TO_FRIDAY, "16:00", "19:00"))
AFTERNOON_FIRST = service(hours(MONDAY_TO_FRIDAY, "16:00", "19:00"), hours(MONDAY_TO_FRIDAY, "09:00", "14:00"))
TWO_SHIFTS = service(hours(MONDAY_TO_FRIDAY, "09:00", "14:00"), hours(MONDAY_TO_FRIDAY, "14:00", "19:00"))
OVERLAPPING = service(hours(MONDAY_TO_FRIDAY, "09:00", "15:00"), hours(MONDAY_TO_FRIDAY, "12:00", "19:00"))
SHORT_SATURDAY = service(hours(MONDAY_TO_FRIDAY, "09:00", "18:00"), hours("SA", "09:00", "13:00"))
EVENINGS = service(hours(EVERY_DAY, "18:00", "24:00"))
FIRST_MONDAY = service(hours("1MO", "10:00", "12:00", "MONTHLY"))
FIRST_MONDAY_ALWAYS = service(hours("1MO", "10:00", "12:00", "MONTHLY"), open_on_holidays=True)
LAST_FRIDAY = service(hours("-1FR", "10:00", "12:00", "MONTHLY"))

CLOCK = {
    "before opening": (WEEKDAYS, "2026-11-23 08:59", False, "2026-11-23 09:00"),
    "at opening": (WEEKDAYS, "2026-11-23 09:00", True, "2026-11-23 18:00"),
    "in between": (WEEKDAYS, "2026-11-23 12:30", True, "2026-11-23 18:00"),
    "before closing": (WEEKDAYS, "2026-11-23 17:59", True, "2026-11-23 18:00"),
    "at closing": (WEEKDAYS, "2026-11-23 18:00", False, "2026-11-24 09:00"),
    "at the stroke of midnight": (WEEKDAYS, "2026-11-23 00:00", False, "2026-11-23 09:00"),
    "Friday evening": (WEEKDAYS, "2026-11-27 18:30", False, "2026-11-30 09:00"),
    "Saturday": (WEEKDAYS, "2026-11-28 12:00", False, "2026-11-30 09:00"),
    "the last minute of Sunday": (WEEKDAYS, "2026-11-29 23:59", False, "2026-11-30 09:00"),
    "a short Saturday ahead": (SHORT_SATURDAY, "2026-11-27 18:00", False, "2026-11-28 09:00"),
    "on a short Saturday": (SHORT_SATURDAY, "2026-11-28 12:59", True, "2026-11-28 13:00"),
    "after a short Saturday": (SHORT_SATURDAY, "2026-11-28 13:00", False, "2026-11-30 09:00"),
    "before the night": (NIGHTS, "2026-11-23 18:59", False, "2026-11-23 19:00"),
    "as the night begins": (NIGHTS, "2026-11-23 19:00", True, "2026-11-24 07:00"),
    "a night before midnight": (NIGHTS, "2026-11-23 23:59", True, "2026-11-24 07:00"),
    "a night at midnight": (NIGHTS, "2026-11-24 00:00", True, "2026-11-24 07:00"),
    "a night after midnight": (NIGHTS, "2026-11-24 06:59", True, "2026-11-24 07:00"),
    "as the night ends": (NIGHTS, "2026-11-24 07:00", False, "2026-11-24 19:00"),
    "Friday's night on Saturday": (WORK_NIGHTS, "2026-11-28 03:00", True, "2026-11-28 07:00"),
    "no night on Saturday": (WORK_NIGHTS, "2026-11-28 20:00", False, "2026-11-30 19:00"),
    "no night from Sunday on": (WORK_NIGHTS, "2026-11-30 03:00", False, "2026-11-30 19:00"),
    "evening until midnight": (EVENINGS, "2026-11-23 23:59", True, "2026-11-24 00:00"),
    "midnight after the evening": (EVENINGS, "2026-11-24 00:00", False, "2026-11-24 18:00"),
    "round the clock at noon": (ROUND_THE_CLOCK, "2026-11-23 12:00", True, None),
    "round the clock at midnight": (ROUND_THE_CLOCK, "2026-11-24 00:00", True, None),
    "round the clock on New Year's Day": (ROUND_THE_CLOCK, "2027-01-01 00:00", True, None),
    "from nine to nine": (FROM_NINE_TO_NINE, "2026-11-24 09:00", True, None),
    "round the clock on weekdays": (WORK_WEEK, "2026-11-25 12:00", True, "2026-11-28 00:00"),
    "round the clock, at the weekend": (WORK_WEEK, "2026-11-28 00:00", False, "2026-11-30 00:00"),
    "round the clock before a holiday": (BUT_HOLIDAYS, "2026-12-22 12:00", True, "2026-12-25 00:00"),
    "round the clock but on the holiday": (BUT_HOLIDAYS, "2026-12-25 00:00", False, "2026-12-26 00:00"),
    "before lunch": (SIESTA, "2026-11-23 13:59", True, "2026-11-23 14:00"),
    "at lunch": (SIESTA, "2026-11-23 14:00", False, "2026-11-23 16:00"),
    "after lunch": (SIESTA, "2026-11-23 16:00", True, "2026-11-23 19:00"),
    "after the second hours": (SIESTA, "2026-11-23 19:00", False, "2026-11-24 09:00"),
    "the afternoon written first": (AFTERNOON_FIRST, "2026-11-23 08:00", False, "2026-11-23 09:00"),
    "two shifts without a break": (TWO_SHIFTS, "2026-11-23 10:00", True, "2026-11-23 19:00"),
    "overlapping hours": (OVERLAPPING, "2026-11-23 10:00", True, "2026-11-23 19:00"),
    "the first Monday of the month": (FIRST_MONDAY, "2026-12-07 10:00", True, "2026-12-07 12:00"),
    "the Monday before the first": (FIRST_MONDAY, "2026-11-30 11:00", False, "2026-12-07 10:00"),
    "the second Monday, more than fifteen days ahead": (FIRST_MONDAY, "2026-12-14 11:00", False, None),
    "a first Monday that is a holiday": (FIRST_MONDAY, "2027-02-01 11:00", False, None),
    "a first Monday open on holidays": (FIRST_MONDAY_ALWAYS, "2027-02-01 11:00", True, "2027-02-01 12:00"),
    "the last Friday of the month": (LAST_FRIDAY, "2026-11-20 11:00", False, "2026-11-27 10:00"),
    "a holiday makes the weekend longer": (WEEKDAYS, "2026-01-30 19:00", False, "2026-02-03 09:00"),
    "over the turn of the year": (WEEKDAYS, "2026-12-31 18:30", False, "2027-01-04 09:00"),
    "the night into Christmas": (NIGHTS, "2026-12-25 03:00", True, "2026-12-25 07:00"),
    "no night from Christmas on": (NIGHTS, "2026-12-25 20:00", False, "2026-12-26 19:00"),
    "the morning after no night": (NIGHTS, "2026-12-26 03:00", False, "2026-12-26 19:00"),
}


@pytest.mark.parametrize(("of", "now", "is_open", "changes_at"), CLOCK.values(), ids=CLOCK)
def test_an_office_is_open_in_its_hours_and_says_when_that_changes(of: Service, now: str, is_open: bool, changes_at: str | None) -> None:
    assert opening_at(of, clock(now)) == Opening(is_open, clock(changes_at) if changes_at else None)


HOLIDAYS = {
    "New Year's Day": ("2026-01-01", "2026-01-02"),
    "first Monday of February": ("2026-02-02", "2026-02-03"),
    "third Monday of March": ("2026-03-16", "2026-03-17"),
    "first of May": ("2026-05-01", "2026-05-04"),
    "sixteenth of September": ("2026-09-16", "2026-09-17"),
    "third Monday of November": ("2026-11-16", "2026-11-17"),
    "Christmas": ("2026-12-25", "2026-12-28"),
    "first Monday of February, another year": ("2027-02-01", "2027-02-02"),
    "third Monday of March, another year": ("2027-03-15", "2027-03-16"),
    "third Monday of November, another year": ("2027-11-15", "2027-11-16"),
    "a new president takes office": ("2030-10-01", "2030-10-02"),
}
"""The days of rest of article 74 of the Ley Federal del Trabajo, and the working day after each."""


@pytest.mark.parametrize(("holiday", "after"), HOLIDAYS.values(), ids=HOLIDAYS)
def test_an_office_is_closed_on_the_days_of_rest_of_the_law(holiday: str, after: str) -> None:
    assert opening_at(WEEKDAYS, clock(f"{holiday} 12:00")) == Opening(False, clock(f"{after} 09:00"))


@pytest.mark.parametrize("holiday", [holiday for holiday, _ in HOLIDAYS.values()], ids=HOLIDAYS)
def test_an_office_that_opens_on_holidays_is_open_on_the_days_of_rest(holiday: str) -> None:
    always = service(*WEEKDAYS.schedules, open_on_holidays=True)
    assert opening_at(always, clock(f"{holiday} 12:00")) == Opening(True, clock(f"{holiday} 18:00"))


@pytest.mark.parametrize(
    "day", ["2026-02-05", "2025-03-21", "2026-04-03", "2026-05-05", "2026-10-01", "2026-10-12", "2026-11-02", "2026-11-20"]
)
def test_an_office_is_open_on_days_that_the_law_does_not_name(day: str) -> None:
    """Feasts of the church, the old dates of the moved holidays, the first of October of other years."""
    assert opening_at(WEEKDAYS, clock(f"{day} 12:00")) == Opening(True, clock(f"{day} 18:00"))


@pytest.mark.parametrize(
    ("of", "now", "is_open", "changes_at"),
    [
        (WEEKDAYS, datetime(2026, 7, 6, 14, 59, tzinfo=UTC), False, "2026-07-06 09:00"),
        (WEEKDAYS, datetime(2026, 7, 6, 15, 0, tzinfo=UTC), True, "2026-07-06 18:00"),  # no summer time since 2022
        (WEEKDAYS, datetime(2026, 11, 24, 0, 0, tzinfo=UTC), False, "2026-11-24 09:00"),  # 18:00 of the day before
        (WEEKDAYS, datetime(2026, 11, 28, 2, 0, tzinfo=UTC), False, "2026-11-30 09:00"),  # still Friday
        (BUT_HOLIDAYS, datetime(2026, 5, 1, 5, 30, tzinfo=UTC), True, "2026-05-01 00:00"),  # still the thirtieth of April
        (BUT_HOLIDAYS, datetime(2026, 5, 2, 3, 0, tzinfo=UTC), False, "2026-05-02 00:00"),  # still the first of May
    ],
)
def test_the_clock_of_an_office_is_that_of_mexico_city(of: Service, now: datetime, is_open: bool, changes_at: str) -> None:
    assert opening_at(of, now) == Opening(is_open, clock(changes_at))


def test_an_office_without_hours_is_neither_open_nor_closed() -> None:
    assert opening_at(service(), clock("2026-11-23 12:00")) is None


def test_an_office_that_closes_on_holidays_is_never_called_always_open() -> None:
    opening = opening_at(BUT_HOLIDAYS, clock("2026-12-15 12:00"))
    assert opening == Opening(True, clock("2026-12-25 00:00"))


# Distances


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((19.0414, -98.2063), (19.4326, -99.1332), 106.6),  # Puebla, Mexico City
        ((19.4326, -99.1332), (20.6597, -103.3496), 461),  # Mexico City, Guadalajara
        ((19.4326, -99.1332), (25.6866, -100.3161), 706),  # Mexico City, Monterrey
        ((19.4326, -99.1332), (32.5149, -117.0382), 2300),  # Mexico City, Tijuana
        ((51.5074, -0.1278), (48.8566, 2.3522), 344),  # London, Paris
        ((0.0, 0.0), (1.0, 0.0), 111),  # a degree of latitude
        ((60.0, 0.0), (60.0, 1.0), 55.6),  # a degree of longitude is half as long there
        ((0.0, 179.5), (0.0, -179.5), 111),  # over the date line
        ((90.0, 0.0), (-90.0, 0.0), 20015),  # from pole to pole
        ((19.0414, -98.2063), (19.0414, -98.2063), 0),
    ],
)
def test_a_distance_is_the_length_of_the_great_circle(one: Point, other: Point, km: float) -> None:
    assert kilometres(one, other) == pytest.approx(km, rel=0.003, abs=0.001)
    assert kilometres(other, one) == pytest.approx(kilometres(one, other))


# Which offices

NOW = clock("2026-11-23 12:00")
PUEBLA, CHOLULA, ATLIXCO, TEHUACAN, UNMAPPED, NAUCALPAN, TAPACHULA = PLACES = (
    Municipality("21114", "Puebla", "Puebla", "Puebla", 1_692_181, (19.0414, -98.2063)),
    Municipality("21140", "San Pedro Cholula", "Puebla", "Cholula", 138_433, (19.0632, -98.3064)),  # 11 km from Puebla
    Municipality("21019", "Atlixco", "Puebla", "Atlixco", 141_793, (18.9088, -98.4321)),  # 28 km from Puebla
    Municipality("21156", "Tehuacán", "Puebla", "Tehuacán", 327_312, (18.4617, -97.3929)),  # 107 km from Puebla
    Municipality("21085", "Izúcar de Matamoros", "Puebla", "Izúcar", 82_809),  # as one whose seat GeoNames does not have
    Municipality("15057", "Naucalpan de Juárez", "México", "Naucalpan", 834_434, (19.4785, -99.2396)),
    Municipality("07089", "Tapachula", "Chiapas", "Tapachula", 353_706, (14.9056, -92.2634)),
)
Entry = tuple[Service, tuple[Location, ...]]


def office(
    name: str, *towns: Municipality, area: Sequence[str] = (), needs: Sequence[str] = ("legal",), point: Point | None = None,
    schedules: tuple[Schedule, ...] = (), review: Review | None = REVIEW,
) -> Entry:  # fmt: skip
    """A service in these towns; in none, it is a telephone line."""
    places = tuple(Location(f"{name}@{town.key}", name, town.key, HERE, point=point) for town in towns)
    named = tuple(place.id for place in places)
    return Service(name, "city", name, HERE, tuple(needs), tuple(area), locations=named, schedules=schedules, review=review), places


line = office


def directory(*entries: Entry) -> Content:
    """Content of these services alone."""
    return Content(
        version="test", responses={}, facts={}, organizations={},
        services=MappingProxyType({each.id: each for each, _ in entries}),
        locations=MappingProxyType({place.id: place for _, places in entries for place in places}),
        questionnaires={}, commands={}, links={}, retention={}, safety=Safety((), ()), titles={}, topics={}, rules=(),
        institution=Institution("city", "City", None), municipalities=Municipalities(PLACES), catalogues={}, languages={"es": "Español"},
    )  # fmt: skip


def found(entries: Sequence[Entry], place: Municipality | None, need: str = "legal") -> list[Office]:
    return find_offices(directory(*entries), need, place, NOW)


def names(offices: Sequence[Office]) -> str:
    return " ".join(each.service.id for each in offices)


OPEN, CLOSED = (hours("MO", "09:00", "18:00"),), (hours("MO", "14:00", "18:00"),)
NEARLY_NEAR, JUST_FAR = (19.0414 - 79 / 111.195, -98.2063), (19.0414 - 81 / 111.195, -98.2063)  # km south of Puebla
NEAR_AND_FAR = (
    line("country"), office("far", TAPACHULA), line("state", area=["21"]), office("state's", TEHUACAN), line("town", area=["21114"]),
    office("near", ATLIXCO), office("here", PUEBLA),
)  # fmt: skip
AROUND_PUEBLA = (office("atlixco", ATLIXCO), office("puebla", PUEBLA), office("cholula", CHOLULA))

WHERE = {
    "the nearest first": (AROUND_PUEBLA, PUEBLA, "puebla cholula atlixco"),
    "the nearest first from another town": (AROUND_PUEBLA, ATLIXCO, "atlixco cholula puebla"),
    "an office's own point counts before its town's seat": (
        (office("outskirts", CHOLULA, point=(19.1, -98.4)), office("centre", CHOLULA)), PUEBLA, "centre outskirts",
    ),
    "an office in a town without a seat on the map is found by its own point": (
        (office("cholula", CHOLULA), office("unmapped", UNMAPPED, point=(19.04, -98.21))), PUEBLA, "unmapped cholula",
    ),
    "without coordinates the same town comes first": ((office("puebla", PUEBLA), office("same", UNMAPPED)), UNMAPPED, "same puebla"),
    "without coordinates the own state comes before another": (
        (office("naucalpan", NAUCALPAN), line("state", area=["21"]), office("puebla", PUEBLA)), UNMAPPED, "puebla state naucalpan",
    ),
    "an office of the own state whose place is unknown counts as near": (
        (line("state", area=["21"]), office("unmapped", UNMAPPED)), PUEBLA, "unmapped state",
    ),
    "a service of one town is not for the next town": ((office("puebla", PUEBLA, area=["21114"]),), CHOLULA, ""),
    "a service of one town is for that town": ((office("puebla", PUEBLA, area=["21114"]),), PUEBLA, "puebla"),
    "a service of a state is for all its towns": ((office("puebla", PUEBLA, area=["21"]),), TEHUACAN, "puebla"),
    "a service of a state is not for another state": ((line("puebla", area=["21"]), line("mexico", area=["15"])), NAUCALPAN, "mexico"),
    "a service of two states is for both": ((line("both", area=["09", "15"]), line("other", area=["09"])), NAUCALPAN, "both"),
    "a service without an area is for everybody": ((office("puebla", PUEBLA),), TAPACHULA, "puebla"),
    "lines for the place after near offices and before far ones": (NEAR_AND_FAR, PUEBLA, "here near state's town state far country"),
    "the line of the town before that of its state": ((line("state", area=["21"]), line("town", area=["21114"])), PUEBLA, "town state"),
    "a line of the whole country after a far office": ((line("country"), office("far", TAPACHULA)), PUEBLA, "far country"),
    "in another state less than eighty kilometres are near": (
        (line("state", area=["21"]), office("near", NAUCALPAN, point=NEARLY_NEAR)), PUEBLA, "near state",
    ),
    "in another state more than eighty are far": (
        (office("far", NAUCALPAN, point=JUST_FAR), line("state", area=["21"])), PUEBLA, "state far",
    ),
    "in the own state no office is far": ((line("state", area=["21"]), office("tehuacan", TEHUACAN)), PUEBLA, "tehuacan state"),
    "of two far offices the nearer": ((office("chiapas", TAPACHULA), office("naucalpan", NAUCALPAN)), PUEBLA, "naucalpan chiapas"),
    "of two in a town the open one": (
        (office("closed", PUEBLA, schedules=CLOSED), office("open", PUEBLA, schedules=OPEN)), PUEBLA, "open closed",
    ),
    "unknown hours are not taken for closed": (
        (office("closed", PUEBLA, schedules=CLOSED), office("unknown", PUEBLA)), PUEBLA, "unknown closed",
    ),
    "nearer and closed before farther and open": (
        (office("open", CHOLULA, schedules=OPEN), office("closed", PUEBLA, schedules=CLOSED)), PUEBLA, "closed open",
    ),
    "of two lines the open one": ((line("closed", schedules=CLOSED), line("open", schedules=OPEN)), PUEBLA, "open closed"),
    "without a place in the order of the directory": (AROUND_PUEBLA, None, "atlixco puebla cholula"),
    "an empty directory": ((), PUEBLA, ""),
}  # fmt: skip


@pytest.mark.parametrize(("entries", "place", "expected"), WHERE.values(), ids=WHERE)
def test_offices_are_named_in_the_order_in_which_they_help(entries: tuple[Entry, ...], place: Municipality | None, expected: str) -> None:
    assert names(found(entries, place)) == expected


def test_without_a_place_no_area_keeps_a_service_out() -> None:
    entries = office("puebla", PUEBLA, area=["21"]), line("town", area=["15057"]), line("country")
    assert {each.service.id for each in found(entries, None)} == {"puebla", "town", "country"}


@pytest.mark.parametrize("place", [PUEBLA, None], ids=["somewhere", "anywhere"])
def test_only_offices_for_the_need_are_found(place: Municipality | None) -> None:
    entries = line("lawyer"), line("doctor", needs=["health"]), line("both", needs=["health", "legal"])
    assert names(found(entries, place)) == "lawyer both"
    assert names(found(entries, place, "health")) == "doctor both"


def test_nothing_is_found_for_a_need_that_nobody_serves() -> None:
    assert found((line("lawyer"), office("doctor", PUEBLA, needs=["health"])), PUEBLA, "work") == []


def test_a_service_that_only_receives_referrals_is_shown_to_nobody() -> None:
    assert names(found((office("receives", PUEBLA, review=None), office("shown", PUEBLA)), PUEBLA)) == "shown"


def test_a_service_in_two_towns_is_named_in_each_of_them() -> None:
    offices = found((office("two", TEHUACAN, CHOLULA), office("one", ATLIXCO)), PUEBLA)
    assert [each.location.id for each in offices if each.location] == ["two@21140", "one@21019", "two@21156"]


def test_an_office_says_how_far_it_is_only_where_that_is_known() -> None:
    entries = office("cholula", CHOLULA), office("unmapped", UNMAPPED), line("line")
    known = {each.service.id: round(each.km) for each in found(entries, PUEBLA) if each.km is not None}
    assert known == {"cholula": 11}
    assert [each.km for each in (*found(entries, UNMAPPED), *found(entries, None))] == [None] * 6


def test_an_office_says_whether_it_is_open_now() -> None:
    entries = line("open", schedules=OPEN), line("closed", schedules=CLOSED), line("unknown")
    assert {each.service.id: each.opening for each in found(entries, PUEBLA)} == {
        "open": Opening(True, clock("2026-11-23 18:00")), "closed": Opening(False, clock("2026-11-23 14:00")), "unknown": None,
    }  # fmt: skip


def test_without_a_place_the_lines_of_the_whole_country_come_first() -> None:
    """The questionnaire says of «Omitir»: "ve los teléfonos de todo el país"."""
    assert names(found((line("puebla", area=["21"]), line("country")), None)).startswith("country")


def test_a_line_is_as_near_as_its_area_that_holds_the_place() -> None:
    state_and_another_town = line("wide", area=["21", "15057"])
    assert names(found((state_and_another_town, line("town", area=["21114"])), PUEBLA)) == "town wide"


def test_a_service_is_not_shown_from_the_day_after_it_expires() -> None:
    expired = Review("directory", date(2026, 1, 1), 90, (Source("Gaceta"),), expires_on=date(2026, 11, 22))
    assert found((line("expired", review=expired),), PUEBLA) == []
