"""The directory as staff read it, and the change of one service: seen by the publish gate on a copy first, then written into its own file.

Of two people who change the same service the second is shown what the first has written, and nothing of either is lost. Telephones are
chosen among the facts of the content: nobody invents one here.
"""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from bot import audit
from bot.content import entry_lines, rewriting
from bot.content.check import check_all
from bot.content.directory import read_services
from bot.content.entry_lines import Value
from bot.content.languages import MEXICO
from bot.content.problems import Problem
from bot.content.published import Fact
from bot.content.services import Schedule, Service
from bot.content.yaml_lines import read_table
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError, StorageError
from bot.permissions import Action, Actor, require
from bot.referrals import recipients

SECTION = "services"
DAYS = {"lun": "MO", "mar": "TU", "mie": "WE", "jue": "TH", "vie": "FR", "sab": "SA", "dom": "SU"}


@dataclass(frozen=True)
class Change:
    """What a form asks for. `version`: of the entry when the form was made."""

    service: Service  # as it is on the disk
    version: str
    values: Mapping[str, Value]


def read_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many open cases each service has now. The directory itself is about no person: looking at it is no row of the audit."""
    require(actor, Action.DIRECTORY_READ)
    return recipients.open_counts(session)


def state_of(fact: Fact | None, today: date) -> str:
    """What the review of a fact says of it: missing, doubt, expired, due or good."""
    if fact is None:
        return "missing"
    if fact.doubt:
        return "doubt"
    if fact.review.has_expired(today):
        return "expired"
    return "due" if today > fact.review.due_on else "good"


def on_disk(service: Service) -> tuple[str, Service]:
    """The entry as its file has it now, and its version. Should the file change between the two, the version is the older: a form made
    of them is then refused as late, and nothing is lost. Raises RefusedError."""
    version = version_of(service)
    found = read_services(service.where.file, read_table(service.where.file, []), [])
    if service.id not in found:
        raise RefusedError("Ese servicio ya no está en el directorio")
    return version, found[service.id]


def version_of(service: Service) -> str:
    """Changes with every letter of the entry, and with no other entry of the file. Raises RefusedError."""
    return _version(entry_lines.text_of(entry_lines.read_text(service.where.file), SECTION, service.id))


def differing(service: Service, values: Mapping[str, Value]) -> dict[str, Value]:
    """Only what is another than now: the rest stays as it is written."""
    now = values_of(service)
    return {name: value for name, value in values.items() if value != now[name]}


def values_of(service: Service) -> dict[str, Value]:
    return {
        "name": service.name, "description": service.description or None, "cost": service.cost or None,
        "hours_note": service.hours_note or None, "phones": list(service.phones), "languages": list(service.languages),
        "capacity": service.capacity, "receives_referrals": service.receives_referrals or None,
        "schedules": [written_hours(each) for each in service.schedules],
        "reviewed_on": service.review.reviewed_on.isoformat() if service.review else None,
    }  # fmt: skip


def written_hours(each: Schedule) -> dict[str, str]:
    freq = {} if each.freq == "WEEKLY" else {"freq": each.freq}
    closes = each.closes_at.strftime("%H:%M") if each.closes_at else "24:00"
    return {**freq, "byday": each.byday, "opens_at": each.opens_at.strftime("%H:%M"), "closes_at": closes}


def problems_of(flows: Path, nlu: Path, change: Change) -> list[Problem]:
    """What the publish gate says of the content with that change, and would not say without it. Nothing of ours is touched. The gate
    takes a second: the content as it is goes through it only when something is wrong that may have been wrong before."""
    service = change.service
    with TemporaryDirectory(prefix="puente-directory-") as folder:
        copy = Path(folder) / "flows"
        shutil.copytree(flows, copy, ignore=shutil.ignore_patterns(".*"))
        target = copy / service.where.file.relative_to(flows)
        target.write_bytes(_changed(service, change).encode())
        found = _problems_in(copy, nlu)
    if not found:
        return []
    before = {(each.file, each.wrong) for each in _problems_in(flows, nlu)}
    return [each for each in found if (each.file, each.wrong) not in before]


def _problems_in(flows: Path, nlu: Path) -> list[Problem]:
    """Of the content alone, by names that do not say where it lies."""
    found = [each for each in check_all(flows, nlu) if each.file.is_relative_to(flows)]
    return [Problem(each.file.relative_to(flows), each.line, each.wrong, each.todo) for each in found]


def save(session: Session, actor: Actor, change: Change, around: Surroundings) -> Path:
    """After `problems_of` found none. The audit and the file go together. Raises RefusedError when the entry is another by now."""
    require(actor, Action.DIRECTORY_EDIT)
    service = change.service
    with rewriting.alone(service.where.file):
        if version_of(service) != change.version:
            raise RefusedError("Alguien cambió este servicio mientras usted escribía; no se guardó")
        written = _changed(service, change)
        why = f"{service.where.file.name} {service.id}: {', '.join(change.values)}"
        audit.write(session, actor, Action.DIRECTORY_EDIT, None, around.now, why=why)
        try:
            rewriting.replace(service.where.file, written)
        except OSError as error:
            name = service.where.file.name
            raise StorageError(f"{name}: no se puede escribir ({error.strerror}); corrija los permisos de la carpeta") from None
    return service.where.file


def today_of(around: Surroundings) -> date:
    return around.now.astimezone(MEXICO).date()


def _changed(service: Service, change: Change) -> str:
    return entry_lines.changed(entry_lines.read_text(service.where.file), SECTION, service.id, change.values)


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
