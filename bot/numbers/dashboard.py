"""The dashboard's charts: lists of counts, protected like those of the report, and how long things took.

Each is of fewer than K people put together with others (`cells`); the queue of this moment is not: it says how much there is to do, and of
nobody what.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.content.languages import MEXICO
from bot.content.marking import N_
from bot.content.published import Content
from bot.numbers import desk, reading
from bot.numbers.cells import REST, Count, K, fold
from bot.numbers.desk import TicketFact, Today
from bot.numbers.lists import Counted, Line, List, Waits, along, counted, lines_of, made_list, most_of, wait_of
from bot.numbers.names import TOGETHER, Names
from bot.numbers.period import Period
from bot.records.reviews import NONE

MONTHS = (1, 3, 12)  # with the one that has begun
STATES = ("21", "15")  # INEGI's keys of those whose municipalities are looked at most: Puebla, Estado de México


@dataclass(frozen=True)
class Wish:
    """What to look at. `organization`: only cases sent there, where a chart is of cases. `state`: only municipalities of it."""

    months: int = 1
    month: str = ""  # «2026-09»: that one alone
    organization: str = ""
    state: str = ""

    def period(self, now: datetime) -> Period:
        today = now.astimezone(MEXICO).date()
        if self.month:
            first = date.fromisoformat(f"{self.month}-01")
            return Period(first, min(today, _next(first) - timedelta(days=1)))
        first = today.replace(day=1)
        for _ in range(self.months - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        return Period(first, today)


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def recent_months(now: datetime, count: int = 12) -> list[str]:
    """The months that are over, the last first."""
    first, found = now.astimezone(MEXICO).date().replace(day=1), []
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(f"{first:%Y-%m}")
    return found


@dataclass(frozen=True)
class Chart:
    """`of_cases`: narrowed to an institution when one is asked for. `tag`: HXL's for what is counted by."""

    list: List
    tag: str
    of_cases: bool = False

    @property
    def name(self) -> str:
        return self.list.name


@dataclass(frozen=True)
class Dashboard:
    period: Period
    charts: Mapping[str, Chart]
    waits: Waits
    made_at: datetime
    today: Today


def make_dashboard(session: Session, content: Content, wish: Wish, now: datetime) -> Dashboard:
    names, period = Names(content), wish.period(now)
    tickets = desk.read_tickets(session, period, content.team, now)
    charts = [
        *_of_tickets(tickets, names),
        *_of_questions(session, content, names, period),
        Chart(_steps(desk.read_steps(session, period, wish.organization)), "#status", of_cases=True),
        Chart(_places(session, names, wish, period), "#adm2+name", of_cases=True),
    ]
    today = now.astimezone(MEXICO).replace(hour=0, minute=0, second=0, microsecond=0)
    return Dashboard(period, {each.name: each for each in charts}, _waits(tickets), now, desk.read_today(session, today, now))


def _of_tickets(tickets: list[TicketFact], names: Names) -> Iterator[Chart]:
    for name, title, label in (
        ("first_reply", N_("Primera respuesta a quien pide una persona"), _replied),
        ("resolution", N_("Peticiones resueltas a tiempo"), _resolved),
    ):
        yield Chart(made_list(name, title, _worth_saying(tickets, label), _in_time), "#status")
    yield Chart(made_list("reason", N_("Por qué se pidió una persona"), counted(tickets, lambda each: each.reason), names.reason), "#cause")
    rated = [each for each in tickets if each.rating]
    yield Chart(made_list("rating", N_("Qué dice la persona de la ayuda"), counted(rated, _rating), _of_rating), "#status")


def _of_questions(session: Session, content: Content, names: Names, period: Period) -> Iterator[Chart]:
    questions = reading.read_questions(session, period, content.topics)
    gaps, languages = desk.read_gaps(session, period), reading.read_languages(session, period)

    def question(label: str) -> str:
        return {REST: TOGETHER, NONE: N_("Ninguna de nuestras respuestas")}.get(label) or content.titles.get(label, label)

    yield Chart(made_list("topic", N_("Temas que se preguntan"), most_of(along(questions, 0)), names.topic), "#subject")
    yield Chart(made_list("decision", N_("Qué se hizo con las preguntas"), most_of(along(questions, 1)), names.decision), "#status")
    yield Chart(
        made_list("missed", N_("Preguntas sin respuesta, por el tema que se adivinó"), most_of(_missed(questions)), names.topic), "#subject"
    )
    yield Chart(made_list("gap", N_("Falta contenido, según quien revisa"), most_of(gaps), question), "#subject")
    yield Chart(made_list("language", N_("Conversaciones nuevas, por idioma"), most_of(languages), names.language), "#meta+lang")


