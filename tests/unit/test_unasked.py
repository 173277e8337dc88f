"""What a person is told because staff did something: in their language, and a translation that nobody has checked says so."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.content.published import Catalogue
from bot.conversation.surroundings import Surroundings
from bot.permissions import Actor
from bot.privacy import arco, officer
from bot.records.conversations import Message
from bot.records.privacy import ArcoState, Right
from bot.records.staff import Role
from tests.chats import Chat

OFFICER = Actor("olga", Role.DATA_OFFICER)


def hands_back(ana: Chat) -> None:
    ana.person_holds()
    ana.staff_closes()


def grants_a_request(ana: Chat) -> None:
    folio = ana.call(lambda session: arco.file(session, ana.conversation(session), "7", Right.ACCESS, None, ana.now).folio)
    ana.call(lambda session: officer.answer(session, OFFICER, folio, ArcoState.GRANTED, "Aquí está.", at_the_desk(ana)))


def erases(ana: Chat) -> None:
    word = str(ana.get("reference"))
    ana.call(lambda session: officer.erase(session, OFFICER, word, at_the_desk(ana)))


def at_the_desk(ana: Chat) -> Surroundings:
    return replace(ana.around, now=ana.now)


def last_said(ana: Chat) -> str:
    return ana.call(lambda session: session.query(Message).order_by(Message.id.desc()).limit(1).one().text)


SAID: dict[str, Callable[[Chat], None]] = {
    "utter_ticket_closed": hands_back,
    "utter_arco_answered": grants_a_request,
    "utter_erased": erases,
}


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("is_checked", [True, False])
def test_an_unchecked_translation_says_so_outside_a_turn_too(name: str, is_checked: bool, ana: Chat) -> None:
    content = ana.around.content
    text = content.responses[name].text
    unchecked = frozenset[str]() if is_checked else frozenset({text})
    ana.around = replace(ana.around, content=replace(content, catalogues={"en": Catalogue({text: f"IN ENGLISH {text}"}, unchecked)}))
    ana.says("hola")
    ana.call(lambda session: setattr(ana.conversation(session), "language", "en"))
    SAID[name](ana)
    said = last_said(ana)
    assert said.startswith("IN ENGLISH ")
    assert said.endswith(content.responses["utter_unreviewed"].text) is not is_checked
