"""Which offices serve a need near a place, and in what order they are named."""

from collections.abc import Sequence
from datetime import date
from types import MappingProxyType

import pytest

from bot.content.municipalities import Municipalities, Municipality
from bot.content.published import Content, Institution, Safety
from bot.content.review import Review, Source
from bot.content.services import Location, Schedule, Service
from bot.offices import Office, Opening, find_offices, kilometres
from tests.offices import HERE, REVIEW, clock, hours

Point = tuple[float, float]


# Distances


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((19.0414, -98.2063), (19.4326, -99.1332), 106.6),  # Puebla, Mexico City
        ((19.4326, -99.1332), (20.6597, -103.3496), 461),  # Mexico City, Guadalajara
        ((19.4326, -99.1332), (25.6866, -100.3161), 706),  # Mexico City, Monterrey
        ((19.4326, -99.1332), (32.5149, -117.0382), 2300),  # Mexico City, Tijuana
        ((51.5074, -0.1278), (48.8566, 2.3522), 344),  # London, Paris
        ((0.0, 0.0), (1.0, 0.0), 111),  # a degree of latitude
        ((60.0, 0.0), (60.0, 1.0), 55.6),  # a degree of longitude is half as long there
        ((0.0, 179.5), (0.0, -179.5), 111),  # over the date line
        ((90.0, 0.0), (-90.0, 0.0), 20015),  # from pole to pole
        ((19.0414, -98.2063), (19.0414, -98.2063), 0),
    ],
)
def test_a_distance_is_the_length_of_the_great_circle(one: Point, other: Point, km: float) -> None:
    assert kilometres(one, other) == pytest.approx(km, rel=0.003, abs=0.001)
    assert kilometres(other, one) == pytest.approx(kilometres(one, other))


# Which offices

NOW = clock("2026-11-23 12:00")
PUEBLA, CHOLULA, ATLIXCO, TEHUACAN, UNMAPPED, NAUCALPAN, TAPACHULA = PLACES = (
    Municipality("21114", "Puebla", "Puebla", "Puebla", 1_692_181, (19.0414, -98.2063)),
    Municipality("21140", "San Pedro Cholula", "Puebla", "Cholula", 138_433, (19.0632, -98.3064)),  # 11 km from Puebla
    Municipality("21019", "Atlixco", "Puebla", "Atlixco", 141_793, (18.9088, -98.4321)),  # 28 km from Puebla
    Municipality("21156", "Tehuacán", "Puebla", "Tehuacán", 327_312, (18.4617, -97.3929)),  # 107 km from Puebla
    Municipality("21085", "Izúcar de Matamoros", "Puebla", "Izúcar", 82_809),  # as one whose seat GeoNames does not have
    Municipality("15057", "Naucalpan de Juárez", "México", "Naucalpan", 834_434, (19.4785, -99.2396)),
    Municipality("07089", "Tapachula", "Chiapas", "Tapachula", 353_706, (14.9056, -92.2634)),
)
Entry = tuple[Service, tuple[Location, ...]]


def office(
    name: str, *towns: Municipality, area: Sequence[str] = (), needs: Sequence[str] = ("legal",), point: Point | None = None,
    schedules: tuple[Schedule, ...] = (), review: Review | None = REVIEW,
) -> Entry:  # fmt: skip
    """A service in these towns; in none, it is a telephone line."""
    places = tuple(Location(f"{name}@{town.key}", name, town.key, HERE, point=point) for town in towns)
    named = tuple(place.id for place in places)
    return Service(name, "city", name, HERE, tuple(needs), tuple(area), locations=named, schedules=schedules, review=review), places


line = office


def directory(*entries: Entry) -> Content:
    """Content of these services alone."""
    return Content(
        version="test", responses={}, facts={}, organizations={},
        services=MappingProxyType({each.id: each for each, _ in entries}),
        locations=MappingProxyType({place.id: place for _, places in entries for place in places}),
        questionnaires={}, commands={}, links={}, retention={}, safety=Safety((), ()), titles={}, topics={}, rules=(),
        institution=Institution("city", "City", None), municipalities=Municipalities(PLACES), catalogues={}, languages={"es": "Español"},
    )  # fmt: skip


