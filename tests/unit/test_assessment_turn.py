"""A municipality's self-assessment in the chat: asked in order, left and taken up again, and told as one text."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.assessments import ANSWERS, NO, UNKNOWN, YES, Assessment
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.courses.assessing import outcome
from bot.records import learning as records
from bot.records.conversations import ButtonOffer
from bot.records.database import Database
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, Chat
from tests.learning import NAUCALPAN, READS, Official

BEGIN = "/assessment=entrepreneurship.begin"
RESULT = "/assessment=entrepreneurship.outcome"
NAME = "assessment-entrepreneurship"


@pytest.fixture
def official(chats_database: Database, content_around: Surroundings) -> Iterator[Official]:
    """Who has joined and looked at what the self-assessment is."""
    joined = Official(chats_database, content_around).joins()
    joined.waits(seconds=READS)
    joined.says("autodiagnóstico")
    yield joined


@pytest.fixture
def assessment(content: Content) -> Assessment:
    return content.assessments["entrepreneurship"]


def begins(official: Official) -> str:
    return told(official, BEGIN)


def told(official: Official, payload: str) -> str:
    official.waits(seconds=READS)
    return "\n".join(reply.text for reply in official.takes(telegram.pressed(payload)).replies)


def titles(official: Official, payload: str) -> list[str]:
    official.waits(seconds=READS)
    return [button.title for button in official.takes(telegram.pressed(payload)).replies[-1].buttons]


def answers_all(official: Official, values: Iterator[str] | None = None) -> str:
    """The text of the end."""
    values, last = values or cycle(ANSWERS), ""
    while official.is_asked and official.at.name == NAME:
        last = told(official, f"{NAME}.{official.at.step}={next(values)}")
    return last


def given(official: Official) -> dict[str, str]:
    return {step: value for step, (value, _) in official.at.answers.items()}


def rows(official: Official) -> list[records.Assessment]:
    learner = official.of_learner("id")
    query = select(records.Assessment).where(records.Assessment.learner_id == learner).order_by(records.Assessment.id)
    return official.call(lambda session: list(session.scalars(query)))


def test_a_question_stands_under_its_area_and_its_number_with_its_help_and_four_buttons(
    official: Official, assessment: Assessment
) -> None:  # fmt: skip
    begins(official)
    said = told(official, f"{NAME}.{official.at.step}=yes")
    second = assessment.questions[1]
    assert said.splitlines()[0] == f"{assessment.areas[0].title} · 2 de 18"
    assert said.index(second.ask) < said.index(second.help)
    assert titles(official, f"{NAME}.{second.id}=no") == ["Sí", "En parte", "No", "No sé", "Regresar", "Luego sigo"]


def test_the_heading_changes_with_the_area(official: Official, assessment: Assessment) -> None:
    said = begins(official)
    for _ in assessment.areas[0].questions:
        said = told(official, f"{NAME}.{official.at.step}=partly")
    assert said.splitlines()[0] == f"{assessment.areas[1].title} · {len(assessment.areas[0].questions) + 1} de 18"


@pytest.mark.parametrize(("typed", "value"), [
    ("sí", YES), ("no", NO), ("en parte", "partly"), ("No sé", UNKNOWN), ("no sabemos", UNKNOWN), ("la verdad no sé", UNKNOWN),
    ("2", "partly"),
])  # fmt: skip
def test_an_answer_may_be_typed(official: Official, typed: str, value: str) -> None:
    begins(official)
    asked = official.at.step
    official.waits(seconds=READS)
    official.says(typed)
    assert official.at.value(asked) == value


@pytest.mark.parametrize("typed", ["a", "la b", "un poco sí y otro poco no"])
def test_a_letter_or_a_story_is_no_answer_and_what_can_be_written_is_said(official: Official, typed: str) -> None:
    begins(official)
    official.understands = NOT_UNDERSTOOD
    official.waits(seconds=READS)
    assert official.says(typed) == ["utter_learning_answer_unclear", f"ask_{NAME}_contact_person"]
    assert official.at.answers == {}


def test_one_goes_back_and_answers_anew(official: Official, assessment: Assessment) -> None:
    begins(official)
    first, second = (each.id for each in assessment.questions[:2])
    told(official, f"{NAME}.{first}=yes")
    told(official, f"{NAME}.{second}=no")
    assert "2 de 18" in told(official, "/back")
    assert "1 de 18" in told(official, "/back")
    told(official, f"{NAME}.{first}=no")
    assert given(official) == {first: NO} and official.at.step == second


def test_a_button_of_an_earlier_question_corrects_it(official: Official, assessment: Assessment) -> None:
    begins(official)
    first, second, third = (each.id for each in assessment.questions[:3])
    told(official, f"{NAME}.{first}=yes")
    told(official, f"{NAME}.{second}=yes")
    told(official, f"{NAME}.{first}=unknown")
    assert given(official) == {first: UNKNOWN, second: YES} and official.at.step == third


def test_a_question_that_was_not_asked_yet_is_not_answered(official: Official, assessment: Assessment) -> None:
    begins(official)
    first, second = (each.id for each in assessment.questions[:2])
    told(official, f"{NAME}.{first}=yes")
    told(official, "/back")
    told(official, f"{NAME}.{second}=no")
    assert given(official) == {} and official.at.step == first


def test_it_is_left_for_days_and_goes_on_where_it_was(official: Official) -> None:
    begins(official)
    asked = told(official, f"{NAME}.{official.at.step}=yes")
    official.says("luego sigo")
    assert not official.is_asked
    official.waits(days=12)
    official.says("autodiagnóstico")
    official.waits(seconds=READS)
    assert begins(official) == asked and given(official) == {"contact_person": YES}


def test_the_end_says_the_next_steps_what_exists_what_lacks_and_where_it_comes_from(official: Official, assessment: Assessment) -> None:
    begins(official)
    said = answers_all(official)
    [row] = rows(official)
    found = outcome(assessment, row.answers)
    assert len(row.answers) == len(assessment.questions) and row.municipality == NAUCALPAN and row.version == assessment.version
    assert all(f"{number}. {each.step}" in said for number, each in enumerate(found.next_steps, 1)) and len(found.next_steps) == 3
    places = [said.index(word) for word in ("siguientes pasos", "Ya existe:", "Existe en parte:", "Falta:", "No se sabe:")]
    assert places == sorted(places)
    for begins_at, group in zip(places[1:], found.groups.values(), strict=True):
        assert all(said.index(each.ask, begins_at) > 0 for each in group) and group
    for part in ("Naucalpan", "síntesis propia", "Pendiente de validar", assessment.review.sources[0].title, "Revisado el 22/11/2026"):
        assert part in said
    assert official.pending is None


def test_a_validated_one_is_not_said_to_be_pending(chats_database: Database, content_around: Surroundings, assessment: Assessment) -> None:
    validated = replace(content_around.content, assessments={assessment.name: replace(assessment, is_validated=True)})
    official = Official(chats_database, replace(content_around, content=validated)).joins()
    official.waits(seconds=READS)
    official.says("autodiagnóstico")
    begins(official)
    said = answers_all(official)
    assert "Pendiente de validar" not in said and "síntesis propia" in said


def test_where_the_questions_are_not_translated_that_is_said(official: Official, content: Content) -> None:
    begins(official)
    official.waits(seconds=READS)
    official.says("idioma")
    told(official, "/change_language=en")
    said = answers_all(official)
    assert content.translate(content.responses["utter_not_translated"].text, "en") in said


def test_where_all_exists_no_step_is_made_up(official: Official) -> None:
    begins(official)
    said = answers_all(official, cycle([YES]))
    assert "siguientes pasos" not in said and "ya existe todo" in said and "Falta:" not in said


def test_the_end_is_one_message_and_nothing_else_in_it(official: Official) -> None:
    begins(official)
    while len(official.at.answers) < 17:
        told(official, f"{NAME}.{official.at.step}=partly")
    last = official.takes(telegram.pressed(f"{NAME}.{official.at.step}=no")).replies
    assert [reply.response for reply in last] == ["utter_learning_assessment_outcome"]
    assert [button.payload for button in last[0].buttons] == ["/start"]


def test_the_last_outcome_is_shown_again_and_a_new_one_does_not_erase_it(official: Official) -> None:
    begins(official)
    first = answers_all(official, cycle([NO]))
    official.waits(seconds=READS)
    official.says("autodiagnóstico")
    assert told(official, RESULT) == first
    begins(official)
    answers_all(official, cycle([YES]))
    assert [row.answers["privacy"] for row in rows(official)] == [NO, YES]


def test_what_a_colleague_answered_is_not_shown_in_the_chat(official: Official, content_around: Surroundings) -> None:
    begins(official)
    answers_all(official)
    other = Official(official.database, content_around).joins()
    other.waits(seconds=READS)
    other.says("autodiagnóstico")
    assert RESULT not in [button.payload for button in other.takes(telegram.text("autodiagnóstico", number=991)).replies[-1].buttons]
    assert other.gets(telegram.pressed(RESULT)) == ["utter_button_unknown"]


def test_a_lesson_that_was_begun_waits_until_the_end(official: Official, content: Content) -> None:
    lesson = next(iter(content.courses.values())).lessons[0].questionnaire.name
    official.presses_new(f"/lesson={lesson}")
    official.waits(seconds=READS)
    official.says("autodiagnóstico")
    begins(official)
    answers_all(official)
    assert official.at.name == lesson and official.at.paused


def test_with_several_one_chooses_and_with_none_that_is_said(
    chats_database: Database, content_around: Surroundings, assessment: Assessment
) -> None:  # fmt: skip
    both = {"entrepreneurship": assessment, "shelter": replace(assessment, name="shelter", title="Albergues")}
    for known, response, offered in ((both, "utter_learning_assessments", {"/assessment=entrepreneurship", "/assessment=shelter"}),
                                     ({}, "utter_learning_assessment_none", set())):  # fmt: skip
        around = replace(content_around, content=replace(content_around.content, assessments=known))
        official = Official(chats_database, around).joins()
        official.waits(seconds=READS)
        [reply] = official.takes(telegram.text("autodiagnóstico", at=int(official.now.timestamp()), number=992)).replies
        assert reply.response == response and offered <= {button.payload for button in reply.buttons}


def test_nobody_at_the_migrants_door_begins_it(ana: Chat) -> None:
    """Not even with a button that leads there."""
    ana.says("hola")
    payload = f"/start_questionnaire={NAME}"

    def offer(session: Session) -> None:
        session.add(ButtonOffer(conversation_id=ana.conversation(session).id, payload=payload, offered_at=ana.now))

    ana.call(offer)
    assert ana.presses(payload) == ["utter_button_old"]
    for said in ("/assessment", "autodiagnóstico", f"{NAME}.contact_person=yes"):
        ana.says(said)
    assert ana.pending is None
