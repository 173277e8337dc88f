"""The sender when the chat, the token or the database fails under it."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram.error import ChatMigrated, Forbidden, InvalidToken

from bot.conversation import outbox
from bot.conversation.inbox import chat_hash
from bot.metrics import Metrics
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.telegram_adapter import sender as sender_module
from tests.outgoing import BOT, FAILED, PATIENCE, QUEUED, SENT, Clock, FakeLine, Telegram, queue, rows, send, sender_on, states


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "AFTER_FAILURE", 0.05)


# The chat


def test_nothing_more_is_sent_to_somebody_who_blocked_us(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two", "three")
    database.call(queue, "beto", "four", "five")
    telegram.faults["ana"].append(Forbidden("bot was blocked by the user"))
    send(database, telegram, 3)
    assert telegram.to("ana") == ["one"]
    assert telegram.to("beto") == ["four", "five"]
    assert [(row.state, row.failure) for row in rows(database)] == [*[(FAILED, "blocked")] * 3, (SENT, None), (SENT, None)]


def test_a_chat_that_moved_gets_everything_at_its_new_number(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "-7", "one", "two")
    telegram.faults["-7"].append(ChatMigrated(-100))
    send(database, telegram, 3)
    assert telegram.calls == [("-7", "one"), ("-100", "one"), ("-100", "two")]
    assert states(database) == [SENT, SENT]
    [conversation] = database.call(lambda session: session.query(Conversation).all())
    assert (conversation.chat_id, conversation.chat) == ("-100", chat_hash(BOT, "-100"))


def test_a_move_that_cannot_be_written_down_is_asked_for_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = Telegram()
    database.call(queue, "-7", "one", "two")
    telegram.faults["-7"] += [ChatMigrated(-100), ChatMigrated(-100)]
    failing(monkeypatch, sender_module, "_move")
    send(database, telegram, 4)
    assert telegram.calls == [("-7", "one"), ("-7", "one"), ("-100", "one"), ("-100", "two")]
    assert states(database) == [SENT, SENT]


def failing(monkeypatch: pytest.MonkeyPatch, place: object, name: str, times: int = 1) -> None:
    """The database refuses what this function does, so often."""
    real, left = getattr(place, name), [times]

    def refusing(session: Session, *arguments: object) -> object:
        if left[0]:
            left[0] -= 1
            raise OperationalError("", None, Exception("database is locked"))
        return real(session, *arguments)

    monkeypatch.setattr(place, name, refusing)


# The token


def test_a_revoked_token_loses_nothing_and_the_new_one_sends_it_all_in_order(database: Database) -> None:
    revoked, fresh, metrics = Telegram(), Telegram(), Metrics()
    revoked.always = InvalidToken()
    line = FakeLine(revoked)
    database.call(queue, "ana", "one", "two")
    database.call(queue, "beto", "three")

    async def run() -> None:
        sender = sender_on(line, database, Clock(), metrics=metrics)
        running = asyncio.create_task(sender.run())
        await revoked.wait_for(2)
        await asyncio.sleep(2 * sender_module.LOOK_AGAIN)
        assert states(database) == [QUEUED, QUEUED, QUEUED], "what was refused waits to be sent"
        line.hand_over(fresh)
        await fresh.wait_for(3)
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())
    assert revoked.calls == [("ana", "one"), ("beto", "three")], "each chat tries the old token once"
    assert fresh.to("ana") == ["one", "two"] and fresh.to("beto") == ["three"]
    assert [(row.state, row.unknown) for row in rows(database)] == [(SENT, 0)] * 3
    assert metrics.registry.get_sample_value("puente_sends_total", {"result": "token"}) == 2


def test_a_sender_that_waits_for_a_token_can_be_stopped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LAST_CALLS", 0.1)
    revoked, fresh = Telegram(), Telegram()
    revoked.always = InvalidToken()
    database.call(queue, "ana", "one")
    send(database, revoked, 1)
    assert [(row.state, row.unknown) for row in rows(database)] == [(QUEUED, 0)]
    send(database, fresh, 1)
    assert fresh.to("ana") == ["one"]


# The database


def test_outcomes_that_cannot_be_written_down_are_kept_and_nothing_is_sent_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, Clock())
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(1)
        failing(monkeypatch, outbox, "settle_and_take")
        await telegram.wait_for(2)
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())
    assert telegram.to("ana") == ["one", "two"]
    assert [(row.state, row.attempts, row.unknown) for row in rows(database)] == [(SENT, 1, 0), (SENT, 1, 0)]


def test_a_sender_starts_when_the_database_lets_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one")
    failing(monkeypatch, outbox, "recover")
    send(database, telegram, 1)
    assert states(database) == [SENT]
