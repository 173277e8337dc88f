"""Minutes in which the team works, each case counted by hand. November 2026: the 16th (Monday) is a day of rest, the 20th is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.languages import MEXICO
from bot.content.services import Schedule
from bot.content.team import Team
from bot.handoff import clocks
from bot.offices import open_spans
from bot.records.tickets import Ticket, Urgency
from tests.shifts import at

WEEK = Team()  # Monday to Friday, 9 to 18
SPLIT = Team(
    (Schedule("MO,TU,WE,TH,FR", time(9), time(14)), Schedule("MO,TU,WE,TH,FR", time(16), time(19)), Schedule("SA", time(9), time(13)))
)
NIGHTS = Team((Schedule("MO,TU,WE,TH,FR,SA,SU", time(20), time(2)),), open_on_holidays=True)
ALWAYS = Team((Schedule("MO,TU,WE,TH,FR,SA,SU", time(0), None),), open_on_holidays=True)
OVERLAPPING = Team((Schedule("MO", time(9), time(14)), Schedule("MO", time(12), time(15))))
FIRST_MONDAYS = Team((Schedule("1MO", time(10), time(12), "MONTHLY"),))
ONLY_FEBRUARY_29 = Team((Schedule("5SU", time(10), time(10, 1), "MONTHLY"),))
NEVER = Team((Schedule("1MO,-1MO", time(9), time(9, 1), "YEARLY"),))
EVERY = (WEEK, SPLIT, NIGHTS, ALWAYS, OVERLAPPING, FIRST_MONDAYS)


ADDED = {
    "within a day": (WEEK, "2026-11-24 10:00", 90, "2026-11-24 11:30"),
    "to the last minute": (WEEK, "2026-11-24 17:00", 60, "2026-11-24 18:00"),
    "over the night": (WEEK, "2026-11-24 17:30", 60, "2026-11-25 09:30"),
    "over the weekend": (WEEK, "2026-11-27 17:00", 120, "2026-11-30 10:00"),
    "over the weekend and the day of rest": (WEEK, "2026-11-13 17:00", 120, "2026-11-17 10:00"),
    "asked before it opens": (WEEK, "2026-11-24 03:00", 30, "2026-11-24 09:30"),
    "asked on a Sunday": (WEEK, "2026-11-22 12:00", 10, "2026-11-23 09:10"),
    "asked on a day of rest": (WEEK, "2026-11-16 12:00", 10, "2026-11-17 09:10"),
    "over Christmas and New Year": (WEEK, "2026-12-24 17:50", 10 + 4 * 540 + 10, "2027-01-04 09:10"),
    "three days of nine hours": (WEEK, "2026-11-24 09:00", 1620, "2026-11-26 18:00"),
    "over the midday break": (SPLIT, "2026-11-24 13:30", 60, "2026-11-24 16:30"),
    "into a short Saturday": (SPLIT, "2026-11-27 18:30", 60, "2026-11-28 09:30"),
    "round midnight": (NIGHTS, "2026-11-24 23:00", 120, "2026-11-25 01:00"),
    "to the next night": (NIGHTS, "2026-11-25 01:30", 60, "2026-11-25 20:30"),
    "always open": (ALWAYS, "2026-11-28 23:30", 600, "2026-11-29 09:30"),
    "overlapping hours count once": (OVERLAPPING, "2026-11-23 11:00", 240, "2026-11-23 15:00"),
    "the next first Monday": (FIRST_MONDAYS, "2026-11-24 11:00", 30, "2026-12-07 10:30"),
    "where clocks changed until 2022, in spring": (WEEK, "2026-04-03 17:00", 120, "2026-04-06 10:00"),
    "where clocks changed until 2022, in autumn": (WEEK, "2026-10-23 17:00", 120, "2026-10-26 10:00"),
    "always open over that night in spring": (ALWAYS, "2026-04-05 01:30", 120, "2026-04-05 03:30"),
    "always open over that night in autumn": (ALWAYS, "2026-10-25 00:30", 180, "2026-10-25 03:30"),
    "no minutes while it is open": (WEEK, "2026-11-24 10:00", 0, "2026-11-24 10:00"),
}


@pytest.mark.parametrize("case", ADDED)
def test_a_term_counts_only_the_minutes_in_which_the_team_works(case: str) -> None:
    team, start, minutes, end = ADDED[case]
    assert clocks.add_open_minutes(team, at(start), minutes) == at(end)
    assert clocks.open_minutes_between(team, at(start), at(end)) == minutes


BETWEEN = {
    "a whole week": (WEEK, "2026-11-23 00:00", "2026-11-30 00:00", 5 * 540),
    "a week with a day of rest": (WEEK, "2026-11-16 00:00", "2026-11-23 00:00", 4 * 540),
    "open on days of rest": (replace(WEEK, open_on_holidays=True), "2026-11-16 00:00", "2026-11-23 00:00", 5 * 540),
    "a Sunday": (WEEK, "2026-11-22 08:00", "2026-11-22 20:00", 0),
    "backwards": (WEEK, "2026-11-24 12:00", "2026-11-24 10:00", 0),
    "a part of a minute": (WEEK, "2026-11-24 10:00:00", "2026-11-24 10:01:59", 1),
    "from before it opens until after it closes": (WEEK, "2026-11-24 06:00", "2026-11-24 23:00", 540),
    "a year always open": (ALWAYS, "2026-01-01 00:00", "2027-01-01 00:00", 365 * 24 * 60),
    "a week of nights, six hours each": (NIGHTS, "2026-11-23 12:00", "2026-11-30 12:00", 7 * 360),
    "over the end of a block of four weeks": (ALWAYS, "2026-11-01 00:00", "2026-12-31 00:00", 60 * 24 * 60),
}


@pytest.mark.parametrize("case", BETWEEN)
def test_the_minutes_between_two_moments(case: str) -> None:
    team, since, until, minutes = BETWEEN[case]
    assert clocks.open_minutes_between(team, at(since), at(until)) == minutes


OPENINGS = {
    "while it is open": (WEEK, "2026-11-24 10:00", True, "2026-11-25 09:00"),
    "the first minute": (WEEK, "2026-11-24 09:00", True, "2026-11-25 09:00"),
    "the minute it closes": (WEEK, "2026-11-24 18:00", False, "2026-11-25 09:00"),
    "Friday evening before a day of rest": (WEEK, "2026-11-13 20:00", False, "2026-11-17 09:00"),
    "a day of rest": (WEEK, "2026-11-16 10:00", False, "2026-11-17 09:00"),
    "the midday break": (SPLIT, "2026-11-24 15:00", False, "2026-11-24 16:00"),
    "after midnight of a night": (NIGHTS, "2026-11-24 01:00", True, "2026-11-24 20:00"),
    "always": (ALWAYS, "2026-11-24 01:00", True, None),
}


@pytest.mark.parametrize("case", OPENINGS)
def test_whether_it_is_open_and_when_it_opens_next(case: str) -> None:
    team, now, is_open, opens = OPENINGS[case]
    assert clocks.is_open(team, at(now)) is is_open
    assert clocks.next_opening(team, at(now)) == (at(opens) if opens else None)


@pytest.mark.parametrize("team", [NEVER, ONLY_FEBRUARY_29])
def test_a_team_that_hardly_ever_opens_ends_every_search(team: Team) -> None:
    now = at("2026-11-24 10:00")
    assert clocks.add_open_minutes(team, now, 100_000) == now + clocks.HORIZON
    assert clocks.open_minutes_ago(team, now, 100_000) == now - clocks.HORIZON
    clocks.next_opening(team, now)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC, microsecond=0))


@settings(max_examples=150, deadline=None)
@given(team=st.sampled_from(EVERY), start=MOMENTS, minutes=st.integers(1, 3000))
def test_adding_and_counting_agree(team: Team, start: datetime, minutes: int) -> None:
    end = clocks.add_open_minutes(team, start, minutes)
    assert end > start and clocks.open_minutes_between(team, start, end) == minutes
    assert clocks.open_minutes_between(team, start, end - clocks.MINUTE) == minutes - 1, "the last of them is a minute of its hours"


@settings(max_examples=150, deadline=None)
@given(team=st.sampled_from(EVERY), now=MOMENTS, minutes=st.integers(1, 3000), later=st.integers(1, 100_000))
def test_what_began_so_many_minutes_ago_has_waited_that_long_and_what_began_later_has_not(
    team: Team, now: datetime, minutes: int, later: int
) -> None:
    then = clocks.open_minutes_ago(team, now, minutes)
    assert clocks.open_minutes_between(team, then, now) == minutes
    assert clocks.open_minutes_between(team, then + timedelta(seconds=later), now) < minutes


@given(team=st.sampled_from(EVERY), since=MOMENTS, minutes=st.integers(0, 20 * 24 * 60))
def test_minutes_worked_are_those_of_a_plain_count(team: Team, since: datetime, minutes: int) -> None:
    until = since + timedelta(minutes=minutes)
    local = [each.astimezone(MEXICO).replace(tzinfo=None) for each in (since, until)]
    plain, counted = timedelta(), local[0]
    for opens, closes in open_spans(team.hours, local[0] - timedelta(days=1), local[1] + timedelta(days=1)):
        begins, ends = max(opens, counted), min(closes, local[1])
        plain, counted = plain + max(timedelta(), ends - begins), max(counted, ends)
    assert clocks.open_minutes_between(team, since, until) == plain // clocks.MINUTE


def test_the_terms_are_those_of_the_urgency() -> None:
    now = at("2026-11-24 10:00")
    team = replace(
        WEEK, reply_within={"danger": 10, "high": 60, "normal": 120}, resolve_within={"danger": 540, "high": 1080, "normal": 1620}
    )
    assert [clocks.reply_by(team, each, now) for each in Urgency] == [at(f"2026-11-24 {hour}") for hour in ("10:10", "11:00", "12:00")]
    assert [clocks.resolve_by(team, each, now) for each in Urgency] == [at(f"2026-11-{day} 10:00") for day in (25, 26, 27)]


def test_the_times_of_a_ticket_are_counted_in_its_hours_and_from_the_time_the_person_chose() -> None:
    opened, replied, resolved = at("2026-11-24 17:50"), at("2026-11-25 09:20"), at("2026-11-25 12:00")
    ticket = Ticket(opened_at=opened, first_replied_at=replied, resolved_at=resolved, urgency=Urgency.NORMAL, callback_at=None)
    assert clocks.times_of(WEEK, ticket, resolved) == clocks.Times(30, 190, True, True)
    ticket.callback_at = at("2026-11-25 09:10")
    assert clocks.times_of(WEEK, ticket, resolved) == clocks.Times(10, 170, True, True)
    ticket.callback_at = ticket.first_replied_at = ticket.resolved_at = None
    assert clocks.times_of(WEEK, ticket, at("2026-11-25 10:50")) == clocks.Times(None, None, None, None)
    assert clocks.times_of(WEEK, ticket, at("2026-11-25 10:51")) == clocks.Times(None, None, False, None)


def test_the_days_of_rest_of_the_cases_are_those_of_the_law() -> None:
    assert date(2026, 11, 16).weekday() == 0
    assert not clocks.is_open(WEEK, at("2026-11-16 12:00")) and clocks.is_open(WEEK, at("2026-11-20 12:00"))
