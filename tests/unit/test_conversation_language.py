"""The language a conversation goes on in: assumed, then heard, then chosen.

The database and the content are real; Rasa's answer is given to the turn.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.languages import LANGUAGES, LanguageDetector
from bot.content.published import Button
from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.turn import Question, begin_next, finish
from bot.questionnaires.run import start
from bot.rasa.client import Understanding
from bot.records.conversations import Conversation, LanguageFrom
from bot.records.database import Database
from bot.settings import ROOT
from tests.tongues import DETECTOR, HINTS, PLACES, WORDS

NOTHING, HEARD, CHOSEN = LanguageFrom.NOTHING, LanguageFrom.HEARD, LanguageFrom.CHOSEN

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
BOT = "web"
THANKS = Understanding(
    decisions=["utter_thank"], state={"slots": {}}, intent="thank", confidence=0.9, topic="dialogue", decision="answer", suggestions=[],
    entities=[],
)  # fmt: skip
SPANISH, ENGLISH, FRENCH = (f"/change_language={language}" for language in PLACES)
SURE_ENGLISH, SURE_SPANISH, SURE_FRENCH = WORDS["en"], WORDS["es"], WORDS["fr"]
MIXED = "where puedo sleep esta"
DANGER = "me quiero matar"


class Chat:
    """One conversation. `says` and `presses` take a whole turn; Rasa understands what it is told to."""

    def __init__(self, database: Database, around: Surroundings) -> None:
        self.database, self.around, self.sent = database, around, 0

    def _turn(self, session: Session, incoming: Incoming, understanding: Understanding) -> Taken:
        self.sent += 1
        inbox.accept(session, [Arrival(BOT, f"update {self.sent}", "ana", incoming, NOW)])
        begun = begin_next(session, [BOT], self.around)
        assert begun is not None
        claimed, outcome = begun
        return finish(session, claimed, self.around, understanding) if isinstance(outcome, Question) else outcome

    def says(self, text: str, *decisions: str) -> Taken:
        understanding = THANKS.model_copy(update={"decisions": list(decisions)}) if decisions else THANKS
        return self.database.call(self._turn, text_message(text), understanding)

    def presses(self, payload: str) -> Taken:
        return self.database.call(self._turn, Incoming(Kind.BUTTON, payload=payload), THANKS)

    def asks_again(self, text: str) -> Taken:
        return self.database.call(self._turn, text_message(text, Kind.DEFERRED), THANKS)

    def chooses(self, language: str) -> Taken:
        self.says("idioma")
        return self.presses(f"/change_language={language}")

    def fills_in(self, questionnaire: str) -> None:
        def begin(session: Session) -> None:
            session.scalars(select(Conversation)).one().questionnaire = start(self.around.content.questionnaires[questionnaire]).to_json()

        self.database.call(begin)

    @property
    def language(self) -> tuple[str, LanguageFrom]:
        def read(session: Session) -> tuple[str, LanguageFrom]:
            conversation = session.scalars(select(Conversation)).one()
            return conversation.language, conversation.language_from

        return self.database.call(read)


@pytest.fixture(scope="module")
def around() -> Surroundings:
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    return Surroundings(content, danger, "test", "", NOW, DETECTOR)


@pytest.fixture
def chat(database: Database, around: Surroundings) -> Chat:
    return Chat(database, around)


def titles(taken: Taken) -> list[str]:
    return [button.title for reply in taken.replies for button in reply.buttons]


def payloads(taken: Taken) -> list[str]:
    return [button.payload for reply in taken.replies for button in reply.buttons]


def test_spanish_is_assumed_until_something_is_heard(chat: Chat) -> None:
    chat.says("zzz 22 👍")
    assert chat.language == ("es", NOTHING)


def test_the_language_of_the_first_sure_message_is_heard_and_answered_in(chat: Chat, around: Surroundings) -> None:
    taken = chat.says(SURE_ENGLISH)
    assert chat.language == ("en", HEARD) and taken.language == "en"
    spanish = around.content.responses["utter_thank"].text
    assert taken.replies[0].text.startswith(around.content.translate(spanish, "en")) and spanish not in taken.replies[0].text


def test_a_first_message_that_is_likelier_english_is_answered_in_english_and_nothing_is_settled(chat: Chat) -> None:
    assert chat.says(HINTS["en"]).language == "en"
    assert chat.language == ("en", NOTHING)
    assert chat.says(HINTS["fr"]).language == "fr"
    assert chat.language == ("fr", NOTHING)
    assert chat.says("zzz").language == "es"
    assert chat.says(SURE_ENGLISH).language == "en"
    assert chat.language == ("en", HEARD)


@pytest.mark.parametrize("text", [HINTS["es"], MIXED, "zzz", "12 👍", "nearby pres cerca"])
def test_a_short_or_mixed_message_keeps_the_last_certain_language(chat: Chat, text: str) -> None:
    chat.says(SURE_ENGLISH)
    assert DETECTOR.hear(text).certain is None
    assert chat.says(text).language == "en"
    assert chat.language == ("en", HEARD)


def test_the_language_that_was_heard_follows_the_person(chat: Chat) -> None:
    said = [SURE_ENGLISH, SURE_FRENCH, MIXED, SURE_SPANISH]
    assert [chat.says(text).language for text in said] == ["en", "fr", "fr", "es"]
    assert chat.language == ("es", HEARD)


def test_nobody_is_offered_another_language_before_one_was_chosen(chat: Chat) -> None:
    chat.says(SURE_ENGLISH)
    for text in (SURE_FRENCH, DANGER, SURE_SPANISH):
        assert not {SPANISH, ENGLISH, FRENCH} & set(payloads(chat.says(text)))


@pytest.mark.parametrize(("language", "before"), [("fr", None), ("es", None), ("fr", SURE_ENGLISH), ("en", SURE_ENGLISH)])
def test_a_language_is_chosen_with_a_button(chat: Chat, language: str, before: str | None) -> None:
    if before:
        chat.says(before)
    taken = chat.chooses(language)
    assert chat.language == (language, CHOSEN)
    assert [reply.response for reply in taken.replies] == ["utter_language_changed"] and taken.language == language


def test_a_language_that_is_named_is_chosen(chat: Chat) -> None:
    taken = chat.says("kreyòl souple", "utter_change_language")
    assert chat.language == ("ht", CHOSEN) and taken.language == "ht"


def test_whoever_names_no_language_is_offered_all_of_them(chat: Chat) -> None:
    taken = chat.says("idioma")
    assert [button.title for button in taken.replies[0].buttons][: len(LANGUAGES)] == list(LANGUAGES.values())
    assert chat.language == ("es", NOTHING)


@pytest.mark.parametrize("text", [SURE_SPANISH, SURE_FRENCH, MIXED, HINTS["es"], DANGER, "zzz"])
def test_a_language_that_was_chosen_stays(chat: Chat, text: str) -> None:
    chat.chooses("en")
    assert chat.says(text).language == "en"
    assert chat.language == ("en", CHOSEN)


def offer_of(chat: Chat, text: str) -> list[Button]:
    chat.chooses("en")
    return [button for reply in chat.says(text).replies for button in reply.buttons if button.payload in (SPANISH, ENGLISH, FRENCH)]


SURE_DANGER = f"{DANGER}, {SURE_SPANISH}"  # answered without Rasa


def test_whoever_writes_in_another_language_than_the_chosen_one_is_offered_it(chat: Chat) -> None:
    assert offer_of(chat, SURE_DANGER) == [Button("Español", SPANISH)]


def test_whoever_asks_rasa_in_another_language_than_the_chosen_one_is_offered_it(chat: Chat) -> None:
    assert offer_of(chat, SURE_FRENCH) == [Button("Français", FRENCH)]


@pytest.mark.parametrize("text", [SURE_ENGLISH, MIXED, HINTS["es"], "zzz", f"{DANGER}, {SURE_ENGLISH}"])
def test_nothing_is_offered_where_no_other_language_is_certain(chat: Chat, text: str) -> None:
    assert offer_of(chat, text) == []


def test_the_language_that_was_offered_can_be_chosen_and_is_offered_no_more(chat: Chat) -> None:
    offer_of(chat, SURE_DANGER)
    assert chat.presses(SPANISH).language == "es"
    assert chat.language == ("es", CHOSEN)
    assert SPANISH not in payloads(chat.says(SURE_DANGER))


def test_a_language_that_was_never_offered_cannot_be_pressed(chat: Chat) -> None:
    taken = chat.presses(FRENCH)
    assert [reply.response for reply in taken.replies] == ["utter_button_unknown"] and chat.language == ("es", NOTHING)


def test_choosing_again_in_the_language_of_the_moment_offers_nothing_beside(chat: Chat) -> None:
    chat.chooses("en")
    chat.says("idioma")
    assert [title for title in titles(chat.presses(SPANISH)) if title in LANGUAGES.values()] == []


# What says no language


@pytest.mark.parametrize("text", ["where sleep tonight", "tonight", "where can i"])
def test_a_short_answer_inside_a_questionnaire_does_not_change_the_language(chat: Chat, text: str) -> None:
    chat.says("gracias")
    chat.fills_in("referral_intake")
    assert DETECTOR.hear(text).certain == "en"
    assert chat.says(text).language == "es"
    assert chat.language == ("es", NOTHING)


def test_a_whole_sentence_inside_a_questionnaire_does(chat: Chat) -> None:
    chat.says("gracias")
    chat.fills_in("referral_intake")
    assert chat.says("where can i sleep").language == "en"
    assert chat.language == ("en", HEARD)


def test_the_same_short_message_outside_of_a_questionnaire_does(chat: Chat) -> None:
    assert chat.says("where sleep tonight").language == "en"


@pytest.mark.parametrize("command", ["ayuda", "/ayuda where can i sleep", "where can i sleep /"])
def test_a_command_is_in_no_language(chat: Chat, around: Surroundings, command: str) -> None:
    english = LanguageDetector({"languages": ["en", "es"], "bias": [9.0, 0.0], "weights": {}})
    chat.around = replace(around, languages=english)
    assert chat.says(command).language == ("en" if command.endswith("/") else "es")


def test_a_question_that_waited_for_rasa_is_answered_in_the_language_of_now(chat: Chat) -> None:
    chat.says(SURE_FRENCH)
    assert chat.asks_again(SURE_ENGLISH).language == "fr"
    assert chat.language == ("fr", HEARD)


def test_a_button_is_in_no_language(chat: Chat) -> None:
    chat.says(SURE_FRENCH)
    press: Callable[[str], Taken] = chat.presses
    assert press("/where can i sleep tonight").language == "fr"
