"""The pages of an official's rights: their requests, and what the data officer does for who cannot ask in the chat.

Nobody is listed: an official is found by what they bring. The copy, the erasure and the orders to keep are those of `rights`.
"""

from starlette.responses import Response

from bot.console.door import Page
from bot.console.rights import PATH
from bot.console.typed import one_of
from bot.console.visit import Visit
from bot.content.languages import MEXICO
from bot.courses import inviting
from bot.courses.learners import Place
from bot.errors import RefusedError
from bot.permissions import Action
from bot.privacy import arco, officer, officials
from bot.privacy.officials import Correction, Found
from bot.records.privacy import Right

OFFICIALS = f"{PATH}/oficiales"
ONE = f"{OFFICIALS}/{{reference}}"


async def show_register(visit: Visit) -> Response:
    found = await visit.run(officer.register_of_officials, visit.actor, visit.around)
    return visit.page("rights_officials.html", requests=found, due_at=arco.due_at, is_overdue=arco.is_overdue)


async def find(visit: Visit) -> Response:
    found = await visit.run(officials.find, visit.actor, visit.fields.get("word", "").strip()[:64], visit.around)
    return visit.to(f"{OFFICIALS}/{found.reference}")


async def show_one(visit: Visit) -> Response:
    return await _page(visit)


async def open_name(visit: Visit) -> Response:
    """The name is on this answer alone."""
    name = await visit.run_once(officials.open_name, visit.actor, _reference(visit), visit.fields.get("text", ""), visit.around)
    return await _page(visit, name) if name else _back(visit)


async def file(visit: Visit) -> Response:
    right = one_of(Right, visit.fields.get("right"))
    if right is None:
        raise RefusedError("Elija qué derecho pide la persona")
    arrived = officials.arrived(visit.fields.get("arrived", ""), visit.now)
    asked = visit.fields.get("text", "")
    request = await visit.run_once(officials.file, visit.actor, _reference(visit), right, asked, arrived, visit.around)
    return visit.to(f"{PATH}/{request.folio}", "official_filed") if request else _back(visit)


async def correct(visit: Visit) -> Response:
    """Links to certificates that were issued again are on this answer alone; we keep a hash of them."""
    fields, settings = visit.fields, visit.app.settings
    municipality = inviting.municipality_of(visit.content.municipalities, fields.get("municipality", ""))
    place = Place(fields.get("office", "").strip(), municipality.key, fields.get("post", ""), fields.get("organization") or None)
    wanted = Correction(fields.get("name", ""), place)
    done = await visit.run_once(officials.correct, visit.actor, _reference(visit), wanted, visit.around, settings.puente_public_url)
    if done is None or not done.links:
        return _back(visit, "official_corrected" if done else "")
    links = [(course, number, f"{settings.address}/constancia/{token}") for course, number, token in done.links]
    return visit.page("rights_official_corrected.html", reference=_reference(visit), links=links)


async def keep_quiet(visit: Visit) -> Response:
    await visit.run_once(officials.keep_quiet, visit.actor, _reference(visit), visit.around)
    return _back(visit, "official_quiet")


async def _page(visit: Visit, name: str | None = None) -> Response:
    found: Found = await visit.run(officials.find, visit.actor, _reference(visit), visit.around)
    offices = sorted(visit.content.organizations.values(), key=lambda each: each.name)
    return visit.page(
        "rights_official.html", found=found, name=name, offices=offices, posts=visit.content.learning.posts, rights=list(Right),
        today=visit.now.astimezone(MEXICO).date(), due_at=arco.due_at, is_overdue=arco.is_overdue,
    )  # fmt: skip


def _reference(visit: Visit) -> str:
    return str(visit.request.path_params["reference"])[:64]


def _back(visit: Visit, said: str = "") -> Response:
    return visit.to(f"{OFFICIALS}/{_reference(visit)}", said)


PAGES = (
    Page(OFFICIALS, Action.ARCO_ANSWER, show_register),
    Page(f"{OFFICIALS}/buscar", Action.ARCO_ANSWER, find, "POST"),
    Page(ONE, Action.ARCO_ANSWER, show_one),
    Page(f"{ONE}/nombre", Action.ARCO_ANSWER, open_name, "POST"),
    Page(f"{ONE}/solicitud", Action.ARCO_ANSWER, file, "POST"),
    Page(f"{ONE}/corregir", Action.PERSON_CORRECT, correct, "POST"),
    Page(f"{ONE}/recordatorios", Action.PERSON_CORRECT, keep_quiet, "POST"),
)
"""Before those of `rights`: what stands where they have a folio is none."""
