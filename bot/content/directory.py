"""Organizations, services and locations, in the terms of Open Referral HSDS 3.0."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from pathlib import Path

from dateutil.rrule import rrulestr

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.services import Location, Organization, Schedule, Service
from bot.content.yaml_lines import Table

A_DAY = datetime(2026, 1, 1)
MIDNIGHT = time(0)
FREQUENCIES = ("WEEKLY", "MONTHLY")  # that HSDS knows


def read_organizations(path: Path, table: Table, problems: list[Problem]) -> dict[str, Organization]:
    return _read_each(path, table, problems, "organizations", "la organización", _organization)


def read_services(path: Path, table: Table, problems: list[Problem]) -> dict[str, Service]:
    return _read_each(path, table, problems, "services", "el servicio", _service)


def read_locations(path: Path, table: Table, problems: list[Problem]) -> dict[str, Location]:
    return _read_each(path, table, problems, "locations", "el lugar", _location)


def _read_each[Entry: (Organization, Service, Location)](
    path: Path, table: Table, problems: list[Problem], key: str, what: str, read: Callable[[Fields], Entry]
) -> dict[str, Entry]:
    """Every entry under `key`, by its id."""
    found: dict[str, Entry] = {}
    directory = Fields(path, table, "el directorio", problems)
    directory.only(key)
    for entry in directory.tables(key):
        fields = Fields(path, entry, f"{what} {entry.get('id', '?')}", problems)
        made = read(fields)
        if made.id in found:
            fields.complain("id", "este id está repetido", "dé a cada entrada su propio id")
        found[made.id] = made
    return found


def _organization(fields: Fields) -> Organization:
    fields.only("id", "name", "alternate_name", "description", "url", "telephone")
    return Organization(
        fields.text("id"), fields.text("name"), fields.where, fields.text("alternate_name", required=False),
        fields.text("description", required=False), fields.text("url", required=False), fields.text("telephone", required=False),
    )  # fmt: skip


SERVICE_FIELDS = (
    "id", "organization_id", "name", "description", "needs", "area", "receives_referrals", "locations", "phones", "url", "languages",
    "cost", "required_documents", "schedules", "hours_note", "open_on_holidays", "sources", "reviewed_on", "review_in",
    "expires_on", "owner", "accepts", "capacity",
)  # fmt: skip


def _service(fields: Fields) -> Service:
    fields.only(*SERVICE_FIELDS)
    only_receives = "receives_referrals" in fields.table and "owner" not in fields.table
    return Service(
        fields.text("id"), fields.text("organization_id"), fields.text("name"), fields.where,
        fields.texts("needs"), fields.texts("area"), fields.flag("receives_referrals"),
        fields.text("description", required=False), fields.texts("locations"), fields.texts("phones"),
        fields.text("url", required=False), fields.texts("languages"), fields.text("cost", required=False),
        fields.texts("required_documents"), read_schedules(fields), fields.text("hours_note", required=False),
        fields.flag("open_on_holidays"), None if only_receives else fields.review(), _accepts(fields), fields.count("capacity"),
    )  # fmt: skip


def _accepts(fields: Fields) -> Mapping[str, tuple[str, ...]]:
    inner = fields.inner("accepts")
    if inner is None:
        return {}
    accepted = Fields(fields.path, inner, fields.what, fields.problems)
    return {step: accepted.one_or_several(step) for step in inner}


def read_schedules(fields: Fields) -> tuple[Schedule, ...]:
    found = []
    for entry in fields.tables("schedules"):
        hours = Fields(fields.path, entry, fields.what, fields.problems)
        hours.only("freq", "byday", "opens_at", "closes_at")
        freq, byday = hours.text("freq", required=False) or "WEEKLY", hours.text("byday")
        try:
            if freq not in FREQUENCIES:
                raise ValueError(freq)
            rrulestr(f"FREQ={freq};BYDAY={byday}", dtstart=A_DAY)
        except ValueError:
            hours.complain("byday", f"«{freq}» y «{byday}» no son días", 'escriba por ejemplo `byday: "MO,TU,WE,TH,FR"`')
            continue
        opens_at, closes_at = hours.clock("opens_at"), hours.clock("closes_at")
        if opens_at is not None and closes_at is not None:
            found.append(Schedule(byday, opens_at, closes_at if closes_at != MIDNIGHT else None, freq))
    return tuple(found)


def _location(fields: Fields) -> Location:
    fields.only("id", "name", "address", "municipality", "latitude", "longitude")
    latitude, longitude = fields.degrees("latitude", 90), fields.degrees("longitude", 180)
    return Location(
        fields.text("id"), fields.text("name"), fields.text("municipality"), fields.where, fields.text("address", required=False),
        (latitude, longitude) if latitude is not None and longitude is not None else None,
    )  # fmt: skip
