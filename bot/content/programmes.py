"""Whether somebody may come in question for a programme: a rule over answers, where an answer may also be "I do not know".

The result is never "you qualify": it says which condition is not met and which is unknown, and whom to ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from bot.content.calendar import days_of_rest
from bot.content.review import Review, Where

Answers = Mapping[str, Sequence[Any]]
"""Step to `[value, shown]`."""


@dataclass(frozen=True)
class Condition:
    """One condition of a programme, on the answer to one step."""

    step: str
    says: str  # the condition in words
    among: tuple[str, ...] = ()  # choices that meet it
    unknown: tuple[str, ...] = ()  # choices that say neither yes nor no
    at_least: int | None = None
    at_most: int | None = None
    within_working_days: int = 0  # of the date that was answered
    otherwise: str = ""  # what can be done where it is not met; then it closes no door


@dataclass(frozen=True)
class Case:
    """An example of a guide: these answers come to this result (yes, no or unknown)."""

    answers: Mapping[str, str]
    met: str


@dataclass(frozen=True)
class EligibilityRule:
    """Who may come in question: every condition of `all` and one of `any`, as far as it is known."""

    name: str
    title: str
    intent: str
    office: str
    all: tuple[Condition, ...]
    any: tuple[Condition, ...]
    documents: tuple[str, ...]
    unpublished: tuple[str, ...]  # what nobody has published and has to be asked
    review: Review
    where: Where
    cases: tuple[Case, ...] = ()


class Met(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    met: Met
    failed: tuple[Condition, ...]
    unknown: tuple[Condition, ...]
    otherwise: tuple[Condition, ...] = ()  # not met, and something can be done about it


def evaluate(rule: EligibilityRule, answers: Answers, today: date) -> Verdict:
    """Every condition of `all` and at least one of `any`. A question that was not asked or not answered is unknown."""
    results = [(condition, is_met(condition, answers, today)) for condition in rule.all]
    choices = [(condition, is_met(condition, answers, today)) for condition in rule.any]
    if any(met is Met.YES for _, met in choices):
        choices = []
    elif choices and any(met is Met.UNKNOWN for _, met in choices):
        choices = [(condition, met) for condition, met in choices if met is Met.UNKNOWN]
    results += choices
    failed = tuple(condition for condition, met in results if met is Met.NO and not condition.otherwise)
    otherwise = tuple(condition for condition, met in results if met is Met.NO and condition.otherwise)
    unknown = tuple(condition for condition, met in results if met is Met.UNKNOWN)
    return Verdict(Met.NO if failed else Met.UNKNOWN if unknown else Met.YES, failed, unknown, otherwise)


def still_needed(rule: EligibilityRule, answers: Answers) -> set[str]:
    """The steps whose answers can still change the result: nothing more is asked once it is decided."""
    today = date.today()  # dates decide nothing before the last question: only yes and no end it early
    closing = (condition for condition in rule.all if condition.step in answers and not condition.otherwise)
    if any(is_met(condition, answers, today) is Met.NO for condition in closing):
        return set()
    if rule.any and all(is_met(condition, answers, today) is Met.NO for condition in rule.any):
        return set()
    wanted = {condition.step for condition in rule.all}
    if not any(is_met(condition, answers, today) is Met.YES for condition in rule.any):
        wanted |= {condition.step for condition in rule.any}
    return wanted


def is_met(condition: Condition, answers: Answers, today: date) -> Met:
    value = answers[condition.step][0] if condition.step in answers else None
    if value is None or value in condition.unknown:
        return Met.UNKNOWN
    if condition.among or condition.unknown:
        return Met.YES if value in condition.among else Met.NO
    if condition.within_working_days:
        return Met.YES if today <= deadline(date.fromisoformat(str(value)), condition.within_working_days) else Met.NO
    number = int(value)
    too_small = condition.at_least is not None and number < condition.at_least
    too_large = condition.at_most is not None and number > condition.at_most
    return Met.NO if too_small or too_large else Met.YES


def deadline(start: date, working_days: int) -> date:
    """The last of so many working days after that day: no Saturdays, Sundays or days of rest of Mexican law."""
    day, left = start, working_days
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in days_of_rest(day.year):
            left -= 1
    return day
