"""What counts as an answer to a step where one chooses, ticks, tells, sends a file or consents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.asking import Option
from bot.content.courses import TAUGHT
from bot.content.published import Content
from bot.content.questionnaires import STEP_TYPES
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.questionnaires import steps
from bot.questionnaires.answer_words import is_question
from bot.questionnaires.steps import LONGEST_ANSWER, READERS, Answer, read_answer
from tests.questionnaire import NEEDS, NOT_TYPED, PAPERS, PHOTO, TODAY, read, step, value, without_content


def test_every_type_of_step_an_editor_may_write_can_be_read() -> None:
    assert {*STEP_TYPES, *TAUGHT} == set(READERS)


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
