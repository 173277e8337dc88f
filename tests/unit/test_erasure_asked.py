"""How an erasure is asked for and confirmed, and what puts it off."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation.surroundings import Surroundings
from bot.handoff import tickets
from bot.privacy import erasure, holds
from bot.privacy.person import of_conversation
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.privacy import ArcoRequest, ArcoState, Erasure
from tests.chats import STAFF, Chat
from tests.erasures import OFFICER, asks_to_erase, erases, sender_delivers
from tests.stores import rows


@pytest.fixture
def ana(database: Database, content_around: Surroundings, tmp_path: Path) -> Chat:
    return Chat(database, replace(content_around, folder=tmp_path / "files"))


def test_it_works_while_a_person_holds_the_chat_and_the_holder_learns_it(ana: Chat, database: Database) -> None:
    ana.person_holds()
    number = ana.call(ana.ticket).id
    erases(ana)
    [done] = rows(database, Erasure)
    assert done.left["tickets"] == [[number, STAFF]]
    with pytest.raises(Exception, match="pidió borrar"):
        database.call(tickets.get, number)


def test_the_confirmation_belongs_to_its_question_and_its_hour(ana: Chat, database: Database) -> None:
    old = asks_to_erase(ana)
    new = asks_to_erase(ana)
    assert ana.presses(old) == ["utter_erase_ask"], "a later question stands"
    new = next(payload for _, payload in ana.transcript()[-1].buttons or () if payload.startswith("/erase_now="))
    ana.later(minutes=31)
    assert ana.presses(new) == ["utter_erase_ask"]
    assert ana.presses("/erase_now=0000") == ["utter_button_unknown"]
    assert rows(database, Erasure) == []


def test_the_button_may_be_typed(ana: Chat, database: Database) -> None:
    asks_to_erase(ana)
    assert ana.says("sí, borrar todo") == ["utter_erased"]
    assert len(rows(database, Erasure)) == 1


def test_an_order_to_keep_it_puts_it_off_and_the_wish_gets_a_folio(ana: Chat, database: Database) -> None:
    payload = asks_to_erase(ana)
    database.call(
        lambda session: holds.place(
            session, OFFICER, of_conversation(session, ana.conversation(session)), "Juzgado 3, exp. 12/2026", ana.now, ana.now
        )
    )
    assert ana.presses(payload) == ["utter_erase_held"] and ana.says("/borrar") == ["utter_erase_held"]
    [request] = rows(database, ArcoRequest)
    assert request.state is ArcoState.OPEN and request.folio in ana.transcript()[-1].text and rows(database, Erasure) == []
    with pytest.raises(erasure.HeldError):
        database.call(lambda session: erasure.erase(session, ana.conversation(session), OFFICER, ana.now, None))
    database.call(lambda session: holds.lift(session, OFFICER, of_conversation(session, ana.conversation(session)), ana.now))
    erases(ana)
    sender_delivers(ana)
    assert rows(database, Conversation) == [] and rows(database, ArcoRequest)[0].state is ArcoState.DONE
