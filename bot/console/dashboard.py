"""The dashboard: figures of the service, each as a picture, as a table and as a file; counted at most once a minute."""

import asyncio
import csv
import io
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import audit
from bot.app import App
from bot.console.door import Page
from bot.console.downloads import download
from bot.console.visit import Visit
from bot.content.published import Content
from bot.numbers.dashboard import MONTHS, STATES, Chart, Dashboard, Wish, make_dashboard, recent_months
from bot.numbers.lists import List
from bot.numbers.names import Names
from bot.numbers.reading import snapshot
from bot.numbers.rows import harmless
from bot.permissions import Action

KEPT_FOR = 60.0  # seconds
MOST_KEPT = 32  # of different wishes
PICTURE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


class Figures:
    """What was counted lately. Counting has its own connection, on its own thread: no conversation waits for it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Wish, str], tuple[float, Dashboard]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def of(self, visit: Visit, wish: Wish) -> Dashboard:
        key = (wish, visit.content.version)
        async with self._one_at_a_time:
            kept = self._kept.get(key)
            if kept is None or kept[0] < time.monotonic() - KEPT_FOR:
                made = await asyncio.to_thread(self._count, visit.app, visit.content, wish, visit.now)
                for old in sorted(self._kept, key=lambda each: self._kept[each][0])[: max(0, len(self._kept) - MOST_KEPT + 1)]:
                    del self._kept[old]
                kept = self._kept[key] = (time.monotonic(), made)
            return kept[1]

    @staticmethod
    def _count(app: App, content: Content, wish: Wish, now: datetime) -> Dashboard:
        with snapshot(app.database) as session:
            return make_dashboard(session, content, wish, now)


class DashboardPages:
    def __init__(self) -> None:
        self._figures = Figures()

    async def show(self, visit: Visit) -> Response:
        from bot.numbers import page as drawing  # brings a library of charts: not at every start

        wish = wish_of(visit)
        shown = said(await self._figures.of(visit, wish), visit.say)
        await visit.run(audit.write, visit.actor, Action.REPORT, None, visit.now, why=_why("dashboard", shown))
        organizations = sorted((each.short_name, key) for key, each in visit.content.organizations.items())
        return visit.page(
            "dashboard.html", shown=shown, wish=wish, months=recent_months(visit.now), spans=MONTHS, organizations=organizations,
            states=[(Names(visit.content).state(each), each) for each in STATES], asked=_asked(wish), most=drawing.MOST_BARS,
            in_words=drawing.in_words, hours=drawing.spoken,
        )  # fmt: skip

    async def draw(self, visit: Visit) -> Response:
        chart, _ = await self._chart(visit)
        if not chart.list.lines:
            raise HTTPException(404)
        from bot.numbers import page as drawing

        return Response(drawing.picture(chart.list), media_type="image/svg+xml", headers=PICTURE)

    async def table(self, visit: Visit) -> Response:
        chart, shown = await self._chart(visit)
        await visit.run(audit.write, visit.actor, Action.REPORT, None, visit.now, why=_why(chart.name, shown))
        name = f"{chart.name}-{shown.period.first}-{shown.period.last}.csv"
        return download(as_csv(chart, shown), name, "text/csv; charset=utf-8")

    async def _chart(self, visit: Visit) -> tuple[Chart, Dashboard]:
        shown = said(await self._figures.of(visit, wish_of(visit)), visit.say)
        chart = shown.charts.get(visit.request.path_params["chart"])
        if chart is None:
            raise HTTPException(404)
        return chart, shown


def said(shown: Dashboard, say: Callable[[str], str]) -> Dashboard:
    """Its titles in the language of who looks at it."""

    def lines_of(each: List) -> List:
        return replace(each, title=say(each.title), lines=tuple(replace(line, title=say(line.title)) for line in each.lines))

    charts = {name: replace(chart, list=lines_of(chart.list)) for name, chart in shown.charts.items()}
    waits = tuple(replace(line, title=say(line.title)) for line in shown.waits.lines)
    return replace(shown, charts=charts, waits=replace(shown.waits, title=say(shown.waits.title), lines=waits))


def as_csv(chart: Chart, shown: Dashboard) -> str:
    """One row a line, under names and HXL tags. https://hxlstandard.org/standard/1-1final/"""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(["tabla", "desde", "hasta", "clave", "nombre", "cuantos"])
    writer.writerow(["#meta+table", "#date+start", "#date+end", "#meta+code", chart.tag, "#indicator+num"])
    for line in chart.list.lines:
        writer.writerow([chart.name, shown.period.first, shown.period.last, harmless(line.label), harmless(line.title), line.count])
    return made.getvalue()


def wish_of(visit: Visit) -> Wish:
    """What an address asks for; what is none of ours is this month, of all."""
    query: Mapping[str, str] = {**visit.request.query_params, **visit.fields}
    span, organization, state = query.get("periodo", ""), query.get("institucion", ""), query.get("estado", "")
    return Wish(
        int(span) if span in map(str, MONTHS) else 1,
        span if _MONTH.fullmatch(span) and span in recent_months(visit.now) else "",
        organization if organization in visit.content.organizations else "",
        state if state in STATES else "",
    )


def _asked(wish: Wish) -> str:
    return f"periodo={wish.month or wish.months}&institucion={wish.organization}&estado={wish.state}"


def _why(what: str, shown: Dashboard) -> str:
    return f"{what} {shown.period.first} {shown.period.last}"


def pages() -> tuple[Page, ...]:
    made = DashboardPages()
    return (
        Page("/consola/tablero", Action.REPORT, made.show),
        Page("/consola/tablero/{chart}.svg", Action.REPORT, made.draw),
        Page("/consola/tablero/{chart}.csv", Action.REPORT, made.table),
    )