def _missed(questions: Mapping[tuple[str, str], Count]) -> dict[str, Count]:
    return along({cell: count for cell, count in questions.items() if cell[1] in ("fallback", "suggest")}, 0)


def _worth_saying(tickets: list[TicketFact], label: Callable[[TicketFact], str]) -> Counted:
    """In time and late, whatever they are; of the rest, which no total needs, what is enough by itself."""
    counts, people_of = counted(tickets, label)
    return {name: count for name, count in counts.items() if name in ("in_time", "late") or count.people >= K}, people_of


def _replied(each: TicketFact) -> str:
    return _label(each.times.replied_in_time, each.times.resolution is not None and each.times.first_reply is None)


def _resolved(each: TicketFact) -> str:
    return _label(each.times.resolved_in_time, False)


def _label(in_time: bool | None, closed: bool) -> str:
    return "closed" if closed else "open" if in_time is None else "in_time" if in_time else "late"


def _in_time(label: str) -> str:
    said = {
        "in_time": N_("A tiempo"),
        "late": N_("Fuera de tiempo"),
        "open": N_("Todavía en plazo"),
        "closed": N_("Se cerró sin escribirle"),
    }
    return said.get(label, TOGETHER)


def _rating(each: TicketFact) -> str:
    return str(each.rating)


def _of_rating(label: str) -> str:
    return {"3": N_("Le sirvió"), "2": N_("Le sirvió a medias"), "1": N_("No le sirvió")}.get(label, TOGETHER)


def _steps(steps: Mapping[str, Count]) -> List:
    """In their order; a step that fewer than K people came to is left out, and so are all after it."""
    said = {
        "sent": N_("Se enviaron"), "received": N_("La oficina los recibió"), "accepted": N_("Los aceptó"), "in_service": N_("Los atiende"),
        "done": N_("Terminaron"),
    }  # fmt: skip
    lines = []
    for label, title in said.items():
        if steps[label].people < K:
            break
        lines.append(Line(label, title, steps[label].rows))
    return List("funnel", N_("Camino de los casos"), tuple(lines))


def _places(session: Session, names: Names, wish: Wish, period: Period) -> List:
    """Within each state; its small ones are together, if they are people enough."""
    counts = desk.read_places(session, period, wish.organization)

    def people_of(labels: Collection[str]) -> int:
        return desk.people_in(session, period, wish.organization, labels)

    lines: list[Line] = []
    for each in sorted({label[:2] for label in counts if label and wish.state in ("", label[:2])}):
        inside = {label: count for label, count in counts.items() if label[:2] == each}
        into = fold(inside, people_of)
        total: dict[str, int] = {}
        for label, under in (into or {}).items():
            total[under] = total.get(under, 0) + inside[label].rows
        found = lines_of(total, names.municipality)
        others = f"Otros municipios de {names.state(each)}"
        lines += [Line(f"{each}{REST}", others, line.count) if line.label == REST else line for line in found]
    return List(
        "adm2", N_("Casos por municipio"), tuple(sorted(lines, key=lambda line: (line.label.endswith(REST), -line.count, line.label)))
    )


def _waits(tickets: list[TicketFact]) -> Waits:
    replied = [(each.person, each.times.first_reply / 60) for each in tickets if each.times.first_reply is not None]
    resolved = [(each.person, each.times.resolution / 60) for each in tickets if each.times.resolution is not None]
    lines = (wait_of(N_("Hasta la primera respuesta"), replied), wait_of(N_("Hasta quedar resuelta"), resolved))
    return Waits("wait_ticket", N_("Cuánto tarda el equipo, en horas en que trabaja"), lines)
