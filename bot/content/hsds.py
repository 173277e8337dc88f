"""The directory in the shape of Open Referral HSDS 3.0: what `GET /services` of its API answers, as one page.

The models hold the fields used here, with the standard's names, required fields and fixed words (docs.openreferral.org, version 3.0).
Ids are UUIDs made from our own names, so that the same service has the same id in every export. A location without a public address is
left out, and so is every fact that nobody has confirmed.
"""

from datetime import date
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, Field

from bot.content.languages import LANGUAGES
from bot.content.published import Content
from bot.content.services import Location, Organization, Service

SPACE = uuid5(NAMESPACE_URL, "https://docs.openreferral.org/en/v3.0")


class HsdsOrganization(BaseModel):
    id: str
    name: str = Field(min_length=1)
    description: str
    alternate_name: str | None = None
    website: str | None = None


class HsdsPhone(BaseModel):
    id: str
    number: str = Field(min_length=3)
    type: Literal["voice", "text", "fax", "cell", "video", "pager", "textphone"] = "voice"


class HsdsSchedule(BaseModel):
    id: str
    freq: str = Field(pattern="^(WEEKLY|MONTHLY)$")
    byday: str = Field(pattern=r"^(-?\d)?(MO|TU|WE|TH|FR|SA|SU)(,(-?\d)?(MO|TU|WE|TH|FR|SA|SU))*$")
    opens_at: str = Field(pattern=r"^\d\d:\d\d$")
    closes_at: str = Field(pattern=r"^\d\d:\d\d$")
    notes: str | None = None


class HsdsServiceArea(BaseModel):
    id: str
    name: str
    extent: str
    extent_type: Literal["other"] = "other"  # INEGI keys


class HsdsLanguage(BaseModel):
    id: str
    name: str
    code: str = Field(pattern=r"^[a-z]{2,3}$")


class HsdsRequiredDocument(BaseModel):
    id: str
    document: str = Field(min_length=1)


class HsdsCostOption(BaseModel):
    id: str
    option: str


class HsdsAddress(BaseModel):
    id: str
    address_1: str = Field(min_length=1)
    city: str
    state_province: str
    postal_code: str
    country: Literal["MX"] = "MX"
    address_type: Literal["physical", "postal", "virtual"] = "physical"


class HsdsLocation(BaseModel):
    id: str
    location_type: Literal["physical", "postal", "virtual"] = "physical"
    name: str
    latitude: float | None = None
    longitude: float | None = None
    addresses: list[HsdsAddress]


class HsdsServiceAtLocation(BaseModel):
    id: str
    location: HsdsLocation


class HsdsService(BaseModel):
    id: str
    name: str = Field(min_length=1)
    status: Literal["active", "inactive", "defunct", "temporarily closed"] = "active"
    description: str
    url: str | None = None
    fees_description: str | None = None
    assured_date: date
    assurer_email: str | None = None
    alert: str | None = None
    last_modified: str
    organization: HsdsOrganization
    phones: list[HsdsPhone]
    schedules: list[HsdsSchedule]
    service_areas: list[HsdsServiceArea]
    service_at_locations: list[HsdsServiceAtLocation]
    languages: list[HsdsLanguage]
    required_documents: list[HsdsRequiredDocument]
    cost_options: list[HsdsCostOption]


class HsdsPage(BaseModel):
    total_items: int
    total_pages: int = 1
    page_number: int = 1
    size: int
    first_page: bool = True
    last_page: bool = True
    empty: bool
    contents: list[HsdsService]


def export(content: Content, today: date) -> HsdsPage:
    """Every service that is shown to people. Raises pydantic's ValidationError where an entry breaks the standard."""
    shown = [service for service in content.services.values() if service.review and not service.review.has_expired(today)]
    services = [_service(content, service, today) for service in shown]
    return HsdsPage(total_items=len(services), size=len(services), empty=not services, contents=services)


def _service(content: Content, service: Service, today: date) -> HsdsService:
    assert service.review is not None, "the caller has seen to it"
    url = _value(content, service.url, today)
    return HsdsService(
        id=_id("service", service.id), name=service.name, description=service.description, url=url, fees_description=service.cost or None,
        assured_date=service.review.reviewed_on, last_modified=f"{service.review.reviewed_on}T00:00:00Z", alert=service.hours_note or None,
        organization=_organization(content.organizations[service.organization_id]),
        phones=[
            HsdsPhone(id=_id("phone", service.id, name), number=number)
            for name in service.phones
            if (number := _value(content, name, today))
        ],
        schedules=[
            HsdsSchedule(
                id=_id("schedule", service.id, str(place)), freq=each.freq, byday=each.byday,
                opens_at=each.opens_at.strftime("%H:%M"), closes_at=each.closes_at.strftime("%H:%M") if each.closes_at else "24:00",
            )
            for place, each in enumerate(service.schedules)
        ],
        service_areas=[HsdsServiceArea(id=_id("area", service.id, key), name=area_name(content, key), extent=key) for key in service.area],
        service_at_locations=_places(content, service, today),
        languages=[
            HsdsLanguage(id=_id("language", service.id, code), name=LANGUAGES.get(code, code), code=code) for code in service.languages
        ],
        required_documents=[
            HsdsRequiredDocument(id=_id("document", service.id, text), document=text)
            for text in service.required_documents
        ],
        cost_options=[HsdsCostOption(id=_id("cost", service.id), option=service.cost)] if service.cost else [],
    )  # fmt: skip


def _value(content: Content, name: str, today: date) -> str | None:
    """The fact of that name, unless it is doubtful or past its end."""
    fact = content.facts.get(name)
    return fact.value if fact and fact.may_be_said(today) else None


def _organization(organization: Organization) -> HsdsOrganization:
    return HsdsOrganization(
        id=_id("organization", organization.id), name=organization.name, description=organization.description or organization.name,
        alternate_name=organization.alternate_name or None, website=organization.url or None,
    )  # fmt: skip


def _places(content: Content, service: Service, today: date) -> list[HsdsServiceAtLocation]:
    public = (content.locations[each] for each in service.locations)
    return [
        HsdsServiceAtLocation(id=_id("at", service.id, each.id), location=_location(content, each))
        for each in public
        if _value(content, each.address, today)
    ]


def _location(content: Content, location: Location) -> HsdsLocation:
    town = content.municipalities.get(location.municipality)
    point = location.point or (town.point if town else None)
    address = HsdsAddress(
        id=_id("address", location.id), address_1=content.facts[location.address].value, city=town.name if town else "",
        state_province=town.state if town else "", postal_code="",
    )  # fmt: skip
    return HsdsLocation(
        id=_id("location", location.id), name=location.name, latitude=point[0] if point else None, longitude=point[1] if point else None,
        addresses=[address],
    )  # fmt: skip


def area_name(content: Content, key: str) -> str:
    place = content.municipalities.get(key)
    if place:
        return place.title
    return next((each.state for each in content.municipalities.places if each.key.startswith(key)), key)


def _id(*parts: str) -> str:
    return str(uuid5(SPACE, "/".join(parts)))
