"""What counts as an answer to a step that asks for a municipality, a telephone or a date, in the many ways people write them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.municipalities import Municipalities
from bot.content.published import Content
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.questionnaires.steps import MONTHS, Ambiguous, Answer, read_answer
from tests.questionnaire import NOT_TYPED, TODAY, read, step, value, without_content


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Atlixco", "21019"),
        ("ATLIXCO", "21019"),
        ("atlisco", "21019"),
        ("soy de Atlixco", "21019"),
        ("vivo en naucalpan", "15057"),
        ("Naucalpan de Juárez", "15057"),
        ("naucalpam", "15057"),
        ("huejotsingo", "21074"),
        ("estoy en Tehuacan", "21156"),
        ("izúcar", "21085"),
        ("san andres cholula", "21119"),
        ("nesahualcoyotl", "15058"),
        ("Oaxaca", "20067"),
        ("Puebla", "21114"),
        ("Texmelucan, Puebla", "21132"),
        ("Cuautla, Morelos", "17006"),
        ("cuautla, jalisco", "14028"),
        ("Benito Juarez, quintana roo", "23005"),
        ("La Paz, Baja California Sur", "03003"),
        ("La Paz, México", "15070"),
        ("Juárez, nuevo leon", "19031"),
    ],
)
def test_a_municipality_is_found_as_people_write_it_and_by_its_state(content: Content, typed: str, key: str) -> None:
    place = content.municipalities.get(key)
    assert place is not None
    assert read(content, "municipality", typed) == Answer(key, place.title)


@pytest.mark.parametrize(
    ("typed", "among"),
    [
        ("Juárez", {"08037", "19031"}),
        ("benito juarez", {"23005", "09014"}),
        ("Cuautla", {"17006", "14028"}),
        ("la pas", {"15070", "03003"}),
        ("Texmelucan", {"21132", "20229"}),
        ("Emiliano Zapata", {"17008", "30065"}),
    ],
)
def test_a_name_of_several_municipalities_offers_them(content: Content, typed: str, among: set[str]) -> None:
    reading = read(content, "municipality", typed)
    assert isinstance(reading, Ambiguous)
    offered = [option.value for option in reading.options]
    assert among <= set(offered) and 2 <= len(offered) == len(set(offered)) <= 4
    for option in reading.options:
        place = content.municipalities.get(option.value)
        assert place is not None and option.title == place.title


def test_the_municipalities_of_the_own_state_are_offered_first(content: Content) -> None:
    def first(*home: str) -> str:
        there = replace(content, municipalities=Municipalities(content.municipalities.places, home))
        reading = read(there, "municipality", "Zaragoza")
        assert isinstance(reading, Ambiguous)
        return reading.options[0].value

    assert first("21") == "21211"
    assert first("05") == "05038"


@pytest.mark.parametrize(
    "sent",
    [
        "", "no", "xy", "Chicago", "xochitepeczingo", "no sé", "¿cuál es mi municipio?", "cuál es mi municipio", "Atlixco?", "2",
        "vengo de lejos con mis hijos y pensamos quedarnos a vivir por Atlixco", Incoming(Kind.PHOTO, text="Atlixco", file_id="f"),
        *(each for each in NOT_TYPED if each.kind is not Kind.LOCATION),
        Incoming(Kind.LOCATION, latitude=40.7, longitude=-74.0), Incoming(Kind.LOCATION),
    ],
)  # fmt: skip
def test_what_names_no_municipality_is_refused(content: Content, sent: str | Incoming) -> None:
    assert read(content, "municipality", sent) is None


def test_a_shared_location_is_the_municipality_it_lies_in_and_nothing_more(content: Content) -> None:
    sent = Incoming(Kind.LOCATION, latitude=19.4785, longitude=-99.2396)
    assert read(content, "municipality", sent) == Answer("15057", "Naucalpan de Juárez, México")


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ("2221234567", "2221234567"),
        ("222 123 4567", "2221234567"),
        ("(222) 123-45-67", "2221234567"),
        ("+52 222 123 4567", "+522221234567"),
        ("52 222 123 4567", "+522221234567"),
        ("+1 (312) 555-0100", "+13125550100"),
        ("mi número es 222 123 4567", "2221234567"),
        ("222123456789012", "+222123456789012"),
        (Incoming(Kind.CONTACT, telephone="+52 222 345 6789"), "+522223456789"),
        (Incoming(Kind.CONTACT, telephone="12025550123"), "+12025550123"),
    ],
)
def test_a_telephone_is_kept_as_its_digits_with_the_country_where_given(content: Content, sent: str | Incoming, wanted: str) -> None:
    assert read(content, "telephone", sent) == Answer(wanted, wanted)


@pytest.mark.parametrize(
    "sent",
    [
        "", "no tengo", "123", "222123456", "1234567890123456", "2221234567 y 2229876543", "dos veintidós",
        "prefiero que me hablen a la casa de mi hermana que es el 2221234567", Incoming(Kind.CONTACT), *NOT_TYPED,
    ],
)  # fmt: skip
def test_what_is_too_short_too_long_or_a_story_is_no_telephone(content: Content, sent: str | Incoming) -> None:
    assert read(content, "telephone", sent) is None


@given(st.text("0123456789", min_size=10, max_size=15), st.sampled_from(["", " ", "-", ".", " / "]), st.booleans())
def test_no_digit_of_a_telephone_gets_lost(digits: str, between: str, plus: bool) -> None:
    typed = ("+" if plus else "") + between.join([digits[:3], digits[3:6], digits[6:]])
    found = value(read(without_content(), "telephone", typed))
    assert found.removeprefix("+") == digits
    assert found.startswith("+") or not plus


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("12/05/1990", "1990-05-12"),
        ("12-5-90", "1990-05-12"),
        ("12.05.1990", "1990-05-12"),
        ("12 05 1990", "1990-05-12"),
        ("12 de mayo de 1990", "1990-05-12"),
        ("12 de MAYO del 1990", "1990-05-12"),
        ("12 mayo 1990", "1990-05-12"),
        ("nací el 12 de mayo de 1990", "1990-05-12"),
        ("1ro de mayo de 1990", "1990-05-01"),
        ("1990-05-12", "1990-05-12"),
        ("1/1/05", "2005-01-01"),
        ("1/1/30", "1930-01-01"),
        ("29/02/2024", "2024-02-29"),
        ("1/1/1900", "1900-01-01"),
        ("31/12/2031", "2031-12-31"),
    ],
)
def test_a_date_is_read_day_first_in_the_ways_people_write_it(content: Content, typed: str, wanted: str) -> None:
    day = date.fromisoformat(wanted)
    assert read(content, "date", typed) == Answer(wanted, day.strftime("%d/%m/%Y"))


@pytest.mark.parametrize(
    "typed",
    [
        "", "mañana", "5 de mayo", "mayo de 1990", "1990", "12051990", "31/02/2000", "29/02/2023", "0/1/2000", "12/13/1990", "12/05/199",
        "12/05/1990 o 13/05/1990", "31/12/1899", "1/1/2032", "¿qué fecha?",
    ],
)  # fmt: skip
def test_what_is_no_day_of_the_calendar_or_lies_too_far_is_no_date(content: Content, typed: str) -> None:
    assert read(content, "date", typed) is None


@given(st.dates(date(1900, 1, 1), date(TODAY.year + 5, 12, 31)))
def test_every_day_is_read_in_every_way_of_writing_it(day: date) -> None:
    written = [
        f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", day.isoformat(), f"{day.day} de {MONTHS[day.month - 1]} de {day.year}",
        f"{day.day} {MONTHS[day.month - 1].upper()} {day.year}",
    ]  # fmt: skip
    assert {value(read(without_content(), "date", each)) for each in written} == {day.isoformat()}


def test_the_farthest_date_moves_with_today(content: Content) -> None:
    typed = text_message("1/1/2032")
    assert read_answer(step("date"), typed, content, TODAY) is None
    assert read_answer(step("date"), typed, content, TODAY + timedelta(days=365)) is not None
