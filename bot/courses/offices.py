"""The report for institutions: how many officials of each office learn, begin and finish, and which lessons are hard.

Nothing is said of fewer people than `smallest_group` of flows/learning.yml, nor can it be worked out: offices and courses that are too
small go together or are left out, cells that are too small are hidden, and others with them (`numbers.cells`). What is finished has no
totals, so it adds nothing to what is hidden. Of a lesson only whole groups count, in the order in which they finished it: whoever looks
again tomorrow sees the next group, never the one person who came in between.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import ceil

from sqlalchemy.orm import Session

from bot.content.marking import N_
from bot.content.published import Content
from bot.courses.office_figures import NAMED, read_beginners, read_begun, read_days, read_joined, read_lessons
from bot.numbers.cells import REST, Cell, Count, fold, hidden
from bot.permissions import Action, Actor, require

TENTHS = 10
TOGETHER = N_("Otras oficinas (pocas personas cada una)")


@dataclass(frozen=True)
class Group:
    """Of an office in a course."""

    begun: int
    finished: int
    days: int | None  # in which half of those who finished did so; None: too few finished

    @property
    def share(self) -> int:
        """Percent."""
        return round(100 * self.finished / self.begun) if self.begun else 0


@dataclass(frozen=True)
class Lesson:
    """`tenths`: of ten questions so many were right at first."""

    course: str
    lesson: str
    title: str
    tenths: int


@dataclass(frozen=True)
class Figures:
    """As they are counted. `beginners`: people who began any course that is large enough."""

    joined: Mapping[str, int]
    begun: Mapping[Cell, tuple[int, int]]  # and finished
    beginners: Mapping[str, int]
    days: Mapping[Cell, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """`cells`: by course; None where the number is hidden. `enrolments`: None where no totals are given."""

    label: str
    joined: int
    cells: Mapping[str, Group | None]
    enrolments: int | None


@dataclass(frozen=True)
class Table:
    """As it may be shown. `totals`: how many began each course; None when they would give a hidden cell away."""

    lines: tuple[Line, ...]
    totals: Mapping[str, int] | None
    courses: tuple[str, ...]

    @property
    def hidden_cells(self) -> int:
        return sum(cell is None for line in self.lines for cell in line.cells.values())


@dataclass(frozen=True)
class Report:
    """`too_small`: courses that fewer than `least` people began, or nobody. `titles`: of courses and offices."""

    organization: str | None  # None: of all offices
    least: int
    table: Table
    too_small: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    titles: Mapping[str, str]


def read(session: Session, actor: Actor, content: Content) -> Report:
    """Who belongs to an institution gets that one's. Raises RefusedError."""
    require(actor, Action.LEARNING_REPORT)
    least, organization = content.learning.smallest_group, actor.organization_id
    begun = read_begun(session, organization)
    beginners = read_beginners(session, organization, large_courses(begun, least))
    figures = Figures(read_joined(session, organization), begun, beginners, read_days(session, organization))
    table = protected(figures, least, is_alone=organization is not None)
    courses = sorted({*content.courses, *(course for _, course in begun)})
    titles = {name: content.courses[name].title if name in content.courses else name for name in courses}
    titles |= {line.label: _office(content, line.label) for line in table.lines}
    too_small = tuple(name for name in courses if name not in table.courses)
    return Report(organization, least, table, too_small, _lessons(read_lessons(session, organization, least), content), titles)


def large_courses(begun: Mapping[Cell, tuple[int, int]], least: int) -> tuple[str, ...]:
    people: dict[str, int] = defaultdict(int)
    for (_, course), (count, _) in begun.items():
        people[course] += count  # nobody is in two offices, nor twice in a course
    return tuple(sorted(course for course, count in people.items() if count >= least))


def protected(figures: Figures, least: int, is_alone: bool = False) -> Table:
    """`is_alone`: an institution looks at itself; the totals of one line would be its cells."""
    courses, labels = large_courses(figures.begun, least), _labels(figures, least)
    counts: dict[Cell, tuple[int, int]] = {}
    joined: dict[str, int] = defaultdict(int)
    for office, label in labels.items():
        joined[label] += figures.joined.get(office, 0)
        for course in courses:
            (had, done), (begun, finished) = counts.get((label, course), (0, 0)), figures.begun.get((office, course), (0, 0))
            counts[label, course] = (had + begun, done + finished)
    seen = {cell: Count(begun, begun) for cell, (begun, _) in counts.items()}
    empty = None if is_alone else hidden(seen, list(joined), courses, least)
    hide = {cell for cell, count in seen.items() if count.is_small(least)} if empty is None else empty
    lines = []
    for label in sorted(joined, key=lambda each: (each == REST, -joined[each], each)):
        cells = {each: None if (label, each) in hide else _group(figures, (label, each), counts[label, each], least) for each in courses}
        lines.append(Line(label, joined[label], cells, None if empty is None else sum(counts[label, each][0] for each in courses)))
    totals = {each: sum(counts[label, each][0] for label in joined) for each in courses}
    return Table(tuple(lines), None if empty is None else totals, courses)


def _labels(figures: Figures, least: int) -> dict[str, str]:
    """What each office is shown under. One that nobody of began anything stands by itself if it is large enough."""

    def people_of(offices: Collection[str]) -> int:
        return sum(figures.beginners[office] for office in offices)

    labels = fold({office: Count(people, people) for office, people in figures.beginners.items()}, people_of, least) or {}
    for office, people in figures.joined.items():
        if office not in labels and people >= least:
            labels[office] = office
    return labels


def _group(figures: Figures, cell: Cell, counted: tuple[int, int], least: int) -> Group:
    begun, finished = counted
    days = figures.days.get(cell) if finished >= least else None
    return Group(begun, finished, None if days is None else max(1, ceil(days)))


def _office(content: Content, label: str) -> str:
    found = content.organizations.get(label)
    return found.name if found else TOGETHER if label == REST else label.removeprefix(NAMED)


def _lessons(figures: Mapping[Cell, tuple[int, int]], content: Content) -> tuple[Lesson, ...]:
    """The hardest first."""
    made = []
    for (course, name), (asked, right) in figures.items():
        known = content.courses[course].lesson(name) if course in content.courses else None
        made.append(Lesson(course, name, known.title if known else name, round(TENTHS * right / asked)))
    return tuple(sorted(made, key=lambda each: (each.tenths, each.course, each.lesson)))
