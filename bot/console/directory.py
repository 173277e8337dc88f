"""The pages of the directory: what each institution offers, and the form that changes one service."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import directory_desk
from bot.console.door import Page
from bot.console.visit import Visit
from bot.content.entry_lines import Value
from bot.content.hsds import area_name
from bot.content.problems import Problem
from bot.content.services import Schedule, Service
from bot.directory_desk import DAYS, Change
from bot.errors import RefusedError
from bot.permissions import Action
from bot.settings import ROOT
from nlu.components.spelling import plain

LIST = "/consola/directorio"
SERVICE = f"{LIST}/{{service}}"
LONGEST = 2000
_HOURS = re.compile(r"(?:(mensual)\s+)?([\w,-]+)\s+(\d{1,2}:\d\d)\s*(?:-|a)\s*(\d{1,2}:\d\d)")
_ACCENTS = str.maketrans("áéíóú", "aeiou")
_DAY = re.compile(r"(-?[1-5])?([a-z]{3})[a-z]*")


async def show_list(visit: Visit) -> Response:
    counts = await visit.run(directory_desk.read_counts, visit.actor)
    wanted = plain(visit.request.query_params.get("buscar", "").strip()[:80])
    services = [each for each in visit.content.services.values() if wanted in plain(_words(visit, each))]
    offices = sorted({each.organization_id for each in services}, key=lambda each: visit.content.name_of(each))
    return visit.page(
        "directory.html", offices=[(each, [one for one in services if one.organization_id == each]) for each in offices],
        counts=counts, typed=visit.request.query_params.get("buscar", ""), fact_state=_fact_state(visit), hours=in_words,
        area_name=partial(area_name, visit.content),
        today=directory_desk.today_of(visit.around),
    )  # fmt: skip


async def show_form(visit: Visit) -> Response:
    version, service = await asyncio.to_thread(directory_desk.on_disk, _service(visit))
    return _form(visit, service, version)


async def save(visit: Visit) -> Response:
    """The gate first, on a copy, then the file. What somebody else wrote meanwhile is shown beside what was typed."""
    version, service = await asyncio.to_thread(directory_desk.on_disk, _service(visit))
    change = Change(service, visit.fields.get("version", ""), directory_desk.differing(service, _values(visit, service)))
    if change.version != version:
        return _form(visit, service, version, theirs=True)
    if not change.values:
        return visit.to(f"{LIST}/{service.id}/cambiar", "nothing_changed")
    found = await asyncio.to_thread(directory_desk.problems_of, visit.app.settings.puente_flows, ROOT / "nlu", change)
    if found:
        return _form(visit, service, version, problems=found)
    await visit.run_once(directory_desk.save, visit.actor, change, visit.around)
    return visit.to(LIST, "directory_saved")


def _form(visit: Visit, service: Service, version: str, *, problems: Sequence[Problem] = (), theirs: bool = False) -> Response:
    """With what was typed where something was."""
    now = {name: shown(name, value) for name, value in directory_desk.values_of(service).items()}
    typed = {name: visit.fields.get(name, "") for name in now} if visit.fields else now
    facts = [each for each in visit.content.facts.values() if each.kind == "telephone"]
    return visit.page(
        "directory_form.html", 409 if theirs or problems else 200, service=service, now_written=now, values=typed,
        version=version, theirs=theirs, problems=problems, facts=facts, fact_state=_fact_state(visit),
    )  # fmt: skip


def shown(name: str, value: Value) -> str:
    """As it stands in the form."""
    if name == "schedules":
        return "\n".join(_line(each) for each in value if isinstance(each, dict)) if isinstance(value, list) else ""
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return "" if value is None else "yes" if value is True else str(value)


def in_words(each: Schedule) -> str:
    return _line(directory_desk.written_hours(each))


def _line(hours: dict[str, str]) -> str:
    letters = {code: name for name, code in DAYS.items()}
    days = re.sub(r"[A-Z]{2}", lambda found: letters[found[0]], hours["byday"])
    return f"{'mensual ' if hours.get('freq') == 'MONTHLY' else ''}{days} {hours['opens_at']}-{hours['closes_at']}"


def _values(visit: Visit, service: Service) -> dict[str, Value]:
    """What was typed, in the terms of the file. Raises RefusedError for what cannot be meant."""
    fields = visit.fields
    capacity = fields.get("capacity", "").strip()
    if capacity and not (capacity.isdecimal() and len(capacity) <= 3):
        raise RefusedError("El cupo es un número de casos, hasta 999; déjelo vacío si no hay")
    phones, languages = _ticked(fields.get("phones", "")), _ticked(fields.get("languages", ""))
    known = {each.name for each in visit.content.facts.values() if each.kind == "telephone"} | set(service.phones)
    if set(phones) - known or set(languages) - set(visit.content.languages):
        raise RefusedError("Elija los teléfonos y los idiomas de la lista; un teléfono nuevo se agrega primero a los datos revisados")
    texts: dict[str, Value] = {name: _text(fields.get(name, "")) for name in ("name", "description", "cost", "hours_note")}
    return {
        **texts, "name": texts["name"] or service.name, "phones": phones, "languages": languages,
        "capacity": int(capacity) if capacity else None, "receives_referrals": fields.get("receives_referrals") == "yes" or None,
        "schedules": [_hours(line) for line in fields.get("schedules", "").splitlines() if line.strip()],
        "reviewed_on": _day(fields.get("reviewed_on", ""), directory_desk.today_of(visit.around)) if service.review else None,
    }  # fmt: skip


def _text(typed: str) -> str | None:
    """One paragraph."""
    return " ".join(typed.split())[:LONGEST] or None


def _ticked(said: str) -> list[str]:
    return [each for each in said.split(",") if each]


def _hours(line: str) -> dict[str, str]:
    """ "lun,mar,mié 09:00-15:00"; "mensual 1lun 09:00-12:00"."""
    found = _HOURS.fullmatch(" ".join(line.lower().split()))
    if found is None:
        raise RefusedError(f"No se entiende el horario «{line.strip()[:80]}»; escriba por ejemplo: lun,mar,mie,jue,vie 09:00-15:00")
    days = []
    for word in found[2].split(","):
        day = _DAY.fullmatch(word.translate(_ACCENTS))
        if day is None or day[2] not in DAYS or bool(day[1]) is not bool(found[1]):
            raise RefusedError(f"No se entiende el día «{word[:20]}»; use {', '.join(DAYS)}")
        days.append(f"{day[1] or ''}{DAYS[day[2]]}")
    freq = {"freq": "MONTHLY"} if found[1] else {}
    return {**freq, "byday": ",".join(days), "opens_at": f"{found[3]:0>5}", "closes_at": f"{found[4]:0>5}"}


def _day(said: str, today: date) -> str:
    try:
        day = date.fromisoformat(said.strip())
    except ValueError:
        raise RefusedError("Escriba el día de la revisión así: 2026-11-21") from None
    if day > today:
        raise RefusedError("Nadie ha revisado nada en un día que no ha llegado; corrija la fecha")
    return day.isoformat()


def _service(visit: Visit) -> Service:
    found = visit.content.services.get(str(visit.request.path_params["service"]))
    if found is None:
        raise HTTPException(404)
    return found


def _words(visit: Visit, service: Service) -> str:
    return f"{service.name} {service.description} {visit.content.name_of(service.organization_id)} {service.id}"


def _fact_state(visit: Visit) -> Callable[[str], str]:
    today = directory_desk.today_of(visit.around)
    return lambda name: directory_desk.state_of(visit.content.facts.get(name), today)


PAGES = (
    Page(LIST, Action.DIRECTORY_READ, show_list),
    Page(f"{SERVICE}/cambiar", Action.DIRECTORY_EDIT, show_form),
    Page(f"{SERVICE}/guardar", Action.DIRECTORY_EDIT, save, "POST"),
)
