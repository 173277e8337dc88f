"""The words that always work do so from any point, in every language: plain, in every step of every questionnaire, on the ladder of what is
not understood, with a ticket waiting. While a person holds the ticket only forgetting acts; the rest is silent and written down.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.languages import LANGUAGES
from bot.content.load import load_content
from bot.conversation.context import Taken
from bot.conversation.inbox import chat_hash
from bot.handoff import tickets
from bot.questionnaires.run import Progress
from bot.records.conversations import Conversation, Direction, Message
from bot.records.tickets import TicketState
from bot.settings import ROOT
from tests import telegram_json as telegram
from tests.chats import NOT_UNDERSTOOD, Chat, names, understood

CONTENT = load_content(ROOT / "flows", None)[0]
COMMANDS = {
    name: CONTENT.commands[name] for name in ("talk_to_human", "cancel", "start", "change_language", "help", "privacy", "forget", "stop")
}
KEEPING = {"talk_to_human", "change_language", "help", "privacy"}  # after which a request goes on
SHOWN = sorted({(name, word) for name, command in COMMANDS.items() for word in command.menu.values()})
"""The word of each command that the menu shows in each language."""


def typings(word: str) -> list[str]:
    """As people type it: alone, as a sentence and, where it is one word, with a slash."""
    return [word, f" {word.capitalize()}. ", *([f"/{word}", f"/{word.upper()}@puente_bot"] if " " not in word else [])]


ALL = sorted({(name, typed) for name, command in COMMANDS.items() for word in command.words for typed in typings(word)})


@dataclass(frozen=True)
class Seen:
    """What a word did."""

    said: list[str]
    step: str | None  # of the questionnaire that is pending now
    ticket: TicketState | None
    misses: int
    language: str
    heard: str  # the last thing that is written down of the person


def seen(chat: Chat, typed: str) -> Seen:
    def look(session: Session, taken: Taken) -> Seen:
        conversation = session.scalars(
            select(Conversation).where(Conversation.bot_id == chat.bot_id, Conversation.chat == chat_hash(chat.bot_id, chat.id))
        ).one()
        ticket = tickets.open_of(session, conversation.id)
        heard = select(Message.text).where(Message.conversation_id == conversation.id, Message.direction == Direction.IN)
        step = conversation.questionnaire["step"] if conversation.questionnaire else None
        last = session.scalars(heard.order_by(Message.id.desc()).limit(1)).one()
        return Seen(names(taken), step, ticket.state if ticket else None, conversation.misses, conversation.language, last)

    return chat.tried(telegram.text(typed, at=int(chat.now.timestamp()), number=99), look)


WAITING, ASSIGNED = TicketState.WAITING, TicketState.ASSIGNED
DOES: dict[str, Callable[[bool, bool], str]] = {  # what is said, from whether a request is pending and a ticket is open
    "talk_to_human": lambda pending, waiting: "utter_person_still_waiting" if waiting else "utter_person_requested",
    "cancel": lambda pending, waiting: "utter_cancelled" if pending else "utter_nothing_to_cancel",
    "start": lambda pending, waiting: "utter_greet",
    "change_language": lambda pending, waiting: "utter_which_language",
    "help": lambda pending, waiting: "utter_help",
    "privacy": lambda pending, waiting: "utter_privacy_notice",
    "forget": lambda pending, waiting: "utter_forgotten",
    "stop": lambda pending, waiting: "utter_stopped",
}


def wrong(chat: Chat, words: list[tuple[str, str]], step: str | None = None, asks: str = "", waiting: bool = False) -> list[str]:
    """The words that do not do their thing at this point."""
    found = []
    for name, typed in words:
        kept = step if name in KEEPING else None
        said = [DOES[name](step is not None, waiting), *([asks] if kept else [])]
        open_ticket = WAITING if name == "talk_to_human" or (waiting and name != "forget") else None
        got = seen(chat, typed)
        if got != Seen(said, kept, open_ticket, 0, "es", typed.strip()):
            found.append(f"{typed}: {got}")
    return found


def test_every_language_has_a_word_for_each_that_is_shown_and_understood() -> None:
    assert {name: set(command.menu) for name, command in COMMANDS.items()} == {name: set(LANGUAGES) for name in COMMANDS}
    assert [word for command in COMMANDS.values() for word in command.menu.values() if word not in command.words] == []


def test_no_word_is_that_of_two_commands() -> None:
    words = [word for command in CONTENT.commands.values() for word in command.words]
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_word_works_in_a_chat_where_nothing_is_pending(ana: Chat, name: str) -> None:
    ana.says("gracias")
    assert wrong(ana, [each for each in ALL if each[0] == name]) == []


@pytest.mark.parametrize("misses", [1, 2])
def test_every_word_works_on_the_ladder_of_what_is_not_understood(ana: Chat, misses: int) -> None:
    ana.understands = NOT_UNDERSTOOD
    for _ in range(misses):
        ana.says("zzz zzz")
    assert wrong(ana, SHOWN) == []


def test_every_word_works_where_suggestions_are_pending(ana: Chat) -> None:
    ana.understands = understood("utter_suggest", intent="x", decision="suggest", suggestions=["regularization_asylum_apply"])
    ana.says("eso de los papeles")
    assert wrong(ana, SHOWN) == []


def test_every_word_works_after_the_ladder_called_a_person(ana: Chat) -> None:
    ana.understands = NOT_UNDERSTOOD
    for _ in range(4):
        ana.says("zzz zzz")
    assert wrong(ana, SHOWN, waiting=True) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_word_works_with_a_ticket_waiting(ana: Chat, name: str) -> None:
    ana.person_waits()
    assert wrong(ana, [each for each in ALL if each[0] == name], waiting=True) == []


def steps() -> Iterator[tuple[str, str]]:
    for questionnaire in CONTENT.questionnaires.values():
        for step in questionnaire.steps:
            yield questionnaire.name, step.id


def at(questionnaire: str, step: str) -> Progress:
    """With an answer to every earlier step."""
    earlier = {}
    for each in CONTENT.questionnaires[questionnaire].steps:
        if each.id == step:
            break
        value = each.options[0].value if each.options else "21114" if each.type == "municipality" else "10/10/2026"
        earlier[each.id] = [value, value]
    return Progress(questionnaire, step, earlier)


@pytest.mark.parametrize(("questionnaire", "step"), list(steps()))
def test_every_word_works_at_every_step_of_every_questionnaire(ana: Chat, questionnaire: str, step: str) -> None:
    ana.is_at(at(questionnaire, step))
    assert wrong(ana, SHOWN, step, f"ask_{questionnaire}_{step}") == []


@pytest.mark.parametrize("state", ["paused", "correcting", "missed", "offered"])
def test_every_word_works_in_every_state_of_a_step(ana: Chat, state: str) -> None:
    progress = at("referral_intake", "consent" if state == "correcting" else "municipality")
    changed = {
        "paused": replace(progress, paused=True, alarmed="suicide"), "correcting": replace(progress, correcting=True),
        "missed": replace(progress, misses=2), "offered": replace(progress, offered=(("21114", "Puebla"), ("19039", "Otra"))),
    }  # fmt: skip
    ana.is_at(changed[state])
    assert wrong(ana, SHOWN, progress.step, f"ask_referral_intake_{progress.step}") == []


def test_every_word_works_in_a_request_with_a_ticket_waiting(ana: Chat) -> None:
    ana.is_at(at("referral_intake", "municipality"))
    ana.person_waits()
    assert wrong(ana, SHOWN, "municipality", "ask_referral_intake_municipality", waiting=True) == []


@pytest.mark.parametrize("pending", [None, "municipality", "story", "consent"])
def test_while_a_person_holds_the_ticket_only_forgetting_acts(ana: Chat, pending: str | None) -> None:
    if pending:
        ana.is_at(at("referral_intake", pending))
    ana.person_holds()
    for name, typed in ALL if pending is None else SHOWN:
        forgets = name == "forget"
        expected = Seen(
            ["utter_forgotten"] if forgets else [], None if forgets else pending, None if forgets else ASSIGNED, 0, "es", typed.strip()
        )
        assert seen(ana, typed) == expected


def test_every_word_works_while_rasa_is_down(ana: Chat) -> None:
    ana.understands = None
    ana.says("quisiera preguntar algo")
    assert wrong(ana, SHOWN) == []


def test_every_word_works_in_every_chosen_language(ana: Chat) -> None:
    for language in LANGUAGES:
        ana.says("idioma")
        ana.presses(f"/change_language={language}")
        found = [seen(ana, typed) for name, typed in SHOWN if name == "help"]
        assert {(*each.said, each.language) for each in found} == {("utter_help", language)}


def test_a_person_who_takes_the_ticket_while_rasa_is_asked_is_not_talked_over(ana: Chat) -> None:
    ana.person_waits()
    ana.while_rasa_is_asked = lambda session: tickets.claim(session, ana.ticket(session).id, "rosa", ana.now)
    assert ana.says("quisiera preguntar algo") == []
    assert ana.asked == ["quisiera preguntar algo"] and ana.heard()[-1].text == "quisiera preguntar algo"
