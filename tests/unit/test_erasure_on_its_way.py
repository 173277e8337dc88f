"""What is queued, under way or waits for Rasa while a person is erased; what they write next begins anew."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation import deferred, inbox, outbox
from bot.conversation.inbox import chat_hash
from bot.conversation.outbox import Outcome
from bot.conversation.surroundings import Surroundings
from bot.privacy import farewell
from bot.records.conversations import Conversation, Message
from bot.records.database import Database
from bot.records.deliveries import Call, InboxUpdate, OutboxMessage, OutboxState
from bot.records.privacy import Erasure
from bot.telegram_adapter.updates import arrival_of
from tests import intake
from tests import telegram_json as telegram
from tests.chats import BOT, Chat
from tests.erasures import asks_to_erase, erases, sender_delivers
from tests.stores import rows, rows_with


@pytest.fixture
def ana(database: Database, content_around: Surroundings, tmp_path: Path) -> Chat:
    return Chat(database, replace(content_around, folder=tmp_path / "files"))


def test_the_same_update_again_does_nothing_and_brings_nothing_back(ana: Chat, database: Database) -> None:
    ana.says("gracias")
    confirmed = telegram.pressed(asks_to_erase(ana))
    ana.takes(confirmed)
    sender_delivers(ana)
    with pytest.raises(AssertionError, match="known already"):
        ana.takes(confirmed)
    assert rows(database, Conversation) == [] and len(rows(database, Erasure)) == 1
    assert all(row.incoming is None and row.chat != chat_hash(ana.bot_id, ana.id) for row in rows(database, InboxUpdate))


def test_what_is_written_while_it_is_erased_begins_anew(ana: Chat, database: Database) -> None:
    ana.is_at(intake.at("story"))
    erases(ana)
    assert ana.says("gracias") == ["utter_thank"], "no question of the form is asked"
    [leaving, new] = rows(database, Conversation)
    assert leaving.leaves_at is not None and new.chat == chat_hash(ana.bot_id, ana.id)
    sender_delivers(ana)
    assert [row.id for row in rows(database, Conversation)] == [new.id]


def test_questions_that_wait_to_be_asked_again_are_erased_with_the_rest(ana: Chat, database: Database) -> None:
    ana.understands = None
    ana.says("cuánto cuesta el pasaporte de Ana Secreta")
    arrival = arrival_of(telegram.pressed(asks_to_erase(ana)), BOT, ana.bot_id, ana.now)
    assert arrival is not None
    database.call(inbox.accept, [arrival])
    assert database.call(deferred.ask_again, ana.now) == 1
    assert [reply.response for reply in ana.goes_on()[0].replies] == ["utter_erased"]
    sender_delivers(ana)
    assert rows_with(database, ["Ana Secreta"]) == [] and ana.goes_on() == [] and rows(database, Conversation) == []


def test_what_is_under_way_while_it_is_erased_goes_from_the_screen_and_is_not_repeated(ana: Chat, database: Database) -> None:
    ana.says("gracias")
    [sent] = ana.call(lambda session: outbox.take(session, ana.bot_id, [], 1))
    erases(ana)
    ana.call(lambda session: outbox.settle_and_take(session, [Outcome(sent.id, door_id="777")], ana.bot_id, [], 0, ana.now))
    assert any(row.door_ids == [777] for row in ana.outbox(call=Call.DELETE))
    sender_delivers(ana)
    assert rows(database, OutboxMessage) == []


def test_what_failed_under_way_is_not_tried_again_after_an_erasure(ana: Chat, database: Database) -> None:
    ana.says("gracias")
    [sent] = ana.call(lambda session: outbox.take(session, ana.bot_id, [], 1))
    erases(ana)
    ana.call(lambda session: outbox.settle_and_take(session, [Outcome(sent.id, "network", again=True)], ana.bot_id, [], 0, ana.now))
    assert next(row for row in ana.outbox() if row.id == sent.id).state is OutboxState.FAILED
    sender_delivers(ana)
    assert rows(database, OutboxMessage) == []


def test_a_receipt_that_cannot_be_delivered_is_erased_after_two_days(ana: Chat, database: Database) -> None:
    erases(ana)
    ana.database.call(farewell.clear, ana.now + farewell.LONGEST - (farewell.LONGEST / 100))
    assert len(rows(database, Conversation)) == 1
    ana.database.call(farewell.clear, ana.now + farewell.LONGEST)
    assert rows(database, Conversation) == [] and rows(database, OutboxMessage) == [] and rows(database, Message) == []


def test_who_blocked_us_leaves_nothing_either(ana: Chat, database: Database) -> None:
    payload = asks_to_erase(ana)
    ana.call(lambda session: outbox.block(session, ana.conversation(session), ana.now))
    ana.takes(telegram.pressed(payload))
    sender_delivers(ana)
    ana.database.call(farewell.clear, ana.now)
    assert rows(database, Conversation) == []


def test_the_screen_is_emptied_of_the_last_two_days(ana: Chat) -> None:
    ana.says("gracias")
    shown = ana.delivers(500)
    first = ana.number
    erases(ana)
    deleted = {number for row in ana.outbox(call=Call.DELETE) for number in row.door_ids or ()}
    assert {first, ana.number, *shown} <= deleted
