"""The sender when the chat, the token, the database, the network or the process itself fails under it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from telegram.error import ChatMigrated, Forbidden, InvalidToken, NetworkError, TimedOut

from bot.conversation import outbox
from bot.conversation.inbox import chat_hash
from bot.metrics import Metrics
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.telegram_adapter import sender as sender_module
from bot.telegram_adapter.http import FateUnknownError, NeverLeftError
from tests.outgoing import (
    BOT,
    FAILED,
    PATIENCE,
    QUEUED,
    SENDING,
    SENT,
    Clock,
    FakeLine,
    Telegram,
    count,
    fates,
    queue,
    rows,
    send,
    sender_on,
    states,
)


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


# The process


def die_in_the_call(database: Database, telegram: Telegram, calls: int) -> None:
    """The process ends while Telegram has not answered: what was not written down is gone."""

    async def run() -> None:
        sending = asyncio.create_task(sender_on(FakeLine(telegram), database, Clock()).run())
        await telegram.wait_for(calls)
        sending.cancel()  # and asyncio.run cancels the calls themselves

    asyncio.run(run())


def test_a_message_is_marked_before_the_call(database: Database) -> None:
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one")
    die_in_the_call(database, telegram, 1)
    assert [(row.state, row.attempts) for row in rows(database)] == [(SENDING, 1)]


def test_a_send_that_a_dead_process_left_half_done_is_repeated_once_and_counted(database: Database) -> None:
    telegram, metrics = Telegram(), Metrics()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one", "two")
    die_in_the_call(database, telegram, 1)
    telegram.silent.clear()
    send(database, telegram, 3, metrics=metrics)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert [(row.state, row.unknown) for row in rows(database)] == [(SENT, 1), (SENT, 0)]
    assert metrics.registry.get_sample_value("puente_sends_total", {"result": "unknown"}) == 1


def test_a_send_that_two_dead_processes_left_half_done_is_made_by_the_third(database: Database) -> None:
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one", "two")
    die_in_the_call(database, telegram, 1)
    die_in_the_call(database, telegram, 2)
    telegram.silent.clear()
    send(database, telegram, 4)
    assert telegram.to("ana") == ["one", "one", "one", "two"]
    assert [(row.state, row.unknown, row.failure) for row in rows(database)] == [(SENT, 2, None), (SENT, 0, None)]


def test_a_call_that_never_comes_back_does_not_hold_up_the_stop(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LAST_CALLS", 0.1)
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one")
    database.call(queue, "beto", "two")
    send(database, telegram, 2)
    assert states(database) == [SENDING, SENT], "the next process counts it as unknown"


# Nobody knows


NEVER_LEFT = {
    "no connection": NeverLeftError("ClientConnectorError"),
    "no connection in time": NeverLeftError("ConnectionTimeoutError"),
    "an error of the server": NetworkError("Bad Gateway"),
}
UNKNOWN = {
    "no answer in time": TimedOut(),
    "the connection broke before the answer": FateUnknownError("ServerDisconnectedError"),
    "the connection broke": FateUnknownError("ClientOSError"),
    "an answer that is no message": KeyError("result"),
}


@pytest.mark.parametrize("fault", NEVER_LEFT.values(), ids=NEVER_LEFT)
def test_what_never_left_is_no_unknown_fate(database: Database, fault: Exception) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one")
    telegram.faults["ana"] += [fault] * 3
    send(database, telegram, 4)
    assert fates(database) == [(SENT, 4, 0, None)]


@pytest.mark.parametrize("fault", UNKNOWN.values(), ids=UNKNOWN)
def test_a_send_of_unknown_fate_is_repeated_once_and_counted(database: Database, fault: Exception) -> None:
    telegram, metrics = Telegram(), Metrics()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(fault)
    send(database, telegram, 3, metrics=metrics)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert fates(database) == [(SENT, 2, 1, None), (SENT, 1, 0, None)]
    assert (count(metrics, "unknown"), count(metrics, "sent")) == (1, 2)


@pytest.mark.parametrize("fault", UNKNOWN.values(), ids=UNKNOWN)
def test_a_send_of_unknown_fate_twice_fails_and_the_next_goes_on(database: Database, fault: Exception) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"] += [fault, fault]
    send(database, telegram, 3)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert fates(database) == [(FAILED, 2, 2, "unknown"), (SENT, 1, 0, None)]


def test_a_line_that_cannot_be_proved_holds_up_no_chat_for_ever(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(TimedOut())
    answers: list[Exception] = [KeyError("result"), AttributeError("get")]

    async def get_me() -> None:
        if answers:
            raise answers.pop()

    telegram.get_me = get_me  # type: ignore[method-assign]
    send(database, telegram, 3)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert fates(database) == [(SENT, 4, 1, None), (SENT, 1, 0, None)]


# Another process


def test_who_no_longer_leads_writes_down_what_came_of_the_last_calls(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LEADING_EVERY", 0.05)
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one")

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, Clock())
        leads = [True]
        monkeypatch.setattr(sender._leadership, "is_ours", lambda: leads[0])
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(1)
        leads[0] = False
        await asyncio.sleep(0.2)
        telegram.arrives.set()
        await asyncio.sleep(0.3)
        assert states(database) == [SENT], "the next one who leads sends it once more"
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())


def test_a_call_under_way_is_no_unknown_fate_when_the_lead_is_taken_up_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LEADING_EVERY", 0.05)
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one")

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, Clock())
        led = [True, False]
        monkeypatch.setattr(sender._leadership, "is_ours", lambda: led.pop(0) if led else True)
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(1)
        await asyncio.sleep(0.3)
        telegram.arrives.set()
        await asyncio.sleep(0.2)
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())
    assert fates(database) == [(SENT, 1, 0, None)]


def test_calls_taken_with_a_commit_of_unknown_fate_are_made(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's connection breaks when the commit is under way: the rows are marked, and nobody was given them."""
    telegram, broken = Telegram(), [True]
    database.call(queue, "ana", "one", "two")
    real = database.run

    async def breaking(function: Any, *arguments: Any) -> Any:
        found = await real(function, *arguments)
        if function is outbox.settle_and_take and found and broken:
            broken.clear()
            raise OperationalError("COMMIT", None, Exception("server closed the connection unexpectedly"))
        return found

    monkeypatch.setattr(database, "run", breaking)
    send(database, telegram, 2)
    assert telegram.to("ana") == ["one", "two"]
    assert [(row.state, row.unknown) for row in rows(database)] == [(SENT, 0), (SENT, 0)]
