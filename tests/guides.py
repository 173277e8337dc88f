"""The eligibility guides of flows/: what each comes to by its own file, and every way to answer it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any

import pytest
import yaml

from bot.content.asking import Questionnaire
from bot.content.load import load_content
from bot.content.programmes import EligibilityRule, still_needed
from bot.content.published import Content
from bot.settings import ROOT

GUIDES = {path.stem: path for path in sorted((ROOT / "flows" / "eligibility").glob("*.yml"))}
MONDAY, SATURDAY, AFTER_CHRISTMAS = date(2026, 11, 23), date(2026, 11, 21), date(2027, 1, 5)
DAYS = (MONDAY, SATURDAY, AFTER_CHRISTMAS)
NOT_ASKED = "not asked"
Row = dict[str, Any]
"""Step to the value of its answer: None was skipped, NOT_ASKED has no answer at all."""
every_guide = pytest.mark.parametrize("name", GUIDES)


@cache
def published() -> Content:
    content, problems = load_content(ROOT / "flows", None)
    assert problems == []
    return content


def guide_of(name: str) -> Questionnaire:
    return published().questionnaires[f"check_{name}"]


def rule_of(name: str) -> EligibilityRule:
    rule = guide_of(name).rule
    assert rule is not None
    return rule


def answers_of(row: Row) -> dict[str, list[Any]]:
    """As a questionnaire keeps them."""
    return {step: [value, "—"] for step, value in row.items() if value != NOT_ASKED}


# The reference: the guide's file, read again and held against a row in plain words. True, False, or None: not known.


@cache
def written(name: str) -> Mapping[str, Any]:
    text = GUIDES[name].read_text(encoding="utf-8")
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes only texts, lists and tables)
    assert isinstance(found, dict) and not any("otherwise" in condition for condition in found.get("any", []))
    return found


def is_day_of_rest(day: date) -> bool:
    """Article 74 of the Ley Federal del Trabajo, as far as these tests reach; the first of October of each sixth year from 2024 on."""
    monday = day.weekday() == 0
    moved = monday and ((day.month == 2 and day.day <= 7) or (day.month in (3, 11) and 15 <= day.day <= 21))
    new_president = (day.month, day.day) == (10, 1) and day.year % 6 == 2
    return moved or new_president or (day.month, day.day) in ((1, 1), (5, 1), (9, 16), (12, 25))


def working_days_before(today: date, start: date) -> int:
    """How many working days have gone by between the two days, neither counted."""
    between = (start + timedelta(days=number) for number in range(1, (today - start).days))
    return sum(day.weekday() < 5 and not is_day_of_rest(day) for day in between)


def holds(condition: Mapping[str, Any], row: Row, today: date) -> bool | None:
    value = row.get(condition["step"], NOT_ASKED)
    if value in (None, NOT_ASKED) or value in condition.get("unknown", []):
        return None
    if "within_working_days" in condition:
        return working_days_before(today, date.fromisoformat(value)) < int(condition["within_working_days"])
    if "at_least" in condition or "at_most" in condition:
        return int(condition.get("at_least", -1)) <= value <= int(condition.get("at_most", 1000))
    return value in condition.get("among", [])


def expected(name: str, row: Row, today: date) -> str:
    """What the guide comes to, by its file."""
    table = written(name)
    every = [True if holds(each, row, today) is False and "otherwise" in each else holds(each, row, today) for each in table["all"]]
    some = [holds(each, row, today) for each in table.get("any", [])]
    if False in every or (some and all(each is False for each in some)):
        return "no"
    if None in every or (some and True not in some):
        return "unknown"
    return "yes"


# The rows


def values_of(name: str, step: Mapping[str, Any], today: date) -> list[Any]:
    """What somebody may answer: every option, numbers round each limit, dates on both sides of each term."""
    conditions = [each for key in ("all", "any") for each in written(name).get(key, []) if each["step"] == step["id"]]
    if step["type"] == "choice":
        return [option["value"] for option in step["options"]]
    if step["type"] == "number":
        limits = [int(each[limit]) for each in conditions for limit in ("at_least", "at_most") if limit in each]
        return sorted({0, 999, *(limit + by for limit in limits for by in (-1, 0, 1))})
    if step["type"] == "date":
        return [each.isoformat() for condition in conditions for each in dates_round(today, int(condition["within_working_days"]))]
    raise AssertionError(f"{name}: no rows for a step of type {step['type']}; write them")


def dates_round(today: date, working_days: int) -> list[date]:
    """Today, long ago, and the earliest day that is still within the term with its neighbours."""
    earliest = today
    while working_days_before(today, earliest - timedelta(days=1)) < working_days:
        earliest -= timedelta(days=1)
    return [today, date(2020, 1, 15), *(earliest + timedelta(days=by) for by in (-2, -1, 0, 1))]


def rows(name: str, today: date, *also: Any) -> Iterator[Row]:
    """Every combination of answers; `also` are values that any step may have besides."""
    steps = written(name)["steps"]
    for values in product(*([*values_of(name, step, today), *also] for step in steps)):
        yield dict(zip((step["id"] for step in steps), values, strict=True))


def filled_in(name: str, today: date) -> Iterator[Row]:
    """Every way to answer all of the guide: a step is skipped where that is allowed."""
    optional = {step["id"] for step in written(name)["steps"] if step.get("optional") == "true"}
    return (row for row in rows(name, today, None) if all(value is not None or step in optional for step, value in row.items()))


def next_step(name: str, row: Row) -> str | None:
    """The first step in the order of the guide that has no answer and is still needed."""
    wanted = still_needed(rule_of(name), answers_of(row))
    return next((step.id for step in guide_of(name).steps if step.id not in row and step.id in wanted), None)


def asked(name: str, row: Row) -> Row:
    """The part of the row that is asked for, one step after the other."""
    answered: Row = {}
    while (step := next_step(name, answered)) is not None:
        answered[step] = row[step]
    return answered
