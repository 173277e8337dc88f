"""A practice case in the chat: it begins, goes on, ends and is left, and what is written in it is said to somebody made up."""

from dataclasses import replace

import pytest

from bot.conversation.surroundings import Surroundings
from bot.courses.practice import MOST_MOVES
from bot.records.database import Database
from tests.practice import ASK, END, GO_ON, LEAVE, MARK, REFER, ROW, Practising
from tests.tongues import DETECTOR

CASE, OTHER = "trafficking", "entrepreneur"
REAL_DANGER = "Me están golpeando, ayuda"


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Practising:
    """An official who has joined."""
    official = Practising(chats_database, content_around)
    official.joins()
    return official


@pytest.fixture
def within(ana: Practising) -> Practising:
    """In a case."""
    return ana.begins(CASE)


def test_every_case_is_offered_by_its_title(ana: Practising) -> None:
    ana.says("practica")
    titles = [each.title for each in ana.around.content.simulations.values()]
    assert ana.titles == [*titles, "Menú"] and len(titles) >= 6
    assert all(f"• {title}" in ana.texts[0] for title in titles) and "inventados" in ana.texts[0]


def test_a_case_begins_with_what_it_is_and_the_persons_first_lines(within: Practising) -> None:
    simulation = within.simulation(CASE)
    first, *lines = within.texts
    assert simulation.title in first and simulation.says in first
    assert lines == [f"» {line}" for line in simulation.opens]
    assert within.moves == []


def test_the_way_out_and_the_emergency_number_are_said_at_the_beginning(within: Practising) -> None:
    assert "911" in within.texts[0] and f"«{LEAVE}»" in within.texts[0] and f"«{END}»" in within.texts[0]


def test_what_can_be_done_stands_under_the_last_message_alone(within: Practising) -> None:
    assert [[button.title for button in reply.buttons] for reply in within.said.replies[:-1]] == [[]] * (len(within.texts) - 1)
    assert [button.title for button in within.said.replies[-1].buttons] == ROW


def test_what_is_written_is_said_to_the_person_who_answers(within: Practising) -> None:
    within.says("¿Está sola? ¿Puede hablar?")
    answers = {reply.id: reply.says for reply in within.simulation(CASE).replies}
    assert len(within.texts) == 1 and within.texts[0].removeprefix("» ") in answers.values()
    assert within.titles == ROW and within.moves == ["¿Está sola? ¿Puede hablar?"]
    assert within.asked == [], "nobody else is asked what it means"


@pytest.mark.parametrize("said", ["ayuda", "menu", "cursos", "gracias", "zzz", "b", "cancelar"])
def test_a_word_for_the_menu_is_said_to_the_person_too(within: Practising, said: str) -> None:
    within.says(said)
    assert within.moves == [said] and within.titles == ROW and within.texts[0].startswith("» ")


def test_a_press_is_shown_and_counts(within: Practising) -> None:
    within.touches(MARK)
    assert within.texts[0] == f"(Usted: {MARK})" and within.titles == ROW
    within.touches(ASK)
    assert within.texts[0] == f"(Usted: {ASK})" and within.moves == ["mark_danger", "ask_consent"]


def test_a_referral_asks_for_the_office_first(within: Practising) -> None:
    within.touches(REFER)
    offices = [within.around.content.organizations[each].short_name for each in within.simulation(CASE).refer_to]
    assert within.titles == [*offices, LEAVE] and within.moves == []
    within.touches(offices[0])
    assert within.moves == [f"refer/{within.simulation(CASE).refer_to[0]}"]
    assert within.texts[0] == f"(Usted: {REFER}: {offices[0]})" and within.titles == ROW


def test_a_button_may_be_typed_by_its_title(within: Practising) -> None:
    within.says("marcar peligro")
    within.says("Canalizar")
    within.says(within.titles[0])
    assert within.moves == ["mark_danger", f"refer/{within.simulation(CASE).refer_to[0]}"]
    within.says("terminar el caso")
    assert within.run is None


def test_every_message_of_a_case_has_the_way_out(within: Practising) -> None:
    for said in ("Hola", REAL_DANGER, "zzz", "/nadadenada", "🙂"):
        within.says(said)
        assert LEAVE in within.titles, said
    within.sends(sticker={"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "is_animated": False, "is_video": False,
                          "type": "regular"})  # fmt: skip
    assert within.titles == ROW and "texto" in within.texts[0]
    for title in (MARK, ASK, REFER):
        within.touches(title)
        assert LEAVE in within.titles, title


