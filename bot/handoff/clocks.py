"""Minutes in which the team works, and the terms of a ticket counted in them.

Hours are the team's (flows/team.yml) in the time of Mexico City; on the days of rest of Mexican law it is closed unless it says otherwise.
They are laid out in blocks of four weeks, which are remembered. A team that is closed for longer than HORIZON ends no search: what would
come later is said to come at HORIZON.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from bot.content.languages import MEXICO
from bot.content.services import Schedule
from bot.content.team import URGENCIES, Team
from bot.offices import open_spans
from bot.records.tickets import Ticket, Urgency

BLOCK = 28  # days
HORIZON = timedelta(days=3 * 365)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Span:
    """Half open, in UTC: at `closes` nobody works any more."""

    opens: datetime
    closes: datetime


def is_open(team: Team, now: datetime) -> bool:
    return any(span.opens <= now < span.closes for span in _block(team, _number(now)))


def next_opening(team: Team, now: datetime) -> datetime | None:
    """When the team begins to work next, after `now`. None: not before HORIZON, or it never closes."""
    end = now
    for span in _spans_from(team, now):
        if span.opens > end:
            return span.opens
        end = max(end, span.closes)
    return None


def add_open_minutes(team: Team, start: datetime, minutes: int) -> datetime:
    """The moment at which so many minutes of its hours have passed."""
    left = timedelta(minutes=minutes)
    for span in _spans_from(team, start):
        begin = max(span.opens, start)
        if span.closes - begin >= left:
            return begin + left
        left -= span.closes - begin
    return start + HORIZON


def open_minutes_ago(team: Team, now: datetime, minutes: int) -> datetime:
    """The latest moment since which so many minutes of its hours have passed: what began then or before has waited that long."""
    left = timedelta(minutes=minutes)
    for number in range(_number(now), _number(now - HORIZON) - 1, -1):
        for span in reversed(_block(team, number)):
            end = min(span.closes, now)
            if end <= span.opens:
                continue
            if end - span.opens >= left:
                return end - left
            left -= end - span.opens
    return now - HORIZON


def open_minutes_between(team: Team, since: datetime, until: datetime) -> int:
    """Whole minutes of its hours; none when `until` is not later."""
    if until <= since:
        return 0
    passed = timedelta()
    for number in range(_number(since), _number(until) + 1):
        spans = _block(team, number)
        for span in spans[bisect_right(spans, since, key=_closes) :]:
            if span.opens >= until:
                break
            passed += min(span.closes, until) - max(span.opens, since)
    return int(passed / MINUTE)


def reply_by(team: Team, urgency: int, since: datetime) -> datetime:
    """Until when a word of the person is to be answered."""
    return add_open_minutes(team, since, team.reply_within[URGENCIES[urgency]])


def resolve_by(team: Team, urgency: int, since: datetime) -> datetime:
    return add_open_minutes(team, since, team.resolve_within[URGENCIES[urgency]])


@dataclass(frozen=True, slots=True)
class Times:
    """Of one ticket, in minutes of the team's hours. None: it has not come to that, and the term is not over."""

    first_reply: int | None
    resolution: int | None
    replied_in_time: bool | None  # closed without a word: none, if that was within the term
    resolved_in_time: bool | None

    @property
    def is_late(self) -> bool:
        return self.replied_in_time is False or self.resolved_in_time is False


def times_of(team: Team, ticket: Ticket | Row[*tuple[Any, ...]], now: datetime) -> Times:
    """For reports. Who asked to be written to at a certain time waits from then on."""
    began = max(ticket.opened_at, ticket.callback_at or ticket.opened_at)
    replied, resolved, urgency = ticket.first_replied_at, ticket.resolved_at, Urgency(ticket.urgency)
    return Times(
        open_minutes_between(team, began, replied) if replied else None,
        open_minutes_between(team, began, resolved) if resolved else None,
        _in_time(reply_by(team, urgency, began), replied, resolved or now),
        _in_time(resolve_by(team, urgency, began), resolved, now),
    )


def _in_time(term: datetime, done: datetime | None, until: datetime) -> bool | None:
    if done is None:
        return False if until > term else None
    return done <= term


def _closes(span: Span) -> datetime:
    return span.closes


def _spans_from(team: Team, start: datetime) -> Iterator[Span]:
    """Those that end after `start`, as far as HORIZON."""
    first = _number(start)
    for number in range(first, first + HORIZON.days // BLOCK + 2):
        spans = _block(team, number)
        yield from spans[bisect_right(spans, start, key=_closes) :] if number == first else spans


def _number(moment: datetime) -> int:
    """Of the block in which that moment lies."""
    return moment.astimezone(MEXICO).date().toordinal() // BLOCK


def _block(team: Team, number: int) -> tuple[Span, ...]:
    return _laid_out(team.schedules, team.open_on_holidays, number)


@lru_cache(maxsize=512)
def _laid_out(schedules: tuple[Schedule, ...], open_on_holidays: bool, number: int) -> tuple[Span, ...]:
    """The hours within a block, none overlapping, in order. What is open round the end of a block goes on with the next."""
    since = datetime.combine(date.fromordinal(number * BLOCK), time())
    until = since + timedelta(days=BLOCK)
    found: list[tuple[datetime, datetime]] = []
    for opens, closes in open_spans(Team(schedules, open_on_holidays).hours, since, until):
        begin, end = max(opens, since), min(closes, until)
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(Span(_utc(begin), _utc(end)) for begin, end in found)


def _utc(local: datetime) -> datetime:
    return local.replace(tzinfo=MEXICO).astimezone(UTC)
