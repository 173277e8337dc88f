"""Open or closed at a moment of Mexico City's clock, and until when."""

from datetime import UTC, datetime

import pytest

from bot.content.services import Schedule, Service
from bot.offices import Opening, opening_at
from tests.offices import HERE, REVIEW, clock, hours


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
