"""Who receives a case: the nearest service that takes it and has room."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.published import Content
from bot.content.review import Review, Source, Where
from bot.content.services import Organization, Schedule, Service
from bot.conversation.live import LiveContent
from bot.questionnaires import run
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.referrals import Referral, ReferralState
from bot.referrals.recipients import Case, choose, open_counts
from bot.settings import ROOT
from tests import intake
from tests import telegram_json as telegram
from tests.chats import Chat

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # a Monday, noon in Mexico
HERE = Where(ROOT, 1)
ATLIXCO, NAUCALPAN, MERIDA = "21019", "15057", "31050"


def service(name: str, *area: str, **more: Any) -> Service:
    return Service(name, f"org_{name}", name, HERE, **{"area": area, "receives_referrals": True, **more})


@pytest.fixture(scope="module")
def published(live: LiveContent) -> Content:
    return live.current()[0]


def of(published: Content, *services: Service, receives: str | None = None) -> Content:
    named = {each.id: each for each in services}
    organizations = {each.organization_id: Organization(each.organization_id, each.name, HERE) for each in services}
    institution = replace(published.institution, receives=receives)
    return replace(published, services=MappingProxyType(named), organizations=MappingProxyType(organizations), institution=institution)


def chosen(
    content: Content, municipality: str = ATLIXCO, counts: Mapping[str, int] | None = None, urgent: bool = False, **more: Any
) -> str | None:
    found = choose(content, Case({"need": "work", "municipality": municipality, **more}, urgent), NOW, counts)
    return found.service_id if found else None


def test_the_municipality_comes_before_the_state_and_the_state_before_the_country(published: Content) -> None:
    content = of(published, service("country"), service("state", "21"), service("town", ATLIXCO), service("elsewhere", "15"))
    assert chosen(content) == "town"
    assert chosen(content, "21114") == "state"
    assert chosen(content, MERIDA) == "country"
    assert chosen(content, NAUCALPAN) == "elsewhere"


def test_who_does_not_receive_referrals_gets_none(published: Content) -> None:
    assert chosen(of(published, service("closed", ATLIXCO, receives_referrals=False))) is None
    assert chosen(of(published, service("closed", ATLIXCO, receives_referrals=False), service("state", "21"))) == "state"


def test_a_service_for_other_needs_or_other_people_is_passed_over(published: Content) -> None:
    content = of(
        published, service("town", ATLIXCO, needs=("health",)), service("adults", "21", accepts={"for_whom": ("self",)}), service("all")
    )
    assert chosen(content, for_whom="self") == "adults"
    assert chosen(content, for_whom="minor") == "all"
    assert chosen(content, for_whom="minor", need="health") == "town"
    assert chosen(content) == "adults", "what was not asked refuses nobody"


def test_an_entry_past_its_end_receives_nothing(published: Content) -> None:
    review = Review("directory", date(2026, 1, 1), 90, (Source("Gaceta"),), expires_on=date(2026, 11, 22))
    expired, valid = service("old", ATLIXCO, review=review), replace(review, expires_on=date(2026, 11, 23))
    assert chosen(of(published, expired, service("state", "21"))) == "state"
    assert chosen(of(published, replace(expired, review=valid), service("state", "21"))) == "old"


def test_a_full_service_is_passed_over_and_when_all_are_full_the_nearest_is_told_so(published: Content) -> None:
    content = of(published, service("town", ATLIXCO, capacity=2), service("state", "21", capacity=5))
    case = Case({"need": "work", "municipality": ATLIXCO})
    for counts, expected, is_full in (({"town": 1}, "town", False), ({"town": 2}, "state", False), ({"town": 2, "state": 9}, "town", True)):
        found = choose(content, case, NOW, counts)
        assert found and (found.service_id, found.is_full) == (expected, is_full)
    assert chosen(of(published, service("none", capacity=0), service("far", "21"))) == "far"


def test_of_two_as_near_the_one_with_fewer_open_cases_is_chosen(published: Content) -> None:
    content = of(published, service("one", "21"), service("two", "21"))
    assert (chosen(content), chosen(content, counts={"one": 3, "two": 2})) == ("one", "two")


def test_what_is_urgent_goes_to_who_opens_sooner(published: Content) -> None:
    later, sooner = Schedule("TU", time(9), time(18)), Schedule("MO,TU", time(9), time(18))
    content = of(
        published, service("unknown", "21"), service("later", "21", schedules=(later,)), service("open", "21", schedules=(sooner,))
    )
    assert (chosen(content, urgent=True), chosen(content)) == ("open", "unknown")
    assert chosen(of(published, content.services["unknown"], content.services["later"]), urgent=True) == "later"


def test_where_no_service_serves_the_institution_takes_it(published: Content) -> None:
    content = of(published, service("state", "21"), receives="org_state")
    found = choose(content, Case({"municipality": MERIDA}), NOW)
    assert found and (found.organization.id, found.service_id, found.is_full) == ("org_state", None, False)


@given(
    st.lists(st.tuples(st.sampled_from(["", "21", ATLIXCO, "15"]), st.integers(0, 3), st.integers(0, 4), st.booleans()), max_size=6),
    st.sampled_from([ATLIXCO, "21114", NAUCALPAN, MERIDA]),
    st.booleans(),
)
def test_nobody_nearer_with_room_is_ever_left_out(entries: list[tuple[str, int, int, bool]], place: str, urgent: bool) -> None:
    services = [
        service(str(number), *([area] if area else []), capacity=capacity, receives_referrals=receives)
        for number, (area, capacity, _, receives) in enumerate(entries)
    ]
    counts = {str(number): count for number, (_, _, count, _) in enumerate(entries)}
    content = of(CONTENT[0], *services)
    able = [each for each in services if each.receives_referrals and (not each.area or place.startswith(each.area[0]))]
    with_room = [each for each in able if counts[each.id] < (each.capacity or 0)]
    found = choose(content, Case({"municipality": place}, urgent), NOW, counts)
    if not able:
        assert found is None
        return
    assert found and found.service in (with_room or able) and found.is_full is not bool(with_room)
    nearest = max(len(each.area[0]) if each.area else 0 for each in with_room or able)
    assert len(found.service.area[0] if found.service.area else "") == nearest


CONTENT: list[Content] = []


@pytest.fixture(autouse=True, scope="module")
def content_for_hypothesis(published: Content) -> None:
    CONTENT[:] = [published]


def test_only_open_referrals_fill_a_service(database: Database) -> None:
    def make(session: Any) -> None:
        person = Conversation(bot_id="b", chat="ana", chat_id="1", created_at=NOW, updated_at=NOW)
        session.add(person)
        session.flush()
        for number, state in enumerate(ReferralState):
            for name in ("ipam_attention", None):
                session.add(
                    Referral(
                        folio=f"F{number}{name}"[:16], idempotency_key=f"{number}{name}", conversation_id=person.id, organization_id="ipam",
                        service_id=name, state=state, need="work", details={}, created_at=NOW, changed_at=NOW,
                    )
                )  # fmt: skip

    database.call(make)
    assert database.call(open_counts) == {"ipam_attention": 4}  # sent, received, accepted, in service


def at_the_last_question(chat: Chat) -> None:
    """All is answered but whether they may be written to."""
    chat.is_at(intake.at("notices", municipality=[ATLIXCO, "Atlixco, Puebla"]))


def test_the_case_goes_to_whom_the_person_agreed_to_though_that_service_filled_up_meanwhile(ana: Chat) -> None:
    content = ana.around.content
    small = replace(content.services["ipam_attention"], capacity=1)
    services = {
        **content.services,
        "ipam_attention": small,
        "second": replace(small, id="second", organization_id="naucalpan", capacity=None),
    }
    ana.around = replace(ana.around, content=replace(content, services=MappingProxyType(services)))
    at_the_last_question(ana)
    ana.says("Sí, escríbanme")
    pending = ana.pending
    assert pending and pending["recipient"] == ["ipam", "ipam_attention"]
    progress = run.Progress.from_json(pending)
    organization = run.receiver(ana.around.content, progress)
    assert organization and organization.id == "ipam"
    readdressed, recipient = run.address(ana.around.content, progress, NOW, {"ipam_attention": 1})
    assert recipient and recipient.organization.id == "naucalpan" and readdressed.recipient == ("naucalpan", "second")
    agreed_to = run.receiver(ana.around.content, run.Progress.from_json(readdressed.to_json()))
    assert agreed_to and agreed_to.id == "naucalpan"


def test_a_person_is_told_before_they_agree_that_the_office_is_full(ana: Chat) -> None:
    content = ana.around.content
    full = {name: replace(each, capacity=0) if each.receives_referrals else each for name, each in content.services.items()}
    ana.around = replace(ana.around, content=replace(content, services=MappingProxyType(full)))
    at_the_last_question(ana)
    said = ana.takes(telegram.text("Por este chat", at=int(ana.now.timestamp()), number=90)).replies
    assert [reply.response for reply in said] == ["utter_recipient_full", "ask_referral_intake_consent"]
