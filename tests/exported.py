"""A small directory, and how it is exported as Open Referral HSDS."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from types import MappingProxyType
from typing import Any

from bot.content.hsds import HsdsService, export
from bot.content.municipalities import Municipalities, Municipality
from bot.content.published import Content, Fact, Institution, Safety
from bot.content.review import Review
from bot.content.services import Location, Organization, Schedule, Service
from tests.offices import HERE, REVIEW

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
WEEKDAYS = Schedule("MO,TU,WE,TH,FR", time(9), time(18))
PUEBLA = Municipality("21114", "Puebla", "Puebla", "Heroica Puebla de Zaragoza", 1_692_181, (19.0414, -98.2063))
IZUCAR = Municipality("21085", "Izúcar de Matamoros", "Puebla", "Izúcar", 82_809)
CITY = Organization("city", "Ayuntamiento de Puebla", HERE, "Ayuntamiento", "Gobierno del municipio.", "https://example.org")
WINDOW = Location("window", "Ventanilla", "21114", HERE, "window_address")
SHELTER = Location("shelter", "Refugio", "21114", HERE)  # without an address: it is not public


def fact(name: str, value: str, kind: str, doubt: str = "", of: Review = REVIEW) -> Fact:
    return Fact(name, kind, value, "Dato", of, HERE, doubt)


PHONE = fact("city_phone", "222 213 1000", "telephone")
FACTS = (PHONE, fact("window_address", "Av. Juárez 10", "address"), fact("city_page", "https://example.org/cita", "url"))
LEGAL = Service(
    "legal", "city", "Orientación legal", HERE, ("legal",), ("21",), description="Le orientan sin costo.", locations=("window", "shelter"),
    phones=("city_phone",), url="city_page", languages=("es", "en"), cost="Gratis", required_documents=("Identificación", "CURP"),
    schedules=(WEEKDAYS,), hours_note="Llegue antes de las 12.", review=REVIEW,
)  # fmt: skip
BARE = Service("bare", "city", "Atención", HERE, review=REVIEW)


def directory(*services: Service, facts: tuple[Fact, ...] = FACTS, locations: tuple[Location, ...] = (WINDOW, SHELTER)) -> Content:
    def named(entries: tuple[Any, ...], key: str) -> Mapping[str, Any]:
        return MappingProxyType({getattr(each, key): each for each in entries})

    return Content(
        version="test", responses={}, facts=named(facts, "name"), organizations={"city": CITY}, services=named(services, "id"),
        locations=named(locations, "id"), questionnaires={}, commands={}, links={}, retention={},
        safety=Safety((), ()), titles={}, topics={}, rules=(),
        institution=Institution("city", "City", None), municipalities=Municipalities((PUEBLA, IZUCAR)), catalogues={},
        languages={"es": "Español"},
    )  # fmt: skip


def exported(service: Service, today: date = TODAY, **content: Any) -> HsdsService:
    [only] = export(directory(service, **content), today).contents
    return only


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Everything that has an id, at whatever depth."""
    if isinstance(value, dict):
        if "id" in value:
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)