def found(entries: Sequence[Entry], place: Municipality | None, need: str = "legal") -> list[Office]:
    return find_offices(directory(*entries), need, place, NOW)


def names(offices: Sequence[Office]) -> str:
    return " ".join(each.service.id for each in offices)


OPEN, CLOSED = (hours("MO", "09:00", "18:00"),), (hours("MO", "14:00", "18:00"),)
NEARLY_NEAR, JUST_FAR = (19.0414 - 79 / 111.195, -98.2063), (19.0414 - 81 / 111.195, -98.2063)  # km south of Puebla
NEAR_AND_FAR = (
    line("country"), office("far", TAPACHULA), line("state", area=["21"]), office("state's", TEHUACAN), line("town", area=["21114"]),
    office("near", ATLIXCO), office("here", PUEBLA),
)  # fmt: skip
AROUND_PUEBLA = (office("atlixco", ATLIXCO), office("puebla", PUEBLA), office("cholula", CHOLULA))

WHERE = {
    "the nearest first": (AROUND_PUEBLA, PUEBLA, "puebla cholula atlixco"),
    "the nearest first from another town": (AROUND_PUEBLA, ATLIXCO, "atlixco cholula puebla"),
    "an office's own point counts before its town's seat": (
        (office("outskirts", CHOLULA, point=(19.1, -98.4)), office("centre", CHOLULA)), PUEBLA, "centre outskirts",
    ),
    "an office in a town without a seat on the map is found by its own point": (
        (office("cholula", CHOLULA), office("unmapped", UNMAPPED, point=(19.04, -98.21))), PUEBLA, "unmapped cholula",
    ),
    "without coordinates the same town comes first": ((office("puebla", PUEBLA), office("same", UNMAPPED)), UNMAPPED, "same puebla"),
    "without coordinates the own state comes before another": (
        (office("naucalpan", NAUCALPAN), line("state", area=["21"]), office("puebla", PUEBLA)), UNMAPPED, "puebla state naucalpan",
    ),
    "an office of the own state whose place is unknown counts as near": (
        (line("state", area=["21"]), office("unmapped", UNMAPPED)), PUEBLA, "unmapped state",
    ),
    "a service of one town is not for the next town": ((office("puebla", PUEBLA, area=["21114"]),), CHOLULA, ""),
    "a service of one town is for that town": ((office("puebla", PUEBLA, area=["21114"]),), PUEBLA, "puebla"),
    "a service of a state is for all its towns": ((office("puebla", PUEBLA, area=["21"]),), TEHUACAN, "puebla"),
    "a service of a state is not for another state": ((line("puebla", area=["21"]), line("mexico", area=["15"])), NAUCALPAN, "mexico"),
    "a service of two states is for both": ((line("both", area=["09", "15"]), line("other", area=["09"])), NAUCALPAN, "both"),
    "a service without an area is for everybody": ((office("puebla", PUEBLA),), TAPACHULA, "puebla"),
    "lines for the place after near offices and before far ones": (NEAR_AND_FAR, PUEBLA, "here near state's town state far country"),
    "the line of the town before that of its state": ((line("state", area=["21"]), line("town", area=["21114"])), PUEBLA, "town state"),
    "a line of the whole country after a far office": ((line("country"), office("far", TAPACHULA)), PUEBLA, "far country"),
    "in another state less than eighty kilometres are near": (
        (line("state", area=["21"]), office("near", NAUCALPAN, point=NEARLY_NEAR)), PUEBLA, "near state",
    ),
    "in another state more than eighty are far": (
        (office("far", NAUCALPAN, point=JUST_FAR), line("state", area=["21"])), PUEBLA, "state far",
    ),
    "in the own state no office is far": ((line("state", area=["21"]), office("tehuacan", TEHUACAN)), PUEBLA, "tehuacan state"),
    "of two far offices the nearer": ((office("chiapas", TAPACHULA), office("naucalpan", NAUCALPAN)), PUEBLA, "naucalpan chiapas"),
    "of two in a town the open one": (
        (office("closed", PUEBLA, schedules=CLOSED), office("open", PUEBLA, schedules=OPEN)), PUEBLA, "open closed",
    ),
    "unknown hours are not taken for closed": (
        (office("closed", PUEBLA, schedules=CLOSED), office("unknown", PUEBLA)), PUEBLA, "unknown closed",
    ),
    "nearer and closed before farther and open": (
        (office("open", CHOLULA, schedules=OPEN), office("closed", PUEBLA, schedules=CLOSED)), PUEBLA, "closed open",
    ),
    "of two lines the open one": ((line("closed", schedules=CLOSED), line("open", schedules=OPEN)), PUEBLA, "open closed"),
    "without a place in the order of the directory": (AROUND_PUEBLA, None, "atlixco puebla cholula"),
    "an empty directory": ((), PUEBLA, ""),
}  # fmt: skip


