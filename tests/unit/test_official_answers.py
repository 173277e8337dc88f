"""What an official asks in their own words: an answer with its protocol, and never a way into what is done for migrants."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.content import spoken
from bot.content.published import Button
from bot.conversation.surroundings import Surroundings
from bot.rasa.client import Understanding
from bot.records.database import Database
from bot.records.referrals import Referral
from bot.records.tickets import Ticket
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, UNRELATED, understood
from tests.practice import Practising

OF_MIGRANTS = (
    "talk_to_human", "referral_request", "referral_withdraw", "find_offices", "start_questionnaire", "start_application", "shelter_find",
    "entrepreneurship_check_eligibility", "arco", "forget", "status", "attended",
)  # fmt: skip
ASKS = "¿Qué hago con una mujer a la que golpearon?"  # answered by whatever the test says is understood


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Practising:
    official = Practising(chats_database, content_around)
    official.joins()
    return official


def ways(official: Practising) -> list[str]:
    """What the buttons shown do, by name."""
    return [button.payload.removeprefix("/").partition("=")[0] for button in official.buttons]


def asks(official: Practising, understanding: Understanding | None, said: str = "¿Cómo se pide refugio?") -> list[str]:
    official.understands = understanding
    return official.says(said)


def an_answer(official: Practising, topic: str) -> tuple[str, Understanding]:
    """The first answer of that topic, understood."""
    content = official.around.content
    intent = next(each for each in content.topics[topic] if _has_sources(official, f"utter_{each}"))
    return f"utter_{intent}", understood(f"utter_{intent}", intent=intent, topic=topic, state={"slots": {"topic": topic}})


def _has_sources(official: Practising, name: str) -> bool:
    response = official.around.content.responses.get(name)
    return response is not None and response.review is not None


def test_a_question_is_answered_and_its_protocol_pointed_to_first(ana: Practising) -> None:
    name, understanding = an_answer(ana, "women")
    assert asks(ana, understanding) == [name]
    assert ana.buttons[0] == Button("¿Qué hago si llega…?", "/protocol_women")
    assert ana.presses("/protocol_women") == [f"{spoken.PROTOCOL}women"]
    assert "911" in ana.texts[0]


def test_what_has_no_protocol_of_its_own_is_answered_without(ana: Practising) -> None:
    content = ana.around.content
    topics = [each for each in content.topics if f"{spoken.PROTOCOL}{each}" not in content.responses]
    topic = next(each for each in topics if any(_has_sources(ana, f"utter_{intent}") for intent in content.topics[each]))
    name, understanding = an_answer(ana, topic)
    assert asks(ana, understanding) == [name]
    assert not [way for way in ways(ana) if way.startswith("protocol_")]


def test_what_was_asked_about_is_remembered_for_what_is_asked_next(ana: Practising) -> None:
    _, understanding = an_answer(ana, "women")
    asks(ana, understanding)
    assert ana.get("state") == {"slots": {"topic": "women"}}


def test_no_answer_shows_a_button_into_what_is_done_for_migrants(ana: Practising) -> None:
    content, seen = ana.around.content, 0
    for response in content.responses.values():
        if response.review is None or response.name.startswith(spoken.PROTOCOL):
            continue
        ana.understands = understood(response.name, intent=response.name.removeprefix("utter_"))
        taken = ana.tried(telegram.text("¿Cómo es eso?", at=int(ana.now.timestamp()), number=99), lambda session, taken: taken)
        shown = [button.payload.removeprefix("/").partition("=")[0] for reply in taken.replies for button in reply.buttons]
        assert shown and not set(shown) & set(OF_MIGRANTS), response.name
        theirs = [button.payload for button in response.buttons]
        seen += any(payload.removeprefix("/").partition("=")[0] in OF_MIGRANTS for payload in theirs)
    assert seen > 20, "answers whose buttons lead there"


def test_an_answer_left_without_buttons_offers_the_menu(ana: Practising) -> None:
    content = ana.around.content
    only = next(
        each for each in content.responses.values()
        if each.review and not each.command and each.buttons and content.topic_of(each.name.removeprefix("utter_")) is None
        and all(button.payload.removeprefix("/").partition("=")[0] in OF_MIGRANTS for button in each.buttons)
    )  # fmt: skip
    asks(ana, understood(only.name, intent="nothing_of_a_topic"))
    assert ana.titles == ["Menú"]


# Guesses


def test_what_could_be_meant_is_offered_by_its_title(ana: Practising) -> None:
    intents = [intent for intent in ana.around.content.titles if _has_sources(ana, f"utter_{intent}")][:2]
    said = asks(ana, understood(intent="x", decision="suggest", suggestions=intents))
    assert said == ["utter_learning_suggest"]
    titles = ana.around.content.titles
    assert ana.titles == [*(titles[each] for each in intents), "Menú"]
    ana.touches(titles[intents[0]])
    assert ana.said.replies[0].response == f"utter_{intents[0]}"


@pytest.mark.parametrize("intent", ["talk_to_human", "referral_request", "shelter_find"])
def test_what_is_done_for_migrants_is_never_suggested(ana: Practising, intent: str) -> None:
    assert intent in ana.around.content.titles, "it has a title"
    asks(ana, understood(intent="x", decision="suggest", suggestions=[intent]))
    assert ana.titles == ["Menú"]


@pytest.mark.parametrize("understanding", [NOT_UNDERSTOOD, UNRELATED, understood(intent="x", decision="suggest")])
def test_what_is_not_understood_is_said_with_the_menu(ana: Practising, understanding: Understanding) -> None:
    assert asks(ana, understanding) == ["utter_learning_not_understood"]
    assert ana.titles == ["Menú"]


def test_while_nothing_can_be_understood_buttons_work(ana: Practising) -> None:
    assert asks(ana, None) == ["utter_learning_down"]
    ana.touches("Menú")
    assert ana.said.replies[0].response == "utter_learning_menu"


def test_a_greeting_is_answered_with_the_menu(ana: Practising) -> None:
    for intent in ("greet", "thank", "goodbye", "help"):
        assert asks(ana, understood(f"utter_{intent}", intent=intent), "qué tal") == ["utter_learning_menu"]


def requests(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Ticket, Referral)]


@pytest.mark.parametrize("intent", ["talk_to_human", "referral_request", "find_offices", "shelter_find"])
def test_what_a_migrant_asks_to_be_done_is_not_done_here(ana: Practising, intent: str) -> None:
    before = ana.call(requests)
    assert asks(ana, understood(f"utter_{intent}", intent=intent), "Quiero hablar con alguien") == ["utter_learning_not_understood"]
    assert ana.call(requests) == before and not set(ways(ana)) & set(OF_MIGRANTS)


# While a lesson is under way


@pytest.fixture
def asked(ana: Practising) -> Practising:
    """In a lesson, at its first question."""
    lesson = next(iter(ana.around.content.courses.values())).lessons[0]
    ana.presses_new(f"/lesson={lesson.questionnaire.name}")
    while lesson.questionnaire.step(ana.at.step).type != "question":  # type: ignore[union-attr]
        ana.answers()
    return ana


def test_a_question_is_answered_and_the_lesson_asks_again(asked: Practising) -> None:
    name, understanding = an_answer(asked, "women")
    first, second = asks(asked, understanding, "¿A dónde llamo si la golpearon?")
    assert first == name and second.startswith("ask_") and asked.is_asked


def test_what_is_no_answer_and_no_question_is_asked_for_again(asked: Practising) -> None:
    said = asks(asked, NOT_UNDERSTOOD, "pues quién sabe")
    assert said[0] == "utter_learning_step_unclear" and len(said) == 2


def test_a_lesson_that_was_left_for_later_is_not_asked_again(asked: Practising) -> None:
    asked.says("luego")
    assert asks(asked, NOT_UNDERSTOOD, "pues quién sabe") == ["utter_learning_not_understood"]
    assert not asked.is_asked
    name, understanding = an_answer(asked, "women")
    assert asks(asked, understanding) == [name]


# Danger

DANGERS = {
    "violence": "Me están golpeando, ayuda", "trafficking": "La tienen encerrada y la obligan a trabajar",
    "suicide": "Una muchacha aquí dice que se quiere matar",
}  # fmt: skip


def dangers(around: Surroundings) -> Iterator[str]:
    return (category.name for category in around.content.safety.categories)


@pytest.mark.parametrize("said", DANGERS.values())
def test_a_danger_is_answered_at_once_and_says_to_do_it_with_who_is_attended(ana: Practising, said: str) -> None:
    ana.understands = None
    first, second = ana.says(said)
    category = next(each for each in ana.around.content.safety.categories if each.name == ana.said.safety)
    assert (first, second) == (category.response, "utter_learning_danger") and ana.asked == []
    assert "911" in ana.texts[0] and not set(ways(ana)) & set(OF_MIGRANTS)
    assert any(way == "protocols" for way in ways(ana))


def test_every_answer_to_a_danger_leads_nowhere_but_here(ana: Practising, monkeypatch: pytest.MonkeyPatch) -> None:
    names = list(dangers(ana.around))
    for name in names:
        monkeypatch.setattr(type(ana.around.detector), "category", lambda self, text, name=name: name)
        ana.says("algo pasa")
        assert ana.said.safety == name and ana.titles and not set(ways(ana)) & set(OF_MIGRANTS), name
    assert len(names) > 3


def test_a_danger_is_answered_to_who_has_not_joined(chats_database: Database, content_around: Surroundings) -> None:
    stranger = Practising(chats_database, content_around)
    stranger.says(DANGERS["violence"])
    assert "911" in stranger.texts[0] and not set(ways(stranger)) & set(OF_MIGRANTS)


def test_a_danger_comes_before_the_lesson_which_waits_its_turn(asked: Practising) -> None:
    asked.says(DANGERS["violence"])
    assert [name for name in (reply.response or "" for reply in asked.said.replies) if name.startswith("ask_")] == []
    asked.says("continuar")
    assert asked.is_asked


def test_nobody_of_the_staff_hears_of_a_danger_told_here(ana: Practising) -> None:
    before = ana.call(requests)
    ana.says(DANGERS["violence"])
    assert ana.call(requests) == before and not ana.has_ticket()
