"""The page on which staff begin a case for the person of a conversation: who could receive it, then the person's own leave."""

from typing import Any

from starlette.responses import Response

from bot.console import conversation
from bot.console.door import Page
from bot.console.visit import Visit
from bot.errors import RefusedError
from bot.permissions import Action
from bot.referrals import in_person, proposing
from bot.referrals.proposing import Wish

PATH = f"{conversation.PATH}/caso"


async def show(visit: Visit) -> Response:
    query = visit.request.query_params
    need, typed = query.get("necesidad", ""), query.get("municipio", "").strip()[:80]
    places = visit.content.municipalities.find(typed) if typed else []
    known = visit.content.municipalities.get(query.get("clave", ""))
    place = known or (places[0] if len(places) == 1 else None)
    wish = Wish(need, place.key) if place and need in _needs(visit) else None
    seen = await visit.run(proposing.overview, visit.actor, visit.number("ticket"), wish, visit.content, visit.now)
    return visit.page(
        "wizard.html", seen=seen, wish=wish, place=place, places=[] if place else places, typed=typed, need=need, needs=_needs(visit),
        asked=in_person.asked_of(visit.content),
    )  # fmt: skip


async def ask_person(visit: Visit) -> Response:
    await visit.run_once(proposing.ask_person, visit.actor, visit.number("ticket"), _wish(visit), visit.around)
    return visit.to(_here(visit), "referral_asked")


async def read_aloud(visit: Visit) -> Response:
    """Nothing is kept: the same form may be read as often as needed."""
    said = _said(visit)
    leave = await visit.run(in_person.read_aloud, visit.actor, visit.number("ticket"), _wish(visit), said, visit.around)
    return visit.page("wizard_leave.html", leave=leave, kept=_kept(visit), ticket=visit.number("ticket"))


async def send(visit: Visit) -> Response:
    if visit.fields.get("agreed") != "yes":
        raise RefusedError("Sin el permiso de la persona no se envía nada")
    made = await visit.run_once(
        in_person.send, visit.actor, visit.number("ticket"), _wish(visit), _said(visit), visit.fields.get("mark", ""),
        f"console:{visit.fields['once']}", visit.around,
    )  # fmt: skip
    return visit.to(f"/consola/casos/{made.folio}" if made else _here(visit), "referral_made")


def _wish(visit: Visit) -> Wish:
    fields = visit.fields
    return Wish(fields.get("need", ""), fields.get("municipality", ""), fields.get("service", ""), fields.get("text", ""))


def _said(visit: Visit) -> dict[str, str]:
    """The answers; what was shown with its box and came without a tick is not to be shared."""
    names = [name for name, *_ in in_person.asked_of(visit.content)]
    shown = {name for name in visit.fields.get("boxes", "").split(",") if name}
    ticked = {name for name in visit.fields.get("share", "").split(",") if name}
    return {**{name: visit.fields.get(name, "") for name in names}, "unticked": ",".join(sorted(shown - ticked))}


def _kept(visit: Visit) -> dict[str, Any]:
    """What the next form has to bring again."""
    names = [name for name, *_ in in_person.asked_of(visit.content)]
    return {name: visit.fields.get(name, "") for name in ("need", "municipality", "service", "text", *names)}


def _needs(visit: Visit) -> dict[str, str]:
    step = proposing.intake(visit.content).step("need")
    return {option.value: option.title for option in step.options} if step else {}


def _here(visit: Visit) -> str:
    return PATH.format(ticket=visit.number("ticket"))


PAGES = (
    Page(PATH, Action.REFERRAL_CREATE, show),
    Page(f"{PATH}/pedir", Action.REFERRAL_CREATE, ask_person, "POST"),
    Page(f"{PATH}/leer", Action.REFERRAL_CREATE, read_aloud, "POST"),
    Page(f"{PATH}/mandar", Action.REFERRAL_CREATE, send, "POST"),
)
