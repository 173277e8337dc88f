"""The directory as Open Referral HSDS 3.0: what is exported, what is left out, and ids that stay."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from bot.content.hsds import HsdsPage, export
from bot.content.published import Fact
from bot.content.services import Location, Schedule
from tests.exported import BARE, DAY, FACTS, LEGAL, PUEBLA, TODAY, WEEKDAYS, WINDOW, directory, exported, objects
from tests.offices import REVIEW


def ids(page: HsdsPage) -> list[str]:
    return [each["id"] for each in objects(page.model_dump(mode="json"))]


# The page


def test_a_page_says_how_many_services_it_has() -> None:
    page = export(directory(LEGAL, BARE), TODAY)
    assert (page.total_items, page.size, page.empty, page.total_pages, page.page_number) == (2, 2, False, 1, 1)
    assert page.first_page and page.last_page
    empty = export(directory(), TODAY)
    assert (empty.total_items, empty.size, empty.empty, empty.contents) == (0, 0, True, [])


def test_a_service_is_exported_with_all_that_is_known_of_it() -> None:
    found = exported(LEGAL)
    assert (found.name, found.status, found.description) == ("Orientación legal", "active", "Le orientan sin costo.")
    assert (found.url, found.fees_description, found.alert) == ("https://example.org/cita", "Gratis", "Llegue antes de las 12.")
    assert (found.assured_date, found.last_modified) == (date(2026, 11, 1), "2026-11-01T00:00:00Z")
    assert (found.organization.name, found.organization.alternate_name) == ("Ayuntamiento de Puebla", "Ayuntamiento")
    assert (found.organization.description, found.organization.website) == ("Gobierno del municipio.", "https://example.org")
    assert [each.number for each in found.phones] == ["222 213 1000"]
    assert [(each.name, each.extent) for each in found.service_areas] == [("Puebla", "21")]
    assert [(each.name, each.code) for each in found.languages] == [("Español", "es"), ("English", "en")]
    assert [each.document for each in found.required_documents] == ["Identificación", "CURP"]
    assert [each.option for each in found.cost_options] == ["Gratis"]


def test_what_is_not_known_of_a_service_is_left_out_and_not_made_up() -> None:
    found = exported(BARE)
    assert [found.url, found.fees_description, found.alert] == [None] * 3
    lists = (found.phones, found.schedules, found.service_areas, found.languages, found.required_documents, found.cost_options)
    assert [*lists, found.service_at_locations] == [[]] * 7
    assert "null" not in export(directory(BARE), TODAY).model_dump_json(exclude_none=True)


def test_an_area_is_named_as_the_state_or_the_municipality_of_its_key() -> None:
    found = exported(replace(BARE, area=("21", "21114")))
    assert [(each.extent, each.name) for each in found.service_areas] == [("21", "Puebla"), ("21114", "Puebla, Puebla")]


# What is left out


def test_a_location_without_a_public_address_is_left_out() -> None:
    page = export(directory(LEGAL), TODAY)
    assert [each.location.name for each in page.contents[0].service_at_locations] == ["Ventanilla"]
    assert "Refugio" not in page.model_dump_json()
    assert exported(replace(LEGAL, locations=("shelter",))).service_at_locations == []


@pytest.mark.parametrize(("days", "is_exported"), [(-1, True), (0, True), (1, False)])
def test_a_service_is_left_out_from_the_day_after_it_expires(days: int, is_exported: bool) -> None:
    ending = replace(LEGAL, review=replace(REVIEW, expires_on=TODAY))
    assert [each.name for each in export(directory(ending, BARE), TODAY + days * DAY).contents] == [
        *(["Orientación legal"] if is_exported else []), "Atención",
    ]  # fmt: skip


def test_a_service_that_only_receives_referrals_is_left_out() -> None:
    assert export(directory(replace(BARE, review=None, receives_referrals=True)), TODAY).empty


DOUBTFUL = tuple(replace(each, doubt="nadie contesta") for each in FACTS)
GONE = tuple(replace(each, review=replace(REVIEW, expires_on=TODAY - DAY)) for each in FACTS)


@pytest.mark.parametrize("facts", [DOUBTFUL, GONE], ids=["doubtful", "expired"])
@pytest.mark.parametrize("value", [each.value for each in FACTS])
def test_a_fact_that_nobody_has_confirmed_or_that_has_expired_is_left_out(facts: tuple[Fact, ...], value: str) -> None:
    assert value not in export(directory(LEGAL, facts=facts), TODAY).model_dump_json()


# Places


def test_a_place_is_exported_with_its_address_and_its_point() -> None:
    [at] = exported(LEGAL).service_at_locations
    [address] = at.location.addresses
    assert (address.address_1, address.city, address.state_province, address.country) == ("Av. Juárez 10", "Puebla", "Puebla", "MX")
    assert (at.location.location_type, address.address_type) == ("physical", "physical")


@pytest.mark.parametrize(
    ("location", "point"),
    [
        (replace(WINDOW, point=(19.05, -98.2)), (19.05, -98.2)),
        (WINDOW, PUEBLA.point),
        (replace(WINDOW, municipality="21085"), (None, None)),
    ],
    ids=["its own", "of the seat of its municipality", "unknown"],
)
def test_a_place_lies_at_its_own_point_or_at_the_seat_of_its_municipality(location: Location, point: tuple[float, float]) -> None:
    [at] = exported(replace(LEGAL, locations=("window",)), locations=(location,)).service_at_locations
    assert (at.location.latitude, at.location.longitude) == point


# Hours


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (WEEKDAYS, ("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "18:00")),
        (Schedule("SA,SU", time(0), None), ("WEEKLY", "SA,SU", "00:00", "24:00")),
        (Schedule("MO", time(19), time(7)), ("WEEKLY", "MO", "19:00", "07:00")),
        (Schedule("1MO", time(9, 5), time(13, 30), "MONTHLY"), ("MONTHLY", "1MO", "09:05", "13:30")),
        (Schedule("-1FR,1SA", time(9), time(13), "MONTHLY"), ("MONTHLY", "-1FR,1SA", "09:00", "13:00")),
    ],
)
def test_hours_are_exported_as_days_and_clock_times(schedule: Schedule, expected: tuple[str, ...]) -> None:
    [found] = exported(replace(BARE, schedules=(schedule,))).schedules
    assert (found.freq, found.byday, found.opens_at, found.closes_at) == expected


def test_every_hours_of_a_service_are_exported_in_order() -> None:
    both = (Schedule("MO", time(9), time(14)), Schedule("MO", time(16), time(19)))
    assert [each.opens_at for each in exported(replace(BARE, schedules=both)).schedules] == ["09:00", "16:00"]


# Ids


def test_an_id_is_made_of_our_own_names_alone() -> None:
    """Whoever has imported the directory finds the same service again, so this value must never change."""
    space = uuid5(NAMESPACE_URL, "https://docs.openreferral.org/en/v3.0")
    assert exported(LEGAL).id == str(uuid5(space, "service/legal")) == "c8885386-3793-50dc-98ff-f0b479ce5ecd"


def test_a_service_keeps_its_ids_whatever_is_said_of_it_and_whoever_stands_beside_it() -> None:
    other = replace(LEGAL, name="Abogados", description="Otra.", cost="10 pesos", review=replace(REVIEW, reviewed_on=TODAY))
    before, after = export(directory(LEGAL), TODAY), export(directory(BARE, other), TODAY + DAY)
    assert ids(before) == ids(HsdsPage(total_items=1, size=1, empty=False, contents=after.contents[1:]))


def test_different_things_have_different_ids_and_each_is_a_uuid() -> None:
    page = export(directory(LEGAL, replace(LEGAL, id="other", name="Otra")), TODAY)
    found: dict[str, dict[str, Any]] = {}
    for each in objects(page.model_dump(mode="json")):
        assert found.setdefault(each["id"], each) == each
        assert str(UUID(each["id"])) == each["id"]
    assert len(found) == 2 * 10 + 3  # the organization, the place and its address are the same for both
