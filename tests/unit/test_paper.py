"""The sheet of paper about a case, read back: what is on it, what is not, and that its code opens the link."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.content.published import Content, Fact
from bot.content.review import Review, Source, Where
from bot.content.services import Location, Service
from bot.conversation.live import LiveContent
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.referrals import ReferralState
from bot.records.staff import Role
from bot.referrals import partner_links
from bot.referrals.paper import sheet
from bot.referrals.partner_links import SharedCase
from bot.settings import ROOT
from tests.cases_made import DETAILS, FOLIO, NOW, consents, make_case

URL = "https://puente.example.mx/caso/q2V0-Hc5zQm3kXwB7yTfLrNn_A8dJ4sE"
HERE = Where(ROOT, 1)
LINES = (("Folio", FOLIO), ("Necesidad", "Trabajo"), ("Lo que cuenta", "Me corrieron"), ("Municipio", "Atlixco, Puebla"))
CASE = SharedCase(
    FOLIO,
    ReferralState.SENT,
    "Enviado.",
    LINES,
    "ipam",
    "ipam_attention",
    NOW + timedelta(days=3),
    NOW + timedelta(days=14),
    (),
    "form",
    True,
)
PUBLISHED: list[Content] = []


@pytest.fixture(scope="module", autouse=True)
def content(live: LiveContent) -> Content:
    PUBLISHED[:] = [live.current()[0]]
    return PUBLISHED[0]


def printed(content: Content, case: SharedCase = CASE) -> PdfReader:
    return PdfReader(io.BytesIO(sheet(case, content, URL, NOW)))


def text_of(pdf: PdfReader) -> str:
    """In one line: where lines break is no matter."""
    return " ".join("\n".join(page.extract_text() for page in pdf.pages).split())


def with_story(story: str) -> SharedCase:
    return replace(CASE, lines=(*LINES[:2], ("Lo que cuenta", story), LINES[3]))


def test_the_sheet_says_whose_case_it_is_for_whom_until_when_and_what_to_do(content: Content) -> None:
    text = text_of(printed(content))
    for part in (
        FOLIO,
        "Instituto Poblano",
        "Trabajo",
        "Me corrieron",
        "Atlixco, Puebla",
        "26 de noviembre de 2026",
        "7 de diciembre de 2026",
        URL,
    ):
        assert part in text, part
    assert "Abra el enlace" in text and "destrúyala" in text


def test_without_a_telephone_it_says_whom_to_ask(content: Content) -> None:
    said = "La persona no dejó teléfono. Para comunicarse con ella, hable con el equipo"
    assert said in text_of(printed(content, replace(CASE, has_telephone=False)))
    assert said not in text_of(printed(content))


def test_its_code_opens_the_link(content: Content) -> None:
    [image] = printed(content).pages[0].images
    assert image.image is not None
    [code] = zxingcpp.read_barcodes(image.image.convert("L"))
    assert code.text == URL


@pytest.mark.parametrize("length", [0, 1, 500, 1000, 4000])
def test_it_is_always_one_page_with_the_whole_story(length: int, content: Content) -> None:
    story = ("Trabajé tres meses en la obra y no me pagaron; " * 100)[:length].strip()
    pdf = printed(content, with_story(story))
    assert len(pdf.pages) == 1 and story in text_of(pdf)


def test_where_even_the_smallest_letters_do_not_fit_it_is_cut_and_says_so(content: Content) -> None:
    pdf = printed(content, with_story("palabra " * 4000))
    assert len(pdf.pages) == 1 and "lo demás se lee en el enlace" in text_of(pdf) and URL in text_of(pdf)
    many_lines = printed(content, with_story("a\n" * 900))
    assert len(many_lines.pages) == 1


@pytest.mark.parametrize(
    "said",
    [
        "¿Ñandú, pingüino, café?",
        "Mwen bezwen èd, tanpri: pitit mwen pèdi — ò à é",
        "Não tenho ninguém; coração",
        "Où êtes-vous ? œuvre",
        "« “comillas” ’ – … €»",
    ],
)
def test_names_and_stories_in_every_language_of_puente_are_printed_as_written(said: str, content: Content) -> None:
    text = text_of(printed(content, with_story(said)))
    assert " ".join(said.split()) in text and "no puede mostrar" not in text


def test_letters_that_the_sheet_cannot_show_are_said_to_be_missing(content: Content) -> None:
    text = text_of(printed(content, with_story("ayuda 🙏 مساعدة")))
    assert "ayuda ? ??????" in text and "Se leen bien en el enlace" in text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=1200)), max_size=5), st.text(max_size=40))
def test_whatever_was_written_it_is_one_page_with_a_code(lines: list[tuple[str, str]], state: str) -> None:
    pdf = printed(PUBLISHED[0], replace(CASE, lines=tuple(lines), state_in_words=state))
    assert len(pdf.pages) == 1 and len(pdf.pages[0].images) == 1


# What is not on it


@pytest.mark.parametrize("left_out", list(DETAILS))
def test_no_byte_of_a_field_beyond_the_consent_is_on_the_sheet(left_out: str, database: Database, content: Content) -> None:
    database.call(lambda session: make_case(session, agreed=[name for name in DETAILS if name != left_out]) and None)
    _, token = database.call(partner_links.make, Actor("rosa", Role.AGENT), FOLIO, NOW)
    case = database.call(partner_links.look, token, content, NOW)
    assert case is not None
    made = sheet(case, content, URL, NOW)
    pdf = PdfReader(io.BytesIO(made))
    everything = text_of(pdf).encode() + made + b"".join(page.get_contents().get_data() for page in pdf.pages)  # type: ignore[union-attr]
    assert DETAILS[left_out].encode() not in everything and b"transcriptvalue" not in everything
    assert all(value in text_of(pdf) for name, value in DETAILS.items() if name != left_out)
    assert database.call(lambda session: len(consents(session))) == 2


def at_address(content: Content, **of_fact: Any) -> Content:
    review = Review("directory", date(2026, 1, 1), 90, (Source("Gaceta"),))
    fact = Fact("place", "address", "Av. Secreta 10", "Dirección", review, HERE)
    facts: Mapping[str, Fact] = {**content.facts, "place": replace(fact, **of_fact)}
    service = replace(content.services["ipam_attention"], locations=("shelter",))
    place = Location("shelter", "Casa", "21019", HERE, address=of_fact.pop("address", "place"))
    services: Mapping[str, Service] = {**content.services, service.id: service}
    return replace(
        content, facts=MappingProxyType(facts), services=MappingProxyType(services),
        locations=MappingProxyType({**content.locations, "shelter": place}),
    )  # fmt: skip


def test_a_public_address_is_printed(content: Content) -> None:
    assert "Av. Secreta 10" in text_of(printed(at_address(content)))


@pytest.mark.parametrize(
    "not_public",
    [
        {"doubt": "nadie la confirmó"},
        {"review": Review("directory", date(2026, 1, 1), 90, (Source("Gaceta"),), expires_on=date(2026, 11, 22))},
    ],
    ids=["doubt", "expired"],
)
def test_an_address_that_may_not_be_said_is_not_printed(not_public: dict[str, Any], content: Content) -> None:
    assert "Secreta" not in text_of(printed(at_address(content, **not_public)))


def test_a_place_without_a_public_address_has_none_on_the_sheet(content: Content) -> None:
    published = at_address(content)
    hidden = replace(published.locations["shelter"], address="")
    assert "Dirección" not in text_of(printed(replace(published, locations=MappingProxyType({**published.locations, "shelter": hidden}))))


def test_the_fonts_carry_their_licence() -> None:
    folder = Path(ROOT / "bot" / "referrals" / "fonts")
    assert {path.suffix for path in folder.iterdir()} == {".ttf", ".txt"} and "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text()
