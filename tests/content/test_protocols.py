"""The published protocols: one for each topic of the agreement, reached in one tap, and never shown as if somebody had validated it."""

from datetime import date
from functools import cache

import pytest

from bot.content import spoken
from bot.content.check_protocols import HEADINGS, is_protocol, parts_of
from bot.content.load import institution_names, load_content
from bot.content.published import PLACEHOLDER, Content
from bot.conversation.replies import render, render_rest
from bot.settings import ROOT

FLOWS = ROOT / "flows"
OF_THE_AGREEMENT = {
    "health", "employment", "integration", "regularization", "consular", "identity", "trafficking", "data", "missing", "women",
}  # fmt: skip
EVERY = OF_THE_AGREEMENT | {"first_contact", "return", "children"}
LIST = "utter_officials_protocol"
MOST_LINES_BEFORE = 2
in_every_institution = pytest.mark.parametrize("institution", [None, *institution_names(FLOWS)], ids=lambda name: name or "base")
of_every_protocol = pytest.mark.parametrize("name", sorted(spoken.PROTOCOL + each for each in EVERY))


@cache
def content_of(institution: str | None) -> Content:
    return load_content(FLOWS, institution)[0]


def payloads(name: str) -> list[str]:
    return [button.payload for button in content_of(None).responses[name].buttons]


@in_every_institution
def test_there_is_a_protocol_for_each_topic_of_the_agreement_and_those_around_it(institution: str | None) -> None:
    found = {name for name in content_of(institution).responses if is_protocol(name)}
    assert found == {spoken.PROTOCOL + each for each in EVERY}


def test_the_list_of_protocols_leads_to_each() -> None:
    assert sorted(payloads(LIST)) == sorted(f"/protocol_{each}" for each in EVERY)


def test_first_contact_points_to_its_protocol() -> None:
    assert "/protocol_first_contact" in payloads("utter_officials_first_contact")


@of_every_protocol
def test_each_protocol_leads_back_to_the_list(name: str) -> None:
    assert "/officials_protocol" in payloads(name)


@of_every_protocol
def test_at_most_two_lines_stand_before_what_to_do_and_danger_is_one_of_them(name: str) -> None:
    before = content_of(None).responses[name].text.partition(HEADINGS[0])[0].split("\n")
    assert 1 <= len([line for line in before if line.strip()]) <= MOST_LINES_BEFORE
    assert "emergency_phone" in PLACEHOLDER.findall(" ".join(before))


@of_every_protocol
def test_each_protocol_says_how_to_refer_with_permission_a_record_a_folio_and_hours(name: str) -> None:
    refer = dict(parts_of(content_of(None).responses[name].text))[HEADINGS[-1]]
    for said in ("«sí» no se manda nada", "permi", "egistre el caso", "folio", "horario"):
        assert said in refer, said


@in_every_institution
@of_every_protocol
def test_every_part_shown_of_a_protocol_cites_its_version_and_that_it_is_pending(institution: str | None, name: str) -> None:
    content, today = content_of(institution), date.today()
    protocol = content.responses[name].protocol
    assert protocol
    parts = [render(content, name, "es", today), render_rest(content, name, "es", today)]
    for part in parts:
        assert part.text.count(f"Protocolo, versión {protocol.version}, del {protocol.changed_on:%d/%m/%Y}.") == 1
        assert part.text.count("Pendiente de validar por OIM o el área jurídica.") == (not protocol.is_validated)
