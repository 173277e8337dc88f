"""Until when an office has to answer, in its own hours, on days of rest and at the ends of the year."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.calendar import days_of_rest
from bot.content.languages import MEXICO
from bot.content.review import Where
from bot.content.services import Schedule, Service
from bot.conversation.surroundings import Surroundings
from bot.records.referrals import Priority
from bot.referrals.deadlines import PRIORITIES, WORKING_DAYS, answer_by, hours_of, priority_of
from tests.offices import clock

URGENT, SOON, NORMAL = Priority.URGENT, Priority.SOON, Priority.NORMAL


def service(*schedules: Schedule, on_holidays: bool = False, name: str = "office") -> Service:
    return Service(name, "ipam", name, Where(Path(), 0), schedules=schedules, open_on_holidays=on_holidays)


MORNINGS = service(Schedule("MO,TU,WE,TH,FR", time(9), time(14)))
SATURDAYS_TOO = service(Schedule("MO,TU,WE,TH,FR,SA", time(9), time(14)))
TWICE_A_DAY = service(Schedule("MO,TU,WE,TH,FR", time(9), time(13)), Schedule("MO,TU,WE,TH,FR", time(15), time(18)))
ALWAYS = service(Schedule("MO,TU,WE,TH,FR,SA,SU", time(0), None), on_holidays=True)
NIGHTS = service(Schedule("MO,TU,WE,TH,FR", time(20), time(4)))
WEDNESDAYS = service(Schedule("WE", time(9), time(12)))
ONCE_A_MONTH = service(Schedule("1MO", time(9), time(12), "MONTHLY"))


@pytest.mark.parametrize(
    ("priority", "services", "sent", "expected"),
    [
        # 21 November 2026 is a Saturday; Monday 16 November and Friday 25 December are days of rest
        (URGENT, [], "2026-11-18T10:00", "2026-11-19T10:00"),
        (URGENT, [], "2026-11-20T17:00", "2026-11-23T17:00"),
        (URGENT, [], "2026-11-20T20:00", "2026-11-24T09:00"),
        (URGENT, [], "2026-11-21T12:00", "2026-11-24T09:00"),
        (URGENT, [], "2026-11-13T10:00", "2026-11-17T10:00"),
        (URGENT, [], "2026-11-18T07:30", "2026-11-19T09:00"),
        (SOON, [], "2026-11-18T10:00", "2026-11-23T10:00"),
        (NORMAL, [], "2026-11-18T10:00", "2026-12-02T10:00"),
        (NORMAL, [], "2026-12-21T10:00", "2027-01-06T10:00"),
        (URGENT, [MORNINGS], "2026-11-18T13:30", "2026-11-19T13:30"),
        (URGENT, [MORNINGS], "2026-11-18T14:00", "2026-11-20T09:00"),
        (URGENT, [SATURDAYS_TOO], "2026-11-20T10:00", "2026-11-21T10:00"),
        (NORMAL, [SATURDAYS_TOO], "2026-11-18T10:00", "2026-12-02T10:00"),
        (URGENT, [TWICE_A_DAY], "2026-11-18T14:00", "2026-11-19T14:00"),
        (URGENT, [ALWAYS], "2026-11-15T03:00", "2026-11-16T03:00"),
        (NORMAL, [ALWAYS], "2026-11-15T03:00", "2026-11-29T03:00"),
        (URGENT, [NIGHTS], "2026-11-18T23:00", "2026-11-19T23:00"),
        (URGENT, [MORNINGS, SATURDAYS_TOO], "2026-11-20T13:00", "2026-11-21T13:00"),
        (URGENT, [WEDNESDAYS], "2026-11-18T10:00", "2026-11-25T10:00"),
        (URGENT, [ONCE_A_MONTH], "2026-11-18T10:00", "2026-11-19T10:00"),
        (NORMAL, [ONCE_A_MONTH], "2026-11-18T10:00", "2026-12-02T10:00"),
    ],
)
def test_an_office_has_as_many_of_its_own_days_as_the_priority_gives(
    priority: Priority, services: list[Service], sent: str, expected: str
) -> None:
    assert answer_by(priority, services, clock(sent)) == clock(expected)


def test_the_hours_are_those_of_mexico_whatever_clock_the_moment_comes_with() -> None:
    sent = clock("2026-11-18T10:00")
    answers = {answer_by(SOON, [], sent.astimezone(zone)) for zone in (UTC, ZoneInfo("Asia/Tokyo"), MEXICO)}
    assert answers == {clock("2026-11-23T10:00")}


SCHEDULES = st.builds(
    lambda days, opens, hours: Schedule(",".join(sorted(days)), time(opens), time(opens + hours)),
    st.sets(st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU")), min_size=1),
    st.integers(0, 15),
    st.integers(1, 8),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


@given(
    schedules=st.lists(SCHEDULES, min_size=1, max_size=2),
    on_holidays=st.booleans(),
    sent=MOMENTS,
    more=st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_a_deadline_is_in_office_hours_and_later_for_what_is_less_urgent_or_comes_later(
    schedules: list[Schedule], on_holidays: bool, sent: datetime, more: timedelta
) -> None:
    office = [service(*schedules, on_holidays=on_holidays)]
    urgent, soon, normal = (answer_by(priority, office, sent) for priority in (URGENT, SOON, NORMAL))
    assert sent < urgent < soon
    assert urgent <= normal
    assert answer_by(URGENT, office, sent + more) >= urgent
    names = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    for each in (urgent, soon, normal):
        local = each.astimezone(MEXICO)
        of_the_day = [schedule for schedule in schedules if names[local.weekday()] in schedule.byday]
        assert of_the_day, "a day on which it is closed"
        assert min(each.opens_at for each in of_the_day) <= local.time() <= max(each.closes_at or time.max for each in of_the_day)
        assert on_holidays or local.date() not in days_of_rest(local.year)


def test_detained_family_and_legal_help_are_urgent_and_danger_makes_anything_so(content_around: Surroundings) -> None:
    needs = [option.value for option in content_around.content.questionnaires["referral_intake"].step("need").options]
    assert set(PRIORITIES) <= set(needs), "a need that nobody can choose"
    found = {need: priority_of(need, in_danger=False) for need in needs}
    assert [need for need in needs if found[need] is URGENT] == ["legal", "family"]
    assert found["work"] is NORMAL
    assert {priority_of(need, in_danger=True) for need in needs} == {URGENT}


def test_the_service_s_own_hours_count_before_those_of_its_organization(content_around: Surroundings) -> None:
    content = content_around.content
    known = next(each for each in content.services.values() if each.schedules)
    assert hours_of(content, known.organization_id, known.id) == [known]
    all_of_it = hours_of(content, known.organization_id, "another")
    assert known in all_of_it and {each.organization_id for each in all_of_it} == {known.organization_id}
    assert hours_of(content, "unknown", None) == [] and WORKING_DAYS.schedules
