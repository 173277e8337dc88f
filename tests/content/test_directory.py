"""Rules over the published directory, for the base and every institution: what is shown can be relied on, and no shelter is given away."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.content.danger import DangerDetector
from bot.content.languages import LANGUAGES, MEXICO
from bot.content.load import institution_names, load_content
from bot.content.municipalities import Municipality
from bot.content.published import Content, Fact
from bot.content.services import Service
from bot.conversation.context import Turn
from bot.conversation.incoming import text_message
from bot.conversation.office_turn import EVERYWHERE, look_for_offices
from bot.conversation.parts import LONGEST_FIRST
from bot.conversation.surroundings import Surroundings
from bot.offices import find_offices
from bot.settings import ROOT

FLOWS = ROOT / "flows"
INSTITUTIONS = [None, *institution_names(FLOWS)]
WITHOUT_NATIONAL_SERVICE = {"courses"}  # needs that are served in some places only
NOON = datetime(2026, 11, 23, 12, tzinfo=MEXICO)


@cache
def content_of(institution: str | None) -> Content:
    return load_content(FLOWS, institution)[0]


@pytest.fixture(params=INSTITUTIONS, ids=lambda name: name or "base")
def content(request: pytest.FixtureRequest) -> Content:
    return content_of(request.param)


def shown(content: Content) -> list[Service]:
    """The services that people are told of; the others only receive referrals."""
    return [service for service in content.services.values() if service.review]


def needs(content: Content) -> list[str]:
    """What can be looked for."""
    step = content.questionnaires["find_office"].step("need")
    assert step is not None
    return [option.value for option in step.options]


def facts(content: Content, service: Service) -> Iterator[tuple[str, Fact]]:
    """Every fact that is shown of a service, with the kind that it has to be of."""
    addresses = (content.locations[each].address for each in service.locations)
    names = [("telephone", each) for each in service.phones] + [("url", service.url)] + [("address", each) for each in addresses]
    yield from ((kind, content.facts[name]) for kind, name in names if name)


# What is shown


def test_a_service_without_sources_and_the_date_of_its_review_is_shown_to_nobody_and_only_receives_referrals(content: Content) -> None:
    """Without either, nothing is read as its review."""
    reviews = {service.id: service.review for service in shown(content)}
    assert [name for name, review in reviews.items() if not review or not review.sources or not review.reviewed_on] == [] and reviews
    rest = [service for service in content.services.values() if service.id not in reviews]
    assert [service.id for service in rest if not service.receives_referrals] == []


def test_every_service_shown_serves_a_need_that_can_be_looked_for(content: Content) -> None:
    assert [service.id for service in shown(content) if not service.needs or set(service.needs) - set(needs(content))] == []


def test_every_source_of_a_service_has_a_title_and_a_page(content: Content) -> None:
    sources = [(service.id, source) for service in shown(content) if service.review for source in service.review.sources]
    assert [name for name, source in sources if not source.title or not source.url.startswith("http")] == [] and sources


def test_a_service_that_only_receives_referrals_is_found_by_nobody(content: Content) -> None:
    only_receive = {service.id for service in content.services.values()} - {service.id for service in shown(content)}
    found = {office.service.id for need in needs(content) for office in find_offices(content, need, None, NOON)}
    assert only_receive and not only_receive & found


def test_every_service_shown_is_found_by_each_of_its_needs(content: Content) -> None:
    for need in needs(content):
        found = {office.service.id for office in find_offices(content, need, None, NOON)}
        assert found == {service.id for service in shown(content) if need in service.needs}, need


def test_no_service_shows_a_fact_with_a_doubt(content: Content) -> None:
    used = [(service.id, fact) for service in shown(content) for _, fact in facts(content, service)]
    assert [(name, fact.name) for name, fact in used if fact.doubt] == [] and used


def test_the_telephones_of_a_service_are_telephone_facts_its_page_a_page_and_its_address_an_address(content: Content) -> None:
    used = [(service.id, kind, fact) for service in shown(content) for kind, fact in facts(content, service)]
    assert [(name, fact.name) for name, kind, fact in used if fact.kind != kind] == []
    assert {kind for _, kind, _ in used} == {"telephone", "url", "address"}


def test_the_telephone_of_a_service_is_dialled_as_it_stands(content: Content) -> None:
    numbers = {fact.value for service in shown(content) for kind, fact in facts(content, service) if kind == "telephone"}
    assert [number for number in numbers if not 3 <= len(re.sub(r"\D", "", number)) <= 13] == [] and numbers


def test_no_telephone_and_no_page_is_written_into_the_words_of_a_service(content: Content) -> None:
    """They are facts, each written once. A year and the number of a street are none."""
    for service in shown(content):
        words = " ".join((service.name, service.description, service.cost, service.hours_note, *service.required_documents))
        numbers = (re.sub(r"\D", "", each) for each in re.findall(r"\d[\d ()-]*\d", words))
        assert [each for each in numbers if len(each) >= 7] == [] and not re.search(r"https?://|www\.", words), service.id


# What is said of it


def told(content: Content, language: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Each service that is shown, and the message that begins with it: from everywhere, its own towns and that with the longest name."""
    around = Surroundings(content, DangerDetector(content.safety), "tests", "", now)
    longest = max(content.municipalities.places, key=lambda place: len(place.title)).key
    for service in shown(content):
        for key in (None, longest, *dict.fromkeys(content.locations[each].municipality for each in service.locations)):
            place = content.municipalities.get(key) if key else None
            offices = [office.service.id for office in find_offices(content, service.needs[0], place, now)]
            if service.id in offices:
                nobody = cast(Any, SimpleNamespace(language=language))
                turn = Turn(cast(Any, None), cast(Any, None), around, nobody, text_message("oficinas"))
                look_for_offices(turn, {"value": f"{service.needs[0]}.{key or EVERYWHERE}.{offices.index(service.id)}"})
                [reply] = turn.replies
                yield service.id, reply.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_message_about_every_service_fits_a_small_screen_in_every_language(content: Content, language: str) -> None:
    """On a day, in a night of the end of the week, and when each has a caution because its review is late."""
    reviews = [service.review for service in shown(content) if service.review]
    late = datetime.combine(max(each.due_on for each in reviews) + timedelta(days=1), NOON.timetz())
    lengths = {
        (service, now): len(text)
        for now in (NOON, NOON + timedelta(days=5, hours=10), late)
        for service, text in told(content, language, now)
    }
    assert {service for service, _ in lengths} == {service.id for service in shown(content)}
    assert {each: length for each, length in lengths.items() if length > LONGEST_FIRST} == {}


