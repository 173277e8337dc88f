"""«Capacitación»: which municipalities have officials who learn, and the report by office. Counted on a thread that nobody waits for."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import Response

from bot import audit
from bot.console.door import Page
from bot.console.downloads import download
from bot.console.visit import Visit
from bot.content.marking import N_
from bot.courses import offices, reach, report_files
from bot.courses.reach import ONLY, ORDERS, Level, Reach, Row
from bot.numbers.cartogram import squares
from bot.numbers.reading import snapshot
from bot.permissions import Action

TRAINING = "/consola/capacitacion"
CSV = "text/csv; charset=utf-8"
IN_A_LINE = 16  # squares of municipalities whose place is not known
LEVELS = {
    Level.NOBODY: N_("Nadie invitado"), Level.INVITED: N_("Con invitadas, sin constancia"),
    Level.SOME: N_("Con constancia, falta para la meta"), Level.MET: N_("Llega a la meta"),
}  # fmt: skip
LEVEL_WITHOUT_TARGET = N_("Con constancia")
FILTERS = {
    "sin_nadie": N_("Sin nadie con constancia"), "sin_inscritas": N_("Sin nadie inscrito"), "sin_meta": N_("No llegan a la meta"),
}  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What an address asks for; what is none of ours is all of the first state, by name."""

    state: str
    course: str
    only: str
    order: str

    def address(self, **other: str) -> str:
        asked = {"estado": self.state, "curso": self.course, "solo": self.only, "orden": self.order, **other}
        return urlencode({name: value for name, value in asked.items() if value})

    def order_by(self, word: str) -> str:
        """Numbers begin with the most, and the other way round at the next press."""
        first, second = (word, f"-{word}") if word in ("municipio", "desde") else (f"-{word}", word)
        return self.address(orden=second if self.order == first else first)

    def sorted_as(self, word: str) -> str | None:
        """What a screen reader says of the column."""
        return {word: "ascending", f"-{word}": "descending"}.get(self.order)


async def show_reach(visit: Visit) -> Response:
    wish = wish_of(visit)
    found = await _reach(visit, wish)
    states = {place.key[:2]: place.state for place in visit.content.municipalities.places if place.key[:2] in _states(visit)}
    levels = {**LEVELS, **({} if found.target else {Level.MET: LEVEL_WITHOUT_TARGET})}
    if not found.target:
        del levels[Level.SOME]
    return visit.page(
        "training.html", found=found, rows=reach.chosen(found.rows, wish.only, wish.order), wish=wish, states=states, filters=FILTERS,
        levels=levels, map=_map(visit, found), by_course=found.total.by_course, most=max(found.total.by_course.values(), default=0),
    )  # fmt: skip


async def take_reach(visit: Visit) -> Response:
    wish = wish_of(visit)
    found = await _reach(visit, wish)
    return _table(report_files.reach_csv(found, reach.chosen(found.rows, wish.only, wish.order)), f"municipios-{wish.state}", visit)


async def show_offices(visit: Visit) -> Response:
    return visit.page("training_offices.html", report=await _offices(visit))


async def take_offices(visit: Visit) -> Response:
    return _table(report_files.offices_csv(await _offices(visit)), "oficinas", visit)


async def take_lessons(visit: Visit) -> Response:
    return _table(report_files.lessons_csv(await _offices(visit)), "lecciones", visit)


def wish_of(visit: Visit) -> Wish:
    query: Mapping[str, str] = visit.request.query_params
    states, state, course = _states(visit), query.get("estado", ""), query.get("curso", "")
    only, order = query.get("solo", ""), query.get("orden", "")
    return Wish(
        state if state in states else states[0],
        course if course in visit.content.courses else "",
        only if only in ONLY else "",
        order if order.removeprefix("-") in ORDERS else "municipio",
    )


def _states(visit: Visit) -> tuple[str, ...]:
    return visit.content.municipalities.home_states


async def _reach(visit: Visit, wish: Wish) -> Reach:
    await visit.run(audit.write, visit.actor, Action.LEARNING_REACH, None, visit.now, why=f"reach {wish.state} {wish.course}".strip())
    return await _counted(visit, lambda session: reach.read(session, visit.actor, visit.content, wish.state, visit.now, wish.course))


async def _offices(visit: Visit) -> offices.Report:
    await visit.run(audit.write, visit.actor, Action.LEARNING_REPORT, None, visit.now, why=visit.actor.organization_id or "offices")
    return await _counted(visit, lambda session: offices.read(session, visit.actor, visit.content))


async def _counted[R](visit: Visit, read: Callable[[Session], R]) -> R:
    def look() -> R:
        with snapshot(visit.app.database) as session:
            return read(session)

    return await asyncio.to_thread(look)


def _map(visit: Visit, found: Reach) -> tuple[list[tuple[int, int, Row]], list[tuple[int, int, Row]]]:
    """The squares with their rows, and those of municipalities whose place is not in the data."""
    places = tuple(place for place in visit.content.municipalities.places if place.key[:2] == found.state)
    taken = squares(places)
    known = [(*taken[row.key], row) for row in found.rows if row.key in taken]
    apart = [row for row in found.rows if row.key not in taken]
    return known, [(at % IN_A_LINE, at // IN_A_LINE, row) for at, row in enumerate(apart)]


def _table(text: str, name: str, visit: Visit) -> Response:
    return download(text.encode("utf-8-sig"), f"capacitacion-{name}-{visit.now:%Y-%m-%d}.csv", CSV)


PAGES = (
    Page(TRAINING, Action.LEARNING_REACH, show_reach),
    Page(f"{TRAINING}/municipios.csv", Action.LEARNING_REACH, take_reach),
    Page(f"{TRAINING}/oficinas", Action.LEARNING_REPORT, show_offices),
    Page(f"{TRAINING}/oficinas.csv", Action.LEARNING_REPORT, take_offices),
    Page(f"{TRAINING}/lecciones.csv", Action.LEARNING_REPORT, take_lessons),
)
