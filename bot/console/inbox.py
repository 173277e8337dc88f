"""The queue: who waits, who attends whom, and how a ticket is sorted. Also the page that says how the console is used."""

from datetime import timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from bot.console.conversation import PATH, back
from bot.console.door import Page
from bot.console.typed import one_of, whole_number
from bot.console.visit import Visit
from bot.console.words import topics_of
from bot.doors import SIGNED_IN
from bot.handoff import queue, search, tags
from bot.handoff.order import Place
from bot.handoff.queue import Tab, Wanted
from bot.handoff.tags import Sorting
from bot.permissions import Action
from bot.records.tickets import Urgency

INBOX = "/consola/bandeja"
LONGER_THAN = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1)}
URGENCIES = {"peligro": Urgency.DANGER, "alta": Urgency.HIGH, "normal": Urgency.NORMAL}
FIELDS = ("tema", "urgencia", "idioma", "municipio", "etiqueta", "espera", "quien", "tarde")


async def show_inbox(visit: Visit) -> Response:
    asked = {name: visit.request.query_params.get(name, "").strip()[:80] for name in FIELDS}
    text = visit.request.query_params.get("busca", "").strip()
    if text:
        found = await visit.run(search.find, visit.actor, text, topics_of(visit.content), visit.now)
        return visit.page("search.html", found=found, text=text[: search.LONGEST])
    wanted, is_unknown_place = _wanted(visit, asked)
    seen = whole_number(visit.request.query_params.get("vistas", ""), digits=9)
    listed = await visit.run(queue.show, visit.actor, wanted, visit.now, seen, is_again=visit.is_fragment)
    kept = {"tab": wanted.tab.value, **asked}
    return visit.page(
        "inbox.html", found=listed, wanted=wanted, asked=asked, is_unknown_place=is_unknown_place, tabs=list(Tab), most=queue.MOST_COUNTED,
        is_filtered=any(asked.values()), again=_address(kept, desde=wanted.after, vistas=listed.newest if seen is None else seen),
        further=_address(kept, desde=listed.after) if listed.after else "", to_tab=lambda tab: _address({**kept, "tab": tab.value}),
    )  # fmt: skip


async def sort_ticket(visit: Visit) -> Response:
    fields = visit.fields
    asked = Sorting(
        topic=fields.get("tema"),
        urgency=URGENCIES.get(fields.get("urgencia", "")),
        added=fields.get("etiqueta", ""),
        removed=tuple(each for each in fields.get("quitar", "").split(",") if each),
    )
    await visit.run_once(tags.sort, visit.number("ticket"), asked, visit.actor, visit.content.topics, visit.now, visit.content.team)
    return back(visit, "sorted")


async def show_help(visit: Visit) -> Response:
    return visit.page("help.html")


def _wanted(visit: Visit, asked: dict[str, str]) -> tuple[Wanted, bool]:
    """What the address asks for; what it says wrongly asks for nothing. The second: is that place none of Mexico's?"""
    places = visit.content.municipalities
    named = next(iter(places.find(asked["municipio"])), None) if asked["municipio"] else None
    wanted = Wanted(
        tab=one_of(Tab, visit.request.query_params.get("tab")) or Tab.WAITING,
        topic=asked["tema"] or None,
        urgency=URGENCIES.get(asked["urgencia"]),
        language=asked["idioma"] or None,
        municipality=named.key if named else ("" if asked["municipio"] else None),
        tag=" ".join(asked["etiqueta"].casefold().split()) or None,
        longer_than=LONGER_THAN.get(asked["espera"]),
        holder=asked["quien"] or None,
        only_late=asked["tarde"] == "1",
        after=Place.read(visit.request.query_params.get("desde", "")),
    )
    return wanted, bool(asked["municipio"]) and named is None


def _address(kept: dict[str, str], **more: object) -> str:
    return f"{INBOX}?{urlencode({name: str(value) for name, value in {**kept, **more}.items() if value not in ('', None)})}"


PAGES = (
    Page(INBOX, Action.TICKET_LIST, show_inbox),
    Page(f"{PATH}/ordenar", Action.TICKET_SORT, sort_ticket, "POST"),
    Page("/consola/ayuda", SIGNED_IN, show_help),
)