@pytest.mark.parametrize(("entries", "place", "expected"), WHERE.values(), ids=WHERE)
def test_offices_are_named_in_the_order_in_which_they_help(entries: tuple[Entry, ...], place: Municipality | None, expected: str) -> None:
    assert names(found(entries, place)) == expected


def test_without_a_place_no_area_keeps_a_service_out() -> None:
    entries = office("puebla", PUEBLA, area=["21"]), line("town", area=["15057"]), line("country")
    assert {each.service.id for each in found(entries, None)} == {"puebla", "town", "country"}


@pytest.mark.parametrize("place", [PUEBLA, None], ids=["somewhere", "anywhere"])
def test_only_offices_for_the_need_are_found(place: Municipality | None) -> None:
    entries = line("lawyer"), line("doctor", needs=["health"]), line("both", needs=["health", "legal"])
    assert names(found(entries, place)) == "lawyer both"
    assert names(found(entries, place, "health")) == "doctor both"


def test_nothing_is_found_for_a_need_that_nobody_serves() -> None:
    assert found((line("lawyer"), office("doctor", PUEBLA, needs=["health"])), PUEBLA, "work") == []


def test_a_service_that_only_receives_referrals_is_shown_to_nobody() -> None:
    assert names(found((office("receives", PUEBLA, review=None), office("shown", PUEBLA)), PUEBLA)) == "shown"


def test_a_service_in_two_towns_is_named_in_each_of_them() -> None:
    offices = found((office("two", TEHUACAN, CHOLULA), office("one", ATLIXCO)), PUEBLA)
    assert [each.location.id for each in offices if each.location] == ["two@21140", "one@21019", "two@21156"]


def test_an_office_says_how_far_it_is_only_where_that_is_known() -> None:
    entries = office("cholula", CHOLULA), office("unmapped", UNMAPPED), line("line")
    known = {each.service.id: round(each.km) for each in found(entries, PUEBLA) if each.km is not None}
    assert known == {"cholula": 11}
    assert [each.km for each in (*found(entries, UNMAPPED), *found(entries, None))] == [None] * 6


def test_an_office_says_whether_it_is_open_now() -> None:
    entries = line("open", schedules=OPEN), line("closed", schedules=CLOSED), line("unknown")
    assert {each.service.id: each.opening for each in found(entries, PUEBLA)} == {
        "open": Opening(True, clock("2026-11-23 18:00")), "closed": Opening(False, clock("2026-11-23 14:00")), "unknown": None,
    }  # fmt: skip


def test_without_a_place_the_lines_of_the_whole_country_come_first() -> None:
    """The questionnaire says of «Omitir»: "ve los teléfonos de todo el país"."""
    assert names(found((line("puebla", area=["21"]), line("country")), None)).startswith("country")


def test_a_line_is_as_near_as_its_area_that_holds_the_place() -> None:
    state_and_another_town = line("wide", area=["21", "15057"])
    assert names(found((state_and_another_town, line("town", area=["21114"])), PUEBLA)) == "town wide"


def test_a_service_is_not_shown_from_the_day_after_it_expires() -> None:
    expired = Review("directory", date(2026, 1, 1), 90, (Source("Gaceta"),), expires_on=date(2026, 11, 22))
    assert found((line("expired", review=expired),), PUEBLA) == []
