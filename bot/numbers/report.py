"""The numbers of a period, as they may be shown to anybody.

Cases are counted by one property each, and by some pairs: need with state, need with month, need with institution, institution with how
it stands. The pairs form a tree, so nothing follows from all of them together that does not follow from one alone, and each alone is
protected by `cells`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.numbers import reading
from bot.numbers.cells import REST, Cell, Count, K, fold, hidden
from bot.numbers.lists import Counted, Line, List, Waits, along, counted, lines_of, made_list, most_of, wait_of
from bot.numbers.names import Names
from bot.numbers.period import Period
from bot.numbers.reading import CaseFact, RequestFact


@dataclass(frozen=True)
class Grid:
    """Two properties; a cell without a number is hidden. `cells` is None when the table could not be protected."""

    name: str
    title: str
    lines: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: Mapping[Cell, int | None] | None

    def shown(self, line: str, column: str) -> int | None:
        return (self.cells or {}).get((line, column), 0)


@dataclass(frozen=True)
class Report:
    period: Period
    institution: str
    lists: tuple[List, ...]
    grids: tuple[Grid, ...]
    waits: tuple[Waits, ...]

    def list_of(self, name: str) -> List:
        return next(each for each in self.lists if each.name == name)


def make_report(session: Session, content: Content, period: Period, now: datetime) -> Report:
    names = Names(content)
    cases = reading.read_cases(session, period, now)
    requests = reading.read_requests(session, period)
    questions = reading.read_questions(session, period, content.topics)
    lists = [
        *_lists(cases, names),
        made_list("reason", "Peticiones de hablar con una persona, por motivo", counted(requests, _reason), names.reason),
        _topics(questions, names),
        made_list("language", "Conversaciones nuevas, por idioma", most_of(reading.read_languages(session, period)), names.language),
    ]
    topics = _grid("topic_decision", "Preguntas por tema y qué se hizo", questions, most_of, names.topic, names.decision)
    waits = (*_waits(cases, names), _request_waits(requests, names))
    return Report(period, content.institution.title, tuple(lists), (*_grids(cases, names), topics), waits)


def _lists(cases: list[CaseFact], names: Names) -> Iterable[List]:
    yield List("total", "Casos enviados a una institución", (Line("all", "Casos", len(cases)),) if _may_say(cases) else ())
    for name, title, label, titles in (
        ("need", "Casos por necesidad", _need, names.need), ("adm1", "Casos por estado", _state, names.state),
        ("organization", "Casos por institución", _organization, names.organization), ("month", "Casos por mes", _month, names.month),
        ("status", "Cómo están los casos", _status, names.status),
        ("attended", "¿La persona dice que la atendieron?", _attended, names.attended),
        ("late", "Casos que la institución no contestó a tiempo", _late, names.late),
    ):  # fmt: skip
        made = made_list(name, title, counted(cases, label), titles)
        yield List(name, title, tuple(sorted(made.lines, key=lambda line: line.label))) if name == "month" else made
    yield _municipalities(cases, names)
    yield _refusals(cases, names)


def _municipalities(cases: list[CaseFact], names: Names) -> List:
    """Within each state that is named; the small ones of a state are together, and so add up to it."""
    counts, people_of = counted(cases, _state)
    lines: list[Line] = []
    for state, under in (fold(counts, people_of) or {}).items():
        if under == REST or not state:
            continue
        inside = [each for each in cases if _state(each) == state]
        found = made_list("", "", counted(inside, lambda each: each.municipality or ""), names.municipality).lines
        others = f"Otros municipios de {names.state(state)}"
        lines += [Line(f"{state}{REST}", others, each.count) if each.label == REST else each for each in found]
    total = {line.label: line.count for line in lines}
    titles = {line.label: line.title for line in lines}
    return List("adm2", "Casos por municipio", lines_of(total, titles.__getitem__))


def _refusals(cases: list[CaseFact], names: Names) -> List:
    """Only where the number of rejected cases is published anyway."""
    title = "Por qué no se aceptaron"
    into = fold(*counted(cases, _status)) or {}
    rejected = [each for each in cases if each.state == "rejected"]
    if into.get("rejected") != "rejected":
        return List("refusal", title, ())
    return made_list("refusal", title, counted(rejected, lambda each: each.refusal or ""), names.refusal)


def _may_say(cases: list[CaseFact]) -> bool:
    return len({each.person for each in cases}) >= K


def _grids(cases: list[CaseFact], names: Names) -> Iterable[Grid]:
    for name, title, of_line, of_column, line_titles, column_titles in (
        ("adm1_need", "Casos por estado y necesidad", _state, _need, names.state, names.need),
        ("month_need", "Casos por mes y necesidad", _month, _need, names.month, names.need),
        ("organization_need", "Casos por institución y necesidad", _organization, _need, names.organization, names.need),
        ("organization_status", "Cómo están los casos de cada institución", _organization, _status, names.organization, names.status),
    ):
        lines, columns = fold(*counted(cases, of_line)), fold(*counted(cases, of_column))
        if lines is None or columns is None:
            yield Grid(name, title, (), (), None)
            continue
        people: dict[Cell, set[str]] = defaultdict(set)
        rows: dict[Cell, int] = defaultdict(int)
        for each in cases:
            cell = (lines[of_line(each)], columns[of_column(each)])
            people[cell].add(each.person)
            rows[cell] += 1
        yield _protected(name, title, {cell: Count(rows[cell], len(people[cell])) for cell in rows}, line_titles, column_titles)


def _grid(
    name: str, title: str, counts: Mapping[Cell, Count], folded: Callable[[Mapping[str, Count]], Counted],
    line_titles: Callable[[str], str], column_titles: Callable[[str], str],
) -> Grid:  # fmt: skip
    lines, columns = fold(*folded(along(counts, 0))), fold(*folded(along(counts, 1)))
    if lines is None or columns is None:
        return Grid(name, title, (), (), None)
    cells: dict[Cell, Count] = {}
    for (line, column), count in counts.items():
        cell = (lines[line], columns[column])
        known = cells.get(cell, Count(0, 0))
        cells[cell] = Count(known.rows + count.rows, max(known.people, count.people))
    return _protected(name, title, cells, line_titles, column_titles)


def _protected(
    name: str, title: str, cells: Mapping[Cell, Count], line_titles: Callable[[str], str], column_titles: Callable[[str], str]
) -> Grid:
    total = [{label: count.rows for label, count in along(cells, side).items()} for side in (0, 1)]
    empty = hidden(cells, total[0], total[1])
    lines, columns = lines_of(total[0], line_titles), lines_of(total[1], column_titles)
    if name.startswith("month"):
        lines = tuple(sorted(lines, key=lambda line: line.label))
    if empty is None:
        return Grid(name, title, lines, columns, None)
    shown = {(line, column): None if (line, column) in empty else _rows(cells, (line, column)) for line in total[0] for column in total[1]}
    return Grid(name, title, lines, columns, shown)


def _rows(cells: Mapping[Cell, Count], cell: Cell) -> int:
    return cells[cell].rows if cell in cells else 0


def _topics(questions: Mapping[Cell, Count], names: Names) -> List:
    return made_list("topic", "Preguntas por tema", most_of(along(questions, 0)), names.topic)


def _waits(cases: list[CaseFact], names: Names) -> Iterable[Waits]:
    steps = (
        ("received", "Hasta que la oficina lo recibe"), ("answered", "Hasta que contesta si lo acepta o no"),
        ("in_service", "Hasta que empieza a atender"), ("done", "Hasta que termina"),
    )  # fmt: skip
    yield Waits(
        "wait_state", "Cuánto tarda un caso desde que se envía",
        tuple(wait_of(title, [(each.person, each.hours[name]) for each in cases if name in each.hours]) for name, title in steps),
    )  # fmt: skip
    offices = made_list("", "", counted(cases, _organization), names.organization).lines
    yield Waits(
        "wait_organization", "Cuánto tarda cada institución en contestar",
        tuple(
            wait_of(line.title, [(each.person, each.hours["answered"]) for each in cases
                               if each.organization == line.label and "answered" in each.hours])
            for line in offices if line.label != REST
        ),
    )  # fmt: skip


def _request_waits(requests: list[RequestFact], names: Names) -> Waits:
    reasons = [line for line in made_list("", "", counted(requests, _reason), names.reason).lines if line.label != REST]
    lines = [wait_of("Todas las peticiones", [(each.person, each.hours) for each in requests if each.hours is not None])]
    for line in reasons:
        waited = [(each.person, each.hours) for each in requests if each.reason == line.label and each.hours is not None]
        lines.append(wait_of(line.title, waited))
    return Waits("wait_reason", "Cuánto espera quien pide hablar con una persona", tuple(lines))


def _need(each: CaseFact) -> str:
    return each.need


def _state(each: CaseFact) -> str:
    return (each.municipality or "")[:2]


def _organization(each: CaseFact) -> str:
    return each.organization


def _month(each: CaseFact) -> str:
    return each.month


def _status(each: CaseFact) -> str:
    return each.state


def _reason(each: RequestFact) -> str:
    return each.reason


def _attended(each: CaseFact) -> str:
    return "" if each.attended is None else "yes" if each.attended else "no"


def _late(each: CaseFact) -> str:
    return "late" if each.is_late else "in_time"
