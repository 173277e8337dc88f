"""Questionnaires: what counts as an answer to each type of step, and how one gets from the first step to the last."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.asking import Command, Option, Questionnaire, Step
from bot.content.load import load_content
from bot.content.municipalities import Municipalities
from bot.content.published import Content
from bot.content.questionnaires import STEP_TYPES
from bot.content.review import Where
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.replies import Reply
from bot.questionnaires import question, run, steps
from bot.questionnaires.run import Progress
from bot.questionnaires.steps import LONGEST_ANSWER, MONTHS, READERS, Ambiguous, Answer, Reading, is_question, read_answer
from bot.settings import ROOT

TODAY = date(2026, 11, 21)
HERE = Where(Path("questionnaire.yml"), 1)
NEEDS = (
    Option("documents", "Papeles o identidad"),
    Option("work", "Trabajo"),
    Option("health", "Salud"),
    Option("family", "Familia o persona detenida"),
)
PAPERS = (Option("passport", "Pasaporte"), Option("birth", "Acta de nacimiento"), Option("visa", "Visa humanitaria"))
PHOTO = Incoming(Kind.PHOTO, text="Trabajo", file_id="file")
NOT_TYPED = [PHOTO, Incoming(Kind.VOICE), Incoming(Kind.LOCATION, latitude=19.0, longitude=-98.2), Incoming(Kind.STICKER)]


def take(questionnaire: Questionnaire, progress: Progress, step: Step, answer: Answer) -> Progress | None:
    return run.onward(questionnaire, run.take(progress, step, answer))


def skip(questionnaire: Questionnaire, progress: Progress, step: Step) -> Progress | None:
    return run.onward(questionnaire, run.skip(progress, step))


@pytest.fixture(scope="module")
def content() -> Content:
    loaded, problems = load_content(ROOT / "flows", None)
    assert problems == []
    return loaded


def step(kind: str, name: str = "asked", **more: Any) -> Step:
    return Step(name, kind, f"¿{name}?", HERE, f"help for {name}", **more)


def read(content: Content, kind: str, sent: str | Incoming, **more: Any) -> Reading:
    return read_answer(step(kind, **more), text_message(sent) if isinstance(sent, str) else sent, content, TODAY)


def value(reading: Reading) -> Any:
    assert isinstance(reading, Answer), reading
    return reading.value


def test_every_type_of_step_an_editor_may_write_can_be_read() -> None:
    assert set(STEP_TYPES) == set(READERS)


# Answers to one step.


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Trabajo", "work"),
        ("  trabajo!! ", "work"),
        ("TRABAJO", "work"),
        ("travajo", "work"),
        ("trabjo", "work"),
        ("quiero un trabajo", "work"),
        ("papeles", "documents"),
        ("papeles o identidad", "documents"),
        ("papeles o identidá", "documents"),
        ("persona detenida", "family"),
        ("1", "documents"),
        ("4.", "family"),
    ],
)
def test_a_choice_is_taken_by_its_title_as_people_write_it_or_its_number(content: Content, typed: str, wanted: str) -> None:
    title = next(option.title for option in NEEDS if option.value == wanted)
    assert read(content, "choice", typed, options=NEEDS) == Answer(wanted, title)


@pytest.mark.parametrize(
    "sent",
    ["", "0", "5", "-", "😀", "no sé", "tra", "o", "trabajo o salud", "me quedé sin trabajo y tengo que pagar la renta", *NOT_TYPED],
)
def test_what_names_no_option_or_two_is_no_choice(content: Content, sent: str | Incoming) -> None:
    assert read(content, "choice", sent, options=NEEDS) is None


@given(st.text())
def test_a_choice_is_one_of_its_options_or_none(typed: str) -> None:
    loaded = without_content()
    reading = read_answer(step("choice", options=NEEDS), text_message(typed), loaded, TODAY)
    assert reading is None or (isinstance(reading, Answer) and Option(reading.value, reading.shown) in NEEDS)


def test_a_choice_may_be_misspelt_among_other_words(content: Content) -> None:
    options = (Option("business", "Hacer un negocio"), Option("travel", "Ir de viaje"))
    assert read(content, "choice", "kiero hazer un negosio", options=options) == Answer("business", "Hacer un negocio")


def test_a_short_word_of_a_title_is_no_choice(content: Content) -> None:
    options = (Option("business", "Hacer un negocio"), Option("travel", "Ir de viaje"))
    assert read(content, "choice", "de", options=options) is None
    assert read(content, "choice", "viaje", options=options) == Answer("travel", "Ir de viaje")


def without_content() -> Content:
    """For readers that look at nothing but the text."""
    return SimpleNamespace(languages={}, translate=lambda text, _: text)  # type: ignore[return-value]


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


def test_a_free_text_is_kept_as_written_up_to_its_limit(content: Content) -> None:
    assert read(content, "text", "Me quedé sin empleo en la obra") == Answer(*["Me quedé sin empleo en la obra"] * 2)
    assert value(read(content, "text", "abc " * LONGEST_ANSWER)) == "abc " * (LONGEST_ANSWER // 4)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "a",
        "?",
        "😀😀",
        "...",
        "¿para qué lo quieren?",
        "para que lo quieren?",
        "cuanto cuesta",
        "y cuanto tarda",
        "por qué",
        *NOT_TYPED,
    ],
)
def test_a_question_or_nothing_is_no_free_text(content: Content, sent: str | Incoming) -> None:
    assert read(content, "text", sent) is None


@pytest.mark.parametrize(
    "asked",
    [
        "¿sí?",
        "cuánto es",
        "Y CUANTO CUESTA",
        "por qué me piden eso",
        "dónde queda",
        "y qué llevo",
        "x q",
        "qué llevo",
        "quién me ayuda",
        "cuándo",
    ],
)
def test_a_question_is_known_by_its_marks_or_its_first_words(asked: str) -> None:
    assert is_question(asked)


@pytest.mark.parametrize("said", ["", "Trabajo", "creo que sí", "fue cuando llegué", "y ya", "Quetzalan", "porque me corrieron"])
def test_what_only_holds_a_question_word_is_no_question(said: str) -> None:
    assert not is_question(said)


def test_a_photo_or_a_document_is_kept_by_its_file(content: Content) -> None:
    assert value(read(content, "photo", PHOTO)) == "file"
    assert value(read(content, "photo", Incoming(Kind.DOCUMENT, file_id="paper"))) == "paper"


@pytest.mark.parametrize("sent", ["aquí está", Incoming(Kind.PHOTO), Incoming(Kind.VOICE, file_id="f"), *NOT_TYPED[1:]])
def test_what_has_no_file_is_no_photo(content: Content, sent: str | Incoming) -> None:
    assert read(content, "photo", sent) is None


def test_a_location_is_kept_as_its_coordinates_and_shown_rounded(content: Content) -> None:
    there = Incoming(Kind.LOCATION, latitude=19.043719, longitude=-98.198149)
    assert read(content, "location", there) == Answer([19.043719, -98.198149], "19.044, -98.198")


@pytest.mark.parametrize(
    "sent",
    ["19.04, -98.19", PHOTO, Incoming(Kind.LOCATION), Incoming(Kind.LOCATION, latitude=19.0), Incoming(Kind.LOCATION, longitude=19.0)],
)
def test_what_has_no_coordinates_is_no_location(content: Content, sent: str | Incoming) -> None:
    assert read(content, "location", sent) is None


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("1", ["passport"]),
        ("1,3", ["passport", "visa"]),
        ("1, 2 y 3", ["passport", "birth", "visa"]),
        ("1 3", ["passport", "visa"]),
        ("pasaporte y acta de nacimiento", ["passport", "birth"]),
        ("pasaporte, visa humanitaria", ["passport", "visa"]),
    ],
)
def test_ticks_may_be_typed_as_numbers_or_names(content: Content, typed: str, wanted: list[str]) -> None:
    titles = ", ".join(option.title for name in wanted for option in PAPERS if option.value == name)
    assert read(content, "toggles", typed, options=PAPERS) == Answer(wanted, titles)


@pytest.mark.parametrize("sent", ["", "4", "1, 9", "pasaporte y licencia", "ninguno", *NOT_TYPED])
def test_a_tick_that_is_no_option_spoils_the_answer(content: Content, sent: str | Incoming) -> None:
    assert read(content, "toggles", sent, options=PAPERS) is None


@pytest.mark.parametrize(
    "typed", ["sí", "Si", "SÍ!!", "siii", "sí autorizo", "si, acepto", "de acuerdo", "ok", "simón", "por supuesto", "yes"]
)
def test_a_clear_yes_is_a_consent(content: Content, typed: str) -> None:
    assert value(read(content, "consent", typed)) is True


@pytest.mark.parametrize("typed", ["no", "No.", "NO AUTORIZO", "no, gracias", "mejor no", "todavía no", "nel"])
def test_a_clear_no_is_a_refusal(content: Content, typed: str) -> None:
    assert value(read(content, "consent", typed)) is False


@pytest.mark.parametrize(
    "sent",
    [
        "", "sí pero no", "sí, pero no pongan mi nombre", "no sí", "claro que no", "no sé", "tal vez", "a ver", "sí y no",
        "autorizo que no", "que si", "solo si me ayudan", "1", "siguiente", "sin problema no", "acepto ayuda pero no que guarden",
        "no estoy de acuerdo",
        "lo que usted diga", Incoming(Kind.DEFERRED, text="sí"), Incoming(Kind.PHOTO, text="sí", file_id="f"), *NOT_TYPED,
    ],
)  # fmt: skip
def test_what_is_not_a_clear_yes_or_no_is_no_answer_to_a_consent(content: Content, sent: str | Incoming) -> None:
    assert read(content, "consent", sent) is None


@pytest.mark.parametrize("word", sorted(steps.YES))
def test_no_yes_is_left_when_a_no_stands_before_it(content: Content, word: str) -> None:
    reading = read(content, "consent", f"no {word}")
    assert reading is None or value(reading) is False


def test_no_word_is_a_yes_and_a_no() -> None:
    assert not steps.YES & steps.NO


# From step to step.

SHARED = {"shared": True}
STEPS = (
    step("choice", "need", options=NEEDS, label="Necesidad", **SHARED),
    step("text", "story", optional=True, label="Lo que cuenta", **SHARED),
    step("municipality", "municipality", label="Municipio", **SHARED),
    step("choice", "way", options=(Option("chat", "Por este chat"), Option("telephone", "Por teléfono")), label="Cómo", **SHARED),
    step("telephone", "telephone", only_if=MappingProxyType({"way": "telephone"}), label="Teléfono", **SHARED),
    step("text", "private"),
    step("consent", "consent"),
)
INTAKE = Questionnaire("intake", STEPS, HERE, Command("create_referral", {}), "2026-11-21", 180)
ANSWERS = {
    "need": Answer("work", "Trabajo"),
    "story": Answer("me corrieron", "me corrieron"),
    "municipality": Answer("21019", "Atlixco, Puebla"),
    "way": Answer("telephone", "Por teléfono"),
    "telephone": Answer("2221234567", "2221234567"),
    "private": Answer("only for us", "only for us"),
}


def asked(name: str) -> Step:
    found = INTAKE.step(name)
    assert found is not None
    return found


def after(*answered: str, questionnaire: Questionnaire = INTAKE, **other: Answer) -> Progress:
    """The progress after answering these steps, with the usual answers or others."""
    progress = run.start(questionnaire)
    for name in answered:
        taken = take(questionnaire, progress, run.current(questionnaire, progress), other.get(name, ANSWERS[name]))
        assert taken is not None
        assert name in taken.answers, f"{progress.step} was asked, not {name}"
        progress = taken
    return progress


CHAT = Answer("chat", "Por este chat")
TO_THE_END = ("need", "story", "municipality", "way", "telephone", "private")


def test_steps_are_asked_one_after_another() -> None:
    assert run.start(INTAKE).step == "need"
    assert [after(*TO_THE_END[:count]).step for count in range(1, 7)] == [
        "story", "municipality", "way", "telephone", "private", "consent",
    ]  # fmt: skip


def test_the_last_answer_ends_it() -> None:
    at_consent = after(*TO_THE_END)
    assert take(INTAKE, at_consent, asked("consent"), Answer(True, "")) is None


def test_a_step_is_only_asked_if_its_condition_holds() -> None:
    assert after("need", "story", "municipality", "way").step == "telephone"
    assert after("need", "story", "municipality", "way", way=CHAT).step == "private"


@pytest.mark.parametrize(("given_answer", "is_asked"), [("chat", True), ("telephone", True), ("letter", False)])
def test_a_condition_may_list_several_answers(given_answer: str, is_asked: bool) -> None:
    conditional = step("text", only_if=MappingProxyType({"way": ["chat", "telephone"]}))
    assert run.is_asked(conditional, Progress("intake", "way", {"way": [given_answer, "x"]})) is is_asked


def test_all_conditions_of_a_step_must_hold() -> None:
    conditional = step("text", only_if=MappingProxyType({"way": "chat", "need": "work"}))
    assert run.is_asked(conditional, Progress("intake", "x", {"way": ["chat", ""], "need": ["work", ""]}))
    assert not run.is_asked(conditional, Progress("intake", "x", {"way": ["chat", ""], "need": ["health", ""]}))
    assert not run.is_asked(conditional, Progress("intake", "x", {"way": ["chat", ""]}))


def test_an_answer_ends_the_misses_and_the_offer_of_places() -> None:
    missed = replace(run.miss(run.miss(after("need", "story"))), offered=(("21019", "Atlixco, Puebla"),))
    assert missed.misses == 2
    taken = take(INTAKE, missed, asked("municipality"), ANSWERS["municipality"])
    assert taken is not None and (taken.misses, taken.offered) == (0, ())


def test_going_back_asks_the_step_before_again_and_forgets_its_answer() -> None:
    gone_back = run.back(INTAKE, after("need", "story", "municipality"))
    assert (gone_back.step, sorted(gone_back.answers)) == ("municipality", ["need", "story"])
    gone_back = run.back(INTAKE, gone_back)
    assert (gone_back.step, sorted(gone_back.answers)) == ("story", ["need"])


def test_going_back_from_the_first_step_changes_nothing() -> None:
    start = run.start(INTAKE)
    assert run.back(INTAKE, start) == start
    again = run.back(INTAKE, run.back(INTAKE, after("need")))
    assert (again.step, dict(again.answers)) == ("need", {})


def test_going_back_passes_over_what_was_not_asked() -> None:
    at_private = after("need", "story", "municipality", "way", way=CHAT)
    assert run.back(INTAKE, at_private).step == "way"


def test_going_back_forgets_the_misses_and_the_offer_of_places() -> None:
    at_place = replace(run.miss(after("need", "story")), offered=(("21019", "Atlixco, Puebla"),))
    gone_back = run.back(INTAKE, at_place)
    assert (gone_back.misses, gone_back.offered) == (0, ())


def test_correcting_asks_one_step_and_returns_to_where_we_were() -> None:
    corrected = run.correct(INTAKE, run.choose_correction(after(*TO_THE_END)), "need")
    assert corrected is not None and (corrected.step, corrected.correcting) == ("need", False)
    taken = take(INTAKE, corrected, asked("need"), Answer("health", "Salud"))
    assert taken is not None and taken.step == "consent"
    assert taken.value("need") == "health"
    assert {name: taken.value(name) for name in TO_THE_END[1:]} == {name: ANSWERS[name].value for name in TO_THE_END[1:]}


def test_a_correction_that_makes_another_step_necessary_asks_it_too() -> None:
    at_consent = after("need", "story", "municipality", "way", "private", way=CHAT)
    corrected = run.correct(INTAKE, at_consent, "way")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("way"), ANSWERS["way"])
    assert taken is not None and taken.step == "telephone"
    taken = take(INTAKE, taken, asked("telephone"), ANSWERS["telephone"])
    assert taken is not None and taken.step == "consent"


def test_a_correction_that_makes_a_step_needless_no_longer_shares_its_answer() -> None:
    at_consent = after(*TO_THE_END)
    assert "telephone" in run.shared_answers(INTAKE, at_consent)
    corrected = run.correct(INTAKE, at_consent, "way")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("way"), CHAT)
    assert taken is not None and taken.step == "consent"
    assert "telephone" not in run.shared_answers(INTAKE, taken)


@pytest.mark.parametrize("name", ["municipality", "telephone", "consent", "no such step"])
def test_what_was_not_answered_cannot_be_corrected(name: str) -> None:
    assert run.correct(INTAKE, after("need", "story"), name) is None


def test_a_skipped_step_is_not_asked_again_and_not_shared() -> None:
    skipped = skip(INTAKE, after("need"), asked("story"))
    assert skipped is not None and skipped.step == "municipality"
    assert sorted(run.shared_answers(INTAKE, skipped)) == ["need"]
    assert run.back(INTAKE, skipped).step == "story"


def test_skipping_the_last_step_ends_it() -> None:
    short = replace(INTAKE, steps=STEPS[:2])
    assert skip(short, after("need", questionnaire=short), asked("story")) is None


def test_only_what_is_marked_is_shared_and_as_it_was_shown() -> None:
    assert run.shared_answers(INTAKE, after(*TO_THE_END)) == {
        "need": ("Necesidad", "work", "Trabajo"),
        "story": ("Lo que cuenta", "me corrieron", "me corrieron"),
        "municipality": ("Municipio", "21019", "Atlixco, Puebla"),
        "way": ("Cómo", "telephone", "Por teléfono"),
        "telephone": ("Teléfono", "2221234567", "2221234567"),
    }


def stored(progress: Progress) -> Progress:
    """As it comes back from the database."""
    return Progress.from_json(json.loads(json.dumps(progress.to_json())))


def test_progress_survives_being_stored() -> None:
    kept = replace(run.miss(after("need", "story")), correcting=True, offered=(("21019", "Atlixco, Puebla"), ("", "")))
    assert stored(kept) == kept
    paused = run.pause(kept, "threat")
    assert stored(paused) == paused != kept
    corrected = run.correct(INTAKE, after(*TO_THE_END), "need")
    assert corrected is not None and stored(corrected) == corrected


def test_leaving_the_choice_of_what_to_correct_changes_nothing() -> None:
    at_consent = after(*TO_THE_END)
    assert run.back(INTAKE, stored(run.choose_correction(at_consent))) == at_consent


@pytest.mark.parametrize("name", TO_THE_END[:-1])
def test_leaving_a_correction_keeps_the_answer_as_it_was(name: str) -> None:
    at_consent = after(*TO_THE_END)
    corrected = run.correct(INTAKE, run.choose_correction(at_consent), name)
    assert corrected is not None and corrected.step == name
    assert run.back(INTAKE, run.miss(stored(corrected))) == at_consent


def test_going_back_after_a_correction_does_not_bring_the_old_answer_back() -> None:
    corrected = run.correct(INTAKE, after(*TO_THE_END), "need")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("need"), Answer("health", "Salud"))
    assert taken is not None
    assert (run.back(INTAKE, taken).step, run.back(INTAKE, taken).value("need")) == ("private", "health")


def test_an_answer_that_was_corrected_does_not_come_back_later() -> None:
    corrected = run.correct(INTAKE, after("need", "story"), "need")
    assert corrected is not None
    taken = take(INTAKE, corrected, asked("need"), Answer("health", "Salud"))
    assert taken is not None and taken.step == "municipality"
    at_the_start = run.back(INTAKE, run.back(INTAKE, taken))
    assert (at_the_start.step, dict(at_the_start.answers)) == ("need", {})
    assert run.back(INTAKE, at_the_start) == at_the_start


def test_a_pause_ends_when_the_question_is_asked_again_and_changes_no_answer() -> None:
    before = after("need", "story")
    paused = run.pause(before, "threat")
    assert paused.paused and paused.alarmed == "threat"
    assert replace(run.unpause(paused), alarmed=None) == before


# Edited while somebody is in the middle.


def edited(*names: str) -> Questionnaire:
    """The questionnaire with these steps only, in this order."""
    return replace(INTAKE, steps=tuple(asked(name) for name in names))


def test_a_step_taken_away_while_it_is_asked_gives_way_to_the_first_unanswered_one() -> None:
    pending = after("need", "story")
    assert run.current(edited("need", "story", "way", "consent"), pending).id == "way"
    assert run.current(edited("need", "story"), pending).id == "story", "with all answered the last one is asked again"


def test_a_new_step_is_asked_and_the_answers_are_kept() -> None:
    before, now = edited("need", "way", "consent"), edited("need", "story", "way", "consent")
    at_consent = after("need", "way", questionnaire=before, way=CHAT)
    assert run.current(now, at_consent).id == "consent"
    corrected = run.correct(now, at_consent, "way")
    assert corrected is not None
    taken = take(now, corrected, asked("way"), CHAT)
    assert taken is not None and taken.step == "story"
    taken = take(now, taken, asked("story"), ANSWERS["story"])
    assert taken is not None and taken.step == "consent"
    assert taken.value("need") == "work"


def test_steps_put_in_another_order_keep_their_answers() -> None:
    pending = after("need", "story")
    now = edited("municipality", "story", "need", "consent")
    taken = take(now, pending, asked("municipality"), ANSWERS["municipality"])
    assert taken is not None and taken.step == "consent"
    assert list(run.shared_answers(now, taken)) == ["municipality", "story", "need"]


def test_an_answer_to_a_step_that_was_taken_away_is_not_shared() -> None:
    assert sorted(run.shared_answers(edited("need", "consent"), after("need", "story"))) == ["need"]


def test_an_answer_to_a_step_that_was_taken_away_cannot_be_corrected() -> None:
    assert run.correct(edited("need", "consent"), after("need", "story"), "story") is None


def test_going_back_from_a_step_that_was_taken_away_asks_the_last_answered_one() -> None:
    assert run.back(edited("need", "story", "way", "consent"), after("need", "story")).step == "story"


# What is shown.


def payloads(reply: Reply) -> list[str]:
    return [button.payload for button in reply.buttons]


def choices(reply: Reply) -> list[str]:
    """What answers the question, without the ways out of it."""
    return [payload for payload in payloads(reply) if not payload.startswith("/")]


def ways(reply: Reply) -> list[str]:
    """Which of skipping, going back, leaving and correcting are offered."""
    known = (run.SKIP, run.BACK, run.CANCEL, run.CORRECT)
    return [payload.partition("=")[0] for payload in payloads(reply) if payload.startswith(known)]


def ask(content: Content, progress: Progress, questionnaire: Questionnaire = INTAKE, with_help: bool = False) -> Reply:
    return question.ask(content, questionnaire, progress, "es", with_help)


def test_a_choice_is_asked_with_its_options_and_a_way_out(content: Content) -> None:
    shown = ask(content, run.start(INTAKE))
    assert choices(shown) == ["intake.need=documents", "intake.need=work", "intake.need=health", "intake.need=family"]
    assert [button.title for button in shown.buttons][:4] == [option.title for option in NEEDS]
    assert ways(shown) == [run.CANCEL]


def test_the_way_back_is_shown_when_something_was_answered_and_skipping_where_it_may_be(content: Content) -> None:
    assert ways(ask(content, after("need"))) == [run.SKIP, run.BACK, run.CANCEL]
    assert ways(ask(content, after("need", "story"))) == [run.BACK, run.CANCEL]


def test_the_help_stands_before_the_question_when_it_is_wanted(content: Content) -> None:
    assert ask(content, run.start(INTAKE)).text == "¿need?"
    assert ask(content, run.start(INTAKE), with_help=True).text == "help for need\n\n¿need?"


def test_places_to_choose_among_are_shown_until_one_is_chosen(content: Content) -> None:
    reading = read(content, "municipality", "Cuautla")
    assert isinstance(reading, Ambiguous)
    offered = run.offer(after("need", "story"), reading)
    shown = ask(content, offered)
    assert choices(shown) == ["intake.municipality=17006", "intake.municipality=14028"]
    assert [button.title for button in shown.buttons][:2] == [option.title for option in reading.options]
    taken = take(INTAKE, offered, asked("municipality"), ANSWERS["municipality"])
    assert taken is not None and choices(ask(content, run.back(INTAKE, taken))) == []


def test_a_consent_shows_what_is_shared_and_nothing_else(content: Content) -> None:
    summary = replace(INTAKE, steps=(*STEPS[:-1], replace(asked("consent"), ask="{summary} / {expires_in}")))
    shown = ask(content, after(*TO_THE_END), summary)
    for given_value in ("Trabajo", "me corrieron", "Atlixco, Puebla", "Por teléfono", "2221234567", "180"):
        assert given_value in shown.text
    assert "only for us" not in shown.text
    ticks = [f"intake.consent~{name}" for name in ("need", "story", "municipality", "way", "telephone")]
    mark, _ = question.leave_asked(content, summary, after(*TO_THE_END), "es")
    assert choices(shown) == [*ticks, f"intake.consent=yes.{mark}", "intake.consent=no"]
    assert ways(shown) == [run.CORRECT, run.BACK, run.CANCEL]


def test_a_consent_names_who_receives_it(content: Content) -> None:
    named = replace(INTAKE, steps=(*STEPS[:-1], replace(asked("consent"), ask="{recipient}")))
    puebla = ask(content, after(*TO_THE_END), named).text
    naucalpan = ask(content, after(*TO_THE_END, municipality=Answer("15057", "Naucalpan de Juárez, México")), named).text
    assert puebla == content.organizations["ipam"].name
    assert naucalpan == content.organizations["naucalpan"].name


def test_what_can_be_corrected_is_what_is_shared(content: Content) -> None:
    shown = ask(content, run.choose_correction(after(*TO_THE_END)))
    assert payloads(shown)[:5] == [f"{run.CORRECT}={name}" for name in ("need", "story", "municipality", "way", "telephone")]
    assert "/correct=private" not in payloads(shown)
    assert [button.title for button in shown.buttons][:5] == ["Necesidad", "Lo que cuenta", "Municipio", "Cómo", "Teléfono"]


TICKS = replace(INTAKE, steps=(step("toggles", "papers", options=PAPERS), asked("story")))


def test_everything_is_ticked_until_somebody_unticks_it(content: Content) -> None:
    start = run.start(TICKS)
    assert run.ticked_of(start, TICKS.steps[0]) == ["passport", "birth", "visa"]
    without = run.toggle(start, TICKS.steps[0], "birth")
    assert run.ticked_of(without, TICKS.steps[0]) == ["passport", "visa"]
    assert sorted(run.ticked_of(run.toggle(without, TICKS.steps[0], "birth"), TICKS.steps[0])) == ["birth", "passport", "visa"]


def test_everything_may_be_unticked() -> None:
    progress = run.start(TICKS)
    for option in PAPERS:
        progress = run.toggle(progress, TICKS.steps[0], option.value)
    assert run.ticked_of(stored(progress), TICKS.steps[0]) == []
    assert run.ticked_of(run.toggle(stored(progress), TICKS.steps[0], "visa"), TICKS.steps[0]) == ["visa"]


def test_ticks_are_shown_on_the_buttons(content: Content) -> None:
    shown = ask(content, run.toggle(run.start(TICKS), TICKS.steps[0], "birth"), TICKS)
    assert payloads(shown)[:4] == ["intake.papers~passport", "intake.papers~birth", "intake.papers~visa", f"intake.papers={run.DONE}"]
    assert [button.title for button in shown.buttons][:3] == ["☑ Pasaporte", "☐ Acta de nacimiento", "☑ Visa humanitaria"]


def test_ticks_do_not_reach_the_next_step(content: Content) -> None:
    ticked = run.toggle(run.start(TICKS), TICKS.steps[0], "birth")
    taken = take(TICKS, ticked, TICKS.steps[0], Answer(run.ticked_of(ticked, TICKS.steps[0]), "x"))
    assert taken is not None and (taken.step, taken.offered, taken.value("papers")) == ("story", (), ["passport", "visa"])


def test_every_button_of_every_questionnaire_fits_what_telegram_allows(content: Content) -> None:
    longest_place = max((place.key for place in content.municipalities.places), key=len)
    for questionnaire in content.questionnaires.values():
        for each in questionnaire.steps:
            offered = ((longest_place, "place"),) if each.type == "municipality" else ()
            reply = question.ask(
                content, questionnaire, Progress(questionnaire.name, each.id, {"need": ["work", "x"]}, offered=offered), "es"
            )
            assert reply.buttons
            for button in reply.buttons:
                assert 1 <= len(button.payload.encode()) <= 64, button.payload


def test_the_farthest_date_moves_with_today(content: Content) -> None:
    typed = text_message("1/1/2032")
    assert read_answer(step("date"), typed, content, TODAY) is None
    assert read_answer(step("date"), typed, content, TODAY + timedelta(days=365)) is not None