# Shelters of women, girls and boys: where they are is told to nobody

PROTECTED = {"women", "children", "trafficking"}
SHELTER = r"refugio|albergue|casa (?:hogar|cuna|puente|de acogida|de transici[oó]n|de medio camino)|estancia transitoria"
WHOSE = r"mujer|niñ|infan|menor|adolesc|violencia|v[ií]ctima|trata"


def is_a_shelter(name: str) -> bool:
    """Of women or children, as its name goes; "centro de atención, no refugio" is none, and asylum is another refugio."""
    name = re.sub(rf"no (?:es|son)?\s*(?:un )?(?:{SHELTER})|pedir refugio|solicitud(?:es)? de refugio", "", name.lower())
    return bool(re.search(SHELTER, name) and re.search(WHOSE, name))


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("Refugio para mujeres que viven violencia", True),
        ("Albergue Infantil del DIF", True),
        ("Casa de transición para mujeres", True),
        ("Centro LIBRE para mujeres; centro de atención, no refugio", False),
        ("COMAR Naucalpan", False),
        ("Pedir refugio en la COMAR, también menores de edad", False),
        ("Dormitorio Municipal de Puebla", False),
    ],
)
def test_a_shelter_is_known_by_its_name(name: str, hidden: bool) -> None:
    assert is_a_shelter(name) is hidden


def test_no_place_is_given_for_a_service_that_shelters_women_or_children(content: Content) -> None:
    sheltering = [service for service in content.services.values() if "shelter" in service.needs and PROTECTED & set(service.needs)]
    assert [service.id for service in sheltering if service.locations] == [] and sheltering


def test_no_place_of_the_directory_is_a_shelter_of_women_or_children(content: Content) -> None:
    """Neither by its own name, nor by what its address is, nor by the service or the organization there."""
    named = {place.id: [place.id.replace("_", " "), place.name] for place in content.locations.values()}
    for place in content.locations.values():
        if place.address:
            named[place.id].append(content.facts[place.address].says)
    for service in content.services.values():
        for each in service.locations:
            named[each] += [service.name, content.organizations[service.organization_id].name]
    assert {place: name for place, names in named.items() for name in names if is_a_shelter(name)} == {} and named


def test_no_address_among_the_facts_is_that_of_a_shelter_of_women_or_children(content: Content) -> None:
    addresses = [fact for fact in content.facts.values() if fact.kind == "address"]
    assert [fact.name for fact in addresses if is_a_shelter(f"{fact.says} {fact.value}")] == [] and addresses


def test_the_place_of_a_shelter_is_asked_for_by_telephone(content: Content) -> None:
    sheltering = [service for service in shown(content) if "shelter" in service.needs and PROTECTED & set(service.needs)]
    assert [service.id for service in sheltering if not service.phones] == [] and sheltering


# Nobody is left with nothing


def test_every_need_is_served_from_everywhere(content: Content) -> None:
    """By a service without an area."""
    everywhere = {need for service in shown(content) if not service.area for need in service.needs}
    assert set(needs(content)) - everywhere - WITHOUT_NATIONAL_SERVICE == set()


def test_in_every_state_something_is_found_for_every_need(content: Content) -> None:
    states: dict[str, Municipality] = {}
    for place in content.municipalities.places:
        states.setdefault(place.key[:2], place)
    wanted = [need for need in needs(content) if need not in WITHOUT_NATIONAL_SERVICE]
    nothing = [(need, place.state) for need in wanted for place in states.values() if not find_offices(content, need, place, NOON)]
    assert nothing == [] and len(states) == 32 and wanted


UNREACHABLE = {"mexico_te_abraza"}


def says_how_to_reach_it(service: Service) -> bool:
    return bool(service.phones or service.url or service.locations or "sin confirmar" in service.hours_note)


def test_a_service_without_telephone_page_or_place_says_that_they_are_not_confirmed(content: Content) -> None:
    assert [service.id for service in shown(content) if not says_how_to_reach_it(service) and service.id not in UNREACHABLE] == []


@pytest.mark.parametrize("service", sorted(UNREACHABLE))
def test_a_service_that_has_to_be_confirmed_says_with_whom(service: str) -> None:
    assert says_how_to_reach_it(content_of(None).services[service])