# The end


def test_the_end_says_the_points_each_criterion_and_why_what_was_missed_matters(within: Practising) -> None:
    within.touches(MARK)
    within.touches(END)
    text, simulation = within.texts[-1], within.simulation(CASE)
    kept = within.runs()[-1].kept
    assert kept is not None and kept["danger"] and not kept["consent"]
    for criterion in simulation.criteria:
        line = next(line for line in text.splitlines() if criterion.title in line)
        assert line.startswith("✔" if kept[criterion.id] else "✘") and (criterion.because.split()[0] in line) is not kept[criterion.id]
    assert f"{within.runs()[-1].points} de 100" in text and "nadie más ve" in text
    assert "Pendiente de validar" in text and simulation.review.sources[0].title in text
    assert within.titles == ["¿Qué hago si llega…?", "Intentar otra vez", "Practicar un caso", "Menú"]


@pytest.mark.parametrize("name", ["trafficking", "asylum_seeker", "missing_son", "beaten_woman", "entrepreneur", "lone_adolescent"])
def test_no_place_for_a_fact_stays_empty(ana: Practising, name: str) -> None:
    ana.begins(name).touches(END)
    assert "{" not in "".join(ana.texts)


def test_a_reason_names_its_fact(ana: Practising) -> None:
    ana.begins("asylum_seeker").touches(END)
    assert "{refuge_request_term}" in "".join(each.because for each in ana.simulation("asylum_seeker").criteria)
    assert ana.around.content.facts["refuge_request_term"].value in ana.texts[-1]


def test_a_case_that_is_over_hears_nothing_more(within: Practising) -> None:
    old = [button.payload for button in within.buttons]
    within.touches(END)
    for payload in old[:4]:
        assert within.presses(payload) == ["utter_button_old"]
    assert [run.ended_at is None for run in within.runs()] == [False]
    assert within.says("Hola, ¿está sola?") == ["utter_learning_menu"]  # what is understood by who is asked now


def test_it_ends_after_forty_moves_and_says_why(within: Practising) -> None:
    assert MOST_MOVES == 40
    for number in range(39):
        within.says(f"{number}: cuénteme más")
        assert within.run is not None
    assert within.says("y algo más") == ["utter_learning_practice_long", "utter_learning_practice_failed"]
    assert within.run is None and within.runs()[-1].moves is None


# Leaving


def test_it_is_left_by_its_button(within: Practising) -> None:
    within.says("Hola")
    within.touches(LEAVE)
    assert within.runs() == [] and "911" in within.texts[0] and within.titles == ["Practicar un caso", "Menú"]


@pytest.mark.parametrize("said", ["salir", "Salir.", "SALIR DE LA PRÁCTICA", "leave", "quitter", "sair", "soti", "/salir", "/leave"])
def test_it_is_left_by_a_word_or_a_command(within: Practising, said: str) -> None:
    assert within.says(said) == ["utter_learning_practice_left"]
    assert within.runs() == []


def test_a_sentence_with_that_word_is_said_to_the_person(within: Practising) -> None:
    within.says("¿Puede salir de la casa?")
    assert within.moves == ["¿Puede salir de la casa?"]


def test_there_is_nothing_to_leave_twice(within: Practising) -> None:
    within.touches(LEAVE)
    assert within.presses("/leave") == ["utter_learning_practice_none"]


# What else is asked for


@pytest.mark.parametrize(
    ("said", "shown"),
    [("/cursos", "utter_learning_courses"), ("/inicio", "utter_learning_menu"), ("/ayuda", "utter_learning_help"),
     ("/protocolos", "utter_officials_protocol"), ("/practica", "utter_learning_practice"), ("/luego", "utter_learning_later"),
     ("/idioma", "utter_which_language")],
)  # fmt: skip
def test_a_command_makes_the_case_wait_and_offers_to_go_on(within: Practising, said: str, shown: str) -> None:
    within.says("Hola")
    assert within.says(said)[0] == shown
    assert within.titles.count(GO_ON) == 1
    within.touches(GO_ON)
    assert within.says("¿Está sola?") and within.moves == ["Hola", "¿Está sola?"]


