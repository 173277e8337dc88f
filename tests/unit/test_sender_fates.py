"""Calls to Telegram of which nobody knows what came: the process, the connection or the lead was lost while they were under way."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from telegram.error import NetworkError, TimedOut

from bot.conversation import outbox
from bot.metrics import Metrics
from bot.records.database import Database
from bot.telegram_adapter import sender as sender_module
from bot.telegram_adapter.http import FateUnknownError, NeverLeftError
from tests.outgoing import FAILED, PATIENCE, SENDING, SENT, Clock, FakeLine, Telegram, count, fates, queue, rows, send, sender_on, states


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "AFTER_FAILURE", 0.05)


# The process dies


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
