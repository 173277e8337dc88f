"""Officials learn at one door and migrants are served at another. Every action of both tables is tried at the wrong one: typed, pressed,
pressed as if it had been offered there, and decided by Rasa."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content import spoken
from bot.content.languages import LANGUAGES
from bot.content.load import load_content
from bot.conversation import actions, official_turn
from bot.conversation.rights_turn import RIGHTS
from bot.conversation.surroundings import Surroundings
from bot.courses import learners
from bot.records.cases import CaseFile
from bot.records.conversations import ButtonOffer, Conversation
from bot.records.database import Database
from bot.records.learning import Assessment, Certificate, Enrolment, FinalAttempt, Learner, LessonResult, Recall, SimulationRun
from bot.records.privacy import ArcoRequest
from bot.records.referrals import Consent, PartnerLink, Referral
from bot.records.tables import Table
from bot.records.tickets import Alert, GroupTopic, Ticket
from bot.settings import ROOT
from tests import telegram_json as telegram
from tests.chats import Chat, understood
from tests.learning import NAME, Official

OF_MIGRANTS = (Ticket, Alert, GroupTopic, Referral, PartnerLink, Consent, CaseFile, ArcoRequest)
OF_LEARNERS = (Learner, Enrolment, LessonResult, FinalAttempt, Recall, SimulationRun, Assessment, Certificate)
CONTENT = load_content(ROOT / "flows", None)[0]
COURSE = next(iter(CONTENT.courses))
LESSON = CONTENT.courses[COURSE].lessons[0].questionnaire
VALUES = (
    "", "on", "asked", "yes.PTE-26-ABCDEF", "PTE-26-ABCDEF", "ipam", "migrante_emprende", "referral_intake", "arco_request", "help_survey",
    "case_notices", "joining_officials", COURSE, LESSON.name, f"{COURSE}-final", "recall", "refresh", "refer.fgr", "end",
    next(iter(CONTENT.simulations)), CONTENT.courses[COURSE].rests_on[0],
)  # fmt: skip
"""What a button of either door may carry."""
THEIR_STEPS = {each for each, questionnaire in CONTENT.questionnaires.items() if not questionnaire.course} - {"joining_officials"}


@pytest.fixture
def official(chats_database: Database, content_around: Surroundings) -> Official:
    return Official(chats_database, content_around)


@pytest.fixture
def migrant(chats_database: Database, content_around: Surroundings) -> Chat:
    chat = Chat(chats_database, content_around)
    chat.says("gracias")
    return chat


def counted(database: Database, tables: tuple[type[Table], ...]) -> dict[str, int]:
    def count(session: Session) -> dict[str, int]:
        return {each.__tablename__: session.scalar(select(func.count()).select_from(each)) or 0 for each in tables}

    return database.call(count)


def typings(name: str) -> Iterator[str]:
    """The word of an action, and what its button carries, as somebody types it."""
    words = {each.name: each.words for commands in (CONTENT.commands, CONTENT.officials_commands) for each in commands.values()}
    yield f"/{name}"
    yield from (f"/{word}" for word in list(words.get(name, ()))[:2])
    yield from list(words.get(name, ()))[:2]
    yield from (f"/{name}={value}" for value in VALUES[1:3])


def pressings(name: str) -> list[str]:
    return [f"/{name}" if not value else f"/{name}={value}" for value in VALUES]


def offered(chat: Chat, payload: str) -> None:
    """As if a mistake of ours had put that button there."""

    def offer(session: Session) -> None:
        known = select(ButtonOffer.payload).where(
            ButtonOffer.conversation_id == chat.conversation(session).id, ButtonOffer.payload == payload
        )
        if session.scalar(known) is None:
            session.add(ButtonOffer(conversation_id=chat.conversation(session).id, payload=payload, offered_at=chat.now))

    chat.call(offer)


def tries(chat: Chat, name: str) -> None:
    """All of it at this door; nothing of it fails."""
    for said in typings(name):
        chat.later(seconds=30)
        chat.says(said)
    for payload in pressings(name):
        chat.later(seconds=30)
        chat.presses(payload)
        offered(chat, payload)
        chat.presses(payload)


def pending_names(chat: Chat) -> set[str]:
    stored, found = chat.pending, set[str]()
    while stored:
        found.add(stored["name"])
        stored = stored.get("waiting")
    return found


EVERY = sorted({*actions.ACTIONS, *official_turn.ACTIONS} - {"erase_now"})


@pytest.mark.parametrize("has_joined", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_nothing_at_the_officials_door_opens_what_is_for_migrants(name: str, has_joined: bool, official: Official) -> None:
    official.says("hola")
    if has_joined:
        official.joins()
    before = counted(official.database, OF_MIGRANTS)
    tries(official, name)
    assert counted(official.database, OF_MIGRANTS) == before
    assert not pending_names(official) & THEIR_STEPS


@pytest.mark.parametrize("name", sorted(each.name for each in CONTENT.responses.values() if each.command))
def test_whatever_rasa_decides_there_opens_nothing_for_migrants(name: str, official: Official) -> None:
    official.joins()
    before = counted(official.database, OF_MIGRANTS)
    intent = name.removeprefix("utter_")
    for decision in ("answer", "suggest", "fallback"):
        official.understands = understood(name, intent=intent, decision=decision, suggestions=[intent])
        official.later(seconds=30)
        assert official.says("una duda cualquiera que nadie conoce"), "something is answered"
        led_to = {payload.removeprefix("/").partition("=")[0] for _, payload in official.transcript()[-1].buttons or ()}
        assert not led_to & {"request_person", "talk_to_human", "start_questionnaire", "call_back"}
    assert counted(official.database, OF_MIGRANTS) == before and not pending_names(official) & THEIR_STEPS


@pytest.mark.parametrize("text", ["persona", "quiero hablar con una persona", "PTE-26-ABCDEF", "me quieren matar", "sí autorizo", "alto"])
def test_words_that_open_something_for_migrants_open_nothing_for_officials(text: str, official: Official) -> None:
    official.joins()
    before = counted(official.database, OF_MIGRANTS)
    official.says(text)
    official.sends(**telegram.OWN_CONTACT)
    official.sends(**telegram.file("photo"), caption="mi acta")
    assert counted(official.database, OF_MIGRANTS) == before


@pytest.mark.parametrize("name", EVERY)
def test_nothing_at_the_migrants_door_begins_a_lesson_or_joins(name: str, migrant: Chat) -> None:
    before = counted(migrant.database, OF_LEARNERS)
    tries(migrant, name)
    assert counted(migrant.database, OF_LEARNERS) == before
    assert pending_names(migrant) <= THEIR_STEPS


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_courses_and_lessons_typed_there_begin_nothing(language: str, migrant: Chat) -> None:
    before = counted(migrant.database, OF_LEARNERS)
    titles = [CONTENT.courses[COURSE].title, *(each.title for each in CONTENT.courses[COURSE].lessons), "Estoy de acuerdo", NAME]
    for said in (*(CONTENT.translate(each, language) for each in titles), COURSE, LESSON.name):
        migrant.later(seconds=30)
        migrant.says(said)
    for step in LESSON.steps:
        for payload in (f"{LESSON.name}.{step.id}=next", *(f"{LESSON.name}.{step.id}={each.value}" for each in step.options)):
            offered(migrant, payload)
            migrant.presses(payload)
    assert counted(migrant.database, OF_LEARNERS) == before and pending_names(migrant) <= THEIR_STEPS


def test_an_invitation_opened_at_the_migrants_door_is_not_used_up(migrant: Chat, official: Official) -> None:
    token = official.is_invited()
    before = counted(migrant.database, OF_LEARNERS)
    assert migrant.says(f"/start curso_{token}") == ["utter_link_old"]
    migrant.says("Estoy de acuerdo")
    migrant.says(NAME)
    assert counted(migrant.database, OF_LEARNERS) == before and not pending_names(migrant)

    def waits(session: Session) -> bool:
        found = learners.invited(session, token, official.now)
        return found is not None and found.chat is None and found.joined_at is None

    assert migrant.call(waits)
    assert official.says(f"/start curso_{token}")[0] == "utter_learning_invited"


def test_what_joining_needs_is_looked_at_again_at_the_end(migrant: Chat) -> None:
    """Even if its first question were pending there."""
    before = counted(migrant.database, OF_LEARNERS)
    offered(migrant, "/start_questionnaire=joining_officials")
    assert migrant.presses("/start_questionnaire=joining_officials") == ["utter_button_old"]
    assert counted(migrant.database, OF_LEARNERS) == before


def test_two_doors_with_one_number_are_two_people(chats_database: Database, content_around: Surroundings) -> None:
    official, migrant = Official(chats_database, content_around), Chat(chats_database, content_around)
    migrant.bot_id = official.bot_id.removesuffix(":officials")
    official.joins()
    official.presses_new(f"/lesson={LESSON.name}")
    migrant.says("gracias")
    migrant.says("cursos")
    assert migrant.id == official.id and migrant.get("chat") != official.get("chat")
    assert migrant.pending is None and official.at.name == LESSON.name

    def found(session: Session) -> tuple[Any, Any, int]:
        both = [learners.of_chat(session, each.bot_id, each.conversation(session).chat) for each in (migrant, official)]
        crossed = learners.of_chat(session, official.bot_id, migrant.conversation(session).chat)
        here = select(func.count()).select_from(Conversation).where(Conversation.bot_id.in_([migrant.bot_id, official.bot_id]))
        return both[0], (both[1].name if both[1] else None, crossed), session.scalar(here) or 0

    assert chats_database.call(found) == (None, (NAME, None), 2)
    migrant.says("olvidar")
    assert official.at.name == LESSON.name


def test_both_tables_are_the_ones_the_gate_knows() -> None:
    """Or else an action would be tried at neither door."""
    assert {*spoken.ACTIONS, *official_turn.ACTIONS, *RIGHTS} - {"erase_now"} == set(EVERY)
