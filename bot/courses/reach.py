"""Which municipalities of a state have officials who learn and who hold a valid certificate, counted by the database.

A person counts where they were invited, a certificate where it was issued: each in one row, so the rows add up to the total. Who asked to
be erased is no person any more; their certificate still is one. Who left counts neither as invited nor towards the target.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.content.learning import Target
from bot.content.published import Content
from bot.errors import RefusedError
from bot.permissions import Action, Actor, require
from bot.records.learning import Certificate, Learner
from nlu.components.spelling import plain

_NEVER = datetime.max.replace(tzinfo=UTC)


class Level(StrEnum):
    """How far a municipality is, the least first."""

    NOBODY = "nobody"  # is invited
    INVITED = "invited"  # somebody is invited or learns, nobody holds a certificate
    SOME = "some"  # hold one, fewer than the target
    MET = "met"


@dataclass(frozen=True)
class Counts:
    """Of people: invited = joined + waiting + lapsed; left is apart. Of valid certificates: certificates = theirs + of_left + of_erased."""

    joined: int = 0
    waiting: int = 0  # their link can still be used
    lapsed: int = 0  # it cannot
    left: int = 0
    people: int = 0  # who are there and hold a valid certificate
    certificates: int = 0
    of_left: int = 0
    of_erased: int = 0
    since: datetime | None = None  # the first of the certificates that people there hold
    by_course: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # people

    @property
    def invited(self) -> int:
        return self.joined + self.waiting + self.lapsed

    @property
    def theirs(self) -> int:
        """Certificates of people who are counted."""
        return self.certificates - self.of_left - self.of_erased


@dataclass(frozen=True)
class Row:
    key: str
    name: str
    population: int
    counts: Counts
    target: int  # 0: there is none

    @property
    def missing(self) -> int:
        return max(0, self.target - self.counts.people)

    @property
    def level(self) -> Level:
        if self.counts.people:
            return Level.SOME if self.missing else Level.MET
        return Level.INVITED if self.counts.invited else Level.NOBODY


@dataclass(frozen=True)
class Reach:
    """`course`: people, certificates and since when are of that one alone."""

    state: str
    title: str
    course: str
    courses: Mapping[str, str]  # name to title, of those in the records too
    target: Target | None
    rows: tuple[Row, ...]
    total: Counts

    @property
    def levels(self) -> Mapping[Level, int]:
        return {level: sum(row.level is level for row in self.rows) for level in Level}

    @property
    def met(self) -> int:
        """Places of the target that are filled: more than it in one municipality does not make up for another."""
        return sum(min(row.counts.people, row.target) for row in self.rows)

    @property
    def wanted(self) -> int:
        return sum(row.target for row in self.rows)


def read(session: Session, actor: Actor, content: Content, state: str, now: datetime, course: str = "") -> Reach:
    """Raises RefusedError for a state that there is not."""
    require(actor, Action.LEARNING_REACH)
    places = [place for place in content.municipalities.places if place.key[:2] == state]
    if not places:
        raise RefusedError(f"«{state}» no es la clave de un estado: son dos cifras del INEGI, como 21 (Puebla) o 15 (Estado de México)")
    counts = _counted(session, state, now, course)
    target = next((each for each in content.learning.targets if each.state == state), None)
    each_one = target.per_municipality if target else 0
    rows = [Row(place.key, place.name, place.population, counts.pop(place.key, Counts()), each_one) for place in places]
    rows += [Row(key, key, 0, left, 0) for key, left in sorted(counts.items())]  # keys that are in the records and no longer in the list
    found = {name for row in rows for name in row.counts.by_course}
    titles = {name: content.courses[name].title if name in content.courses else name for name in sorted(found | set(content.courses))}
    return Reach(state, places[0].state, course, titles, target, tuple(rows), total_of(row.counts for row in rows))


ORDERS: Mapping[str, Callable[[Row], tuple[Any, ...]]] = {
    "municipio": lambda row: (plain(row.name),),
    "poblacion": lambda row: (row.population,),
    "invitadas": lambda row: (row.counts.invited,),
    "inscritas": lambda row: (row.counts.joined,),
    "personas": lambda row: (row.counts.people,),
    "constancias": lambda row: (row.counts.certificates,),
    "desde": lambda row: (row.counts.since is None, row.counts.since or _NEVER),
    "faltan": lambda row: (row.missing,),
}
"""By the word that stands in an address."""
ONLY: Mapping[str, Callable[[Row], bool]] = {
    "sin_nadie": lambda row: row.counts.people == 0,
    "sin_inscritas": lambda row: row.counts.joined == 0,
    "sin_meta": lambda row: row.missing > 0,
}


def chosen(rows: Sequence[Row], only: str = "", order: str = "") -> list[Row]:
    """`order`: with - before it, the most first. What is none of ours changes nothing: all of them, by name."""
    kept = [row for row in rows if only not in ONLY or ONLY[only](row)]
    word = order.removeprefix("-")
    by_name = sorted(kept, key=ORDERS["municipio"])
    return sorted(by_name, key=ORDERS[word], reverse=order.startswith("-")) if word in ORDERS else by_name


def total_of(counts: Iterable[Counts]) -> Counts:
    every = list(counts)
    numbers = ("joined", "waiting", "lapsed", "left", "people", "certificates", "of_left", "of_erased")
    by_course: dict[str, int] = defaultdict(int)
    for each in every:
        for name, people in each.by_course.items():
            by_course[name] += people
    sums = {name: sum(getattr(each, name) for each in every) for name in numbers}
    since = min((each.since for each in every if each.since), default=None)
    return Counts(**sums, since=since, by_course=MappingProxyType(dict(by_course)))


def _counted(session: Session, state: str, now: datetime, course: str) -> dict[str, Counts]:
    """By key. Four queries, whatever there is; each looks at the people and the valid certificates of the state."""
    found: dict[str, Counts] = defaultdict(Counts)
    for key, joined, waiting, lapsed, left in session.execute(_people(state, now)):
        found[key] = Counts(int(joined), int(waiting), int(lapsed), int(left))
    for key, certificates, of_left, of_erased in session.execute(_certificates(state, now, course)):
        found[key] = replace(found[key], certificates=int(certificates), of_left=int(of_left), of_erased=int(of_erased))
    for key, people, since in session.execute(_holders(state, now, course).group_by(Learner.municipality)):
        found[key] = replace(found[key], people=int(people), since=since)
    by_course: dict[str, dict[str, int]] = defaultdict(dict)
    columns: Sequence[Any] = (Learner.municipality, Certificate.course)
    for key, people, _, name in session.execute(_holders(state, now, "").add_columns(Certificate.course).group_by(*columns)):
        by_course[key][name] = int(people)
    for key, courses in by_course.items():
        found[key] = replace(found[key], by_course=MappingProxyType(courses))
    return found


def _people(state: str, now: datetime) -> Select[Any]:
    stays, joined = Learner.withdrawn_at.is_(None), Learner.joined_at.is_not(None)
    can = func.coalesce(Learner.invitation_expires_at >= now, False)
    groups = (stays & joined, stays & ~joined & can, stays & ~joined & ~can, ~stays)
    return (
        select(Learner.municipality, *(_how_many(each) for each in groups)).where(*_within(Learner.municipality, state))
        .group_by(Learner.municipality)
    )  # fmt: skip


def _certificates(state: str, now: datetime, course: str) -> Select[Any]:
    counted = (func.count(), _how_many(Learner.withdrawn_at.is_not(None)), _how_many(Certificate.learner_id.is_(None)))
    return (
        select(Certificate.municipality, *counted).outerjoin(Learner, Learner.id == Certificate.learner_id)
        .where(*_valid(now, course), *_within(Certificate.municipality, state)).group_by(Certificate.municipality)
    )  # fmt: skip


def _holders(state: str, now: datetime, course: str) -> Select[str, int, datetime]:
    found = select(Learner.municipality, func.count(Learner.id.distinct()), func.min(Certificate.issued_at))
    return found.join(Certificate, Certificate.learner_id == Learner.id).where(
        *_valid(now, course), Learner.withdrawn_at.is_(None), *_within(Learner.municipality, state)
    )


def _valid(now: datetime, course: str) -> list[ColumnElement[bool]]:
    valid = [Certificate.revoked_at.is_(None), Certificate.expires_at > now]
    return [*valid, Certificate.course == course] if course else valid


def _within(column: InstrumentedAttribute[str], state: str) -> tuple[ColumnElement[bool], ...]:
    """A range, not a pattern: an index finds it on every database."""
    return column >= state, column < f"{int(state) + 1:02}"


def _how_many(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)
