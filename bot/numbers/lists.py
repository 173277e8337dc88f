"""Counts of one property, and how long something took, as they may be shown to anybody: what is of too few people is not said."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Protocol

from bot.numbers.cells import REST, Cell, Count, K, fold

FOR_TAIL = 4 * K  # people: the ninetieth percentile of fewer is somebody's own waiting


@dataclass(frozen=True)
class Line:
    label: str
    title: str
    count: int


@dataclass(frozen=True)
class List:
    """One property. `lines` is empty when there is too little to say anything."""

    name: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Wait:
    title: str
    median: float | None  # hours; none when too few
    tail: float | None  # nine in ten waited less


@dataclass(frozen=True)
class Waits:
    name: str
    title: str
    lines: tuple[Wait, ...]


type Counted = tuple[dict[str, Count], Callable[[Collection[str]], int]]


class Fact(Protocol):
    """Something that happened to somebody."""

    @property
    def person(self) -> str: ...


def counted[F: Fact](facts: Iterable[F], label: Callable[[F], str]) -> Counted:
    people: dict[str, set[str]] = defaultdict(set)
    rows: dict[str, int] = defaultdict(int)
    for each in facts:
        rows[label(each)] += 1
        people[label(each)].add(each.person)
    return {name: Count(rows[name], len(people[name])) for name in rows}, lambda names: len(set().union(*(people[name] for name in names)))


def most_of(counts: Mapping[str, Count]) -> Counted:
    """Somebody may stand under several labels: there are at least as many people as under the largest."""
    return dict(counts), lambda names: max(counts[name].people for name in names)


def made_list(name: str, title: str, found: Counted, titles: Callable[[str], str]) -> List:
    counts, people_of = found
    into = fold(counts, people_of)
    total: dict[str, int] = defaultdict(int)
    for label, under in (into or {}).items():
        total[under] += counts[label].rows
    return List(name, title, lines_of(total, titles))


def lines_of(total: Mapping[str, int], titles: Callable[[str], str]) -> tuple[Line, ...]:
    """The most first; what was put together last."""
    ordered = sorted(total, key=lambda label: (label.endswith(REST), -total[label], label))
    return tuple(Line(label, titles(label), total[label]) for label in ordered)


def along(counts: Mapping[Cell, Count], side: int) -> dict[str, Count]:
    """The counts by line (0) or by column (1). People of several cells may be the same: there are at least as many as in the largest."""
    made: dict[str, Count] = {}
    for cell, count in counts.items():
        known = made.get(cell[side], Count(0, 0))
        made[cell[side]] = Count(known.rows + count.rows, max(known.people, count.people))
    return made


def wait_of(title: str, waited: list[tuple[str, float]]) -> Wait:
    """In hours and tenths. How many waited is not said: it would tell what a hidden cell holds."""
    people, hours = len({person for person, _ in waited}), [each for _, each in waited]
    middle = round(median(hours), 1) if people >= K else None
    return Wait(title, middle, round(quantiles(hours, n=10)[-1], 1) if people >= FOR_TAIL else None)