def test_while_it_waits_nothing_is_said_to_the_person_and_a_danger_is_heard(within: Practising) -> None:
    within.says("/inicio")
    within.says(REAL_DANGER)
    assert within.said.safety is not None and "911" in within.texts[0] and within.moves == []


def test_the_menu_offers_to_go_on_as_long_as_it_waits(within: Practising) -> None:
    for _ in range(2):
        within.says("/inicio")
        assert within.titles[0] == GO_ON
    within.touches(GO_ON)
    within.touches(END)
    within.says("/inicio")
    assert GO_ON not in within.titles


def test_who_goes_on_reads_what_was_written_last(within: Practising) -> None:
    within.says("¿Está sola? ¿Puede hablar?")
    last = within.texts[-1]
    within.touches(MARK)
    within.says("/ayuda")
    within.touches(GO_ON)
    assert within.texts[-1] == last and within.simulation(CASE).title in within.texts[0] and within.titles == ROW


@pytest.mark.parametrize("said", ["continuar", "/continuar", "seguir el caso"])
def test_it_goes_on_by_a_word(within: Practising, said: str) -> None:
    within.says("/inicio")
    assert within.says(said)[0] == "utter_learning_practice_goes_on"


def test_a_button_of_the_case_takes_it_up_again(within: Practising) -> None:
    row = within.buttons
    within.says("/cursos")
    within.presses(row[0].payload)
    within.says("¿Está sola?")
    assert within.moves == ["mark_danger", "¿Está sola?"]


def test_a_lesson_and_a_case_are_never_under_way_at_once(within: Practising) -> None:
    course = next(iter(within.around.content.courses.values()))
    within.says("/cursos")
    within.presses(f"/course={course.name}")
    within.presses(f"/lesson={course.lessons[0].questionnaire.name}")
    assert within.is_asked
    within.says("/practica")
    within.touches(GO_ON)
    assert not within.is_asked
    within.says("b")
    assert within.moves == ["b"] and not within.is_asked
    within.says("/inicio")
    assert within.titles[:2] == ["Seguir donde iba", GO_ON]
    assert within.says("continuar") == ["utter_learning_menu"], "they choose"


def test_there_is_nothing_to_go_on_with_after_the_end(within: Practising) -> None:
    within.says("/inicio")
    within.touches(GO_ON)
    within.touches(END)
    assert within.presses("/resume") == ["utter_learning_practice_none"]


# Two cases


def test_another_case_takes_the_place_of_the_first_which_counts_for_nothing(within: Practising) -> None:
    within.says("Hola")
    within.begins(OTHER)
    assert [(run.simulation, run.moves) for run in within.runs()] == [(OTHER, [])]


def test_a_button_of_the_first_case_does_nothing_in_the_second(within: Practising) -> None:
    first = within.buttons
    within.begins(OTHER)
    assert within.presses(first[3].payload) == ["utter_button_old"]
    assert within.run is not None and within.moves == []
    within.says("Bienvenido")
    assert within.moves == ["Bienvenido"]


def test_a_case_can_be_tried_again_from_nothing(within: Practising) -> None:
    within.says("Le prometo que todo va a salir bien")
    within.touches(END)
    within.touches("Intentar otra vez")
    within.touches(END)
    assert [(run.kept or {})["no_promise"] for run in within.runs()] == [False, True]


def test_a_made_up_case_does_not_exist(ana: Practising) -> None:
    ana.says("practica")
    assert ana.presses("/simulate=nobody") == ["utter_button_unknown"]
    assert ana.runs() == []


def test_what_is_written_to_the_person_changes_no_language(ana: Practising) -> None:
    """Cases are attended to in Spanish, whatever language the official chose for the assistant."""
    ana.around = replace(ana.around, languages=DETECTOR)
    ana.says("/language")
    ana.presses("/change_language=en")
    ana.begins(CASE)
    chosen = ana.titles
    ana.says("donde puedo dormir esta noche")
    assert ana.get("language") == "en" and ana.titles == chosen
    ana.says("/salir")
    ana.says("donde puedo dormir esta noche")
    assert "Español" in ana.titles, "as elsewhere"
