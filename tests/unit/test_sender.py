"""The sender: once and in order for each chat, patient with Telegram, and nothing lost whatever Telegram answers.

Telegram is a recording object and the database is real. The waits here are shorter than those in service.
"""

import asyncio
import json
from datetime import timedelta

import pytest
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter

from bot.content.published import Button
from bot.conversation import outbox
from bot.conversation.parts import LONGEST_MESSAGE, units
from bot.metrics import Metrics
from bot.records.database import Database
from bot.telegram_adapter import sender as sender_module
from bot.telegram_adapter.limits import Limits
from bot.telegram_adapter.sender import LATE
from tests.outgoing import (  # fmt: skip
    FAILED,
    NOW,
    PATIENCE,
    QUEUED,
    SENT,
    Clock,
    FakeLine,
    Telegram,
    are_open,
    conversation_of,
    count,
    fates,
    queue,
    rows,
    send,
    sender_on,
    states,
)

SHORT = 0.05  # seconds
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "AFTER_FAILURE", SHORT)


# In order, once


def test_every_message_is_sent_once_and_in_order_for_each_chat(database: Database) -> None:
    telegram = Telegram()
    wanted = {f"chat{chat}": [f"{chat} {number}" for number in range(5)] for chat in range(8)}
    for number in range(5):
        for chat in range(8):
            database.call(queue, f"chat{chat}", f"{chat} {number}")
    send(database, telegram, 40)
    assert {chat: telegram.to(chat) for chat in wanted} == wanted
    assert set(telegram.most_at_once.values()) == {1}
    database.call(queue, "chat0", "afterwards")
    send(database, telegram, 41)
    assert telegram.calls[40:] == [("chat0", "afterwards")], "something was sent twice"
    assert set(fates(database)) == {(SENT, 1, 0, None)}
    assert {row.sent_at for row in rows(database)} == {NOW}


def test_the_copy_of_somebodys_data_is_made_when_it_is_sent_and_in_its_turn(database: Database) -> None:
    database.call(queue, "ana", "one")
    database.call(lambda session: outbox.send_copy(session, conversation_of(session, "ana"), NOW))
    database.call(queue, "ana", "two")
    telegram = Telegram()
    send(database, telegram, 3)
    assert telegram.to("ana") == ["one", sender_module.COPY, "two"]
    texts = [each["text"] for each in json.loads(telegram.documents[0])["messages"]]
    assert texts == ["one", "two"] and rows(database)[1].door_id == "1002"


def test_the_name_telegram_gave_a_message_is_kept(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    send(database, Telegram(), 2)
    assert [row.door_id for row in rows(database)] == ["1001", "1002"]


def test_what_is_put_there_while_the_sender_rests_is_sent_when_it_is_rung(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LOOK_AGAIN", 60)
    telegram = Telegram()

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, Clock())
        running = asyncio.create_task(sender.run())
        for number in range(3):
            await database.run(queue, "ana", f"text {number}")
            sender.ring()
            await telegram.wait_for(number + 1)
            while await database.run(are_open):
                pass
            for _ in range(5):  # the sender looks once more and rests
                await database.run(are_open)
        assert await sender.is_idle()
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())
    assert telegram.to("ana") == ["text 0", "text 1", "text 2"]


def test_a_chat_gets_one_message_a_second_and_others_do_not_wait_for_it(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two", "three")
    database.call(queue, "beto", "four")
    send(database, telegram, 4, limits=lambda: Limits(30, 1))
    times = dict(zip((text for _, text in telegram.calls), telegram.times, strict=True))
    assert times["two"] - times["one"] > 0.95
    assert times["three"] - times["two"] > 0.95
    assert times["four"] - times["one"] < 0.5


# What is sent


def test_buttons_go_along_with_their_payload_one_below_the_other(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "choose", buttons=(Button("Trabajo", "/work"), Button("Salud", "/health")))
    database.call(queue, "ana", "no choice")
    send(database, telegram, 2)
    keyboard, nothing = telegram.markups
    assert keyboard is not None and nothing is None
    assert [[(each.text, each.callback_data) for each in row] for row in keyboard.inline_keyboard] == [
        [("Trabajo", "/work")],
        [("Salud", "/health")],
    ]


def test_a_long_message_goes_in_parts_with_the_buttons_under_the_last(database: Database) -> None:
    telegram, long = Telegram(), "\n\n".join(["palabra 😀 " * 200] * 4)
    database.call(queue, "ana", long, buttons=(Button("Trabajo", "/work"),))
    send(database, telegram, 4)
    assert " ".join(telegram.to("ana")).split() == long.split()
    assert all(units(text) <= LONGEST_MESSAGE for text in telegram.to("ana"))
    assert [markup is not None for markup in telegram.markups] == [False] * (len(telegram.markups) - 1) + [True]


def test_our_marks_go_as_html_and_nothing_else_is_markup(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "**Ojo:** Pérez & <Hijos>")
    send(database, telegram, 1)
    assert telegram.to("ana") == ["<b>Ojo:</b> Pérez &amp; &lt;Hijos&gt;"]
    assert telegram.formats == [ParseMode.HTML]


def test_what_telegram_cannot_parse_goes_plain_once_and_is_counted(database: Database) -> None:
    telegram, metrics = Telegram(), Metrics()
    database.call(queue, "ana", "**Ojo:** a < b", "two")
    telegram.faults["ana"].append(BadRequest("Can't parse entities: unsupported start tag"))
    send(database, telegram, 3, metrics=metrics)
    assert telegram.to("ana") == ["<b>Ojo:</b> a &lt; b", "Ojo: a < b", "two"]
    assert telegram.formats == [ParseMode.HTML, None, ParseMode.HTML]
    assert fates(database) == [(SENT, 1, 0, None), (SENT, 1, 0, None)]
    assert metrics.registry.get_sample_value("puente_plain_retries_total") == 1


def test_no_other_refusal_is_tried_again_as_plain_text(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(BadRequest("Message is too long"))
    send(database, telegram, 2)
    assert telegram.to("ana") == ["one", "two"] and telegram.formats == [ParseMode.HTML] * 2
    assert [(row.state, row.failure) for row in rows(database)] == [(FAILED, "refused"), (SENT, None)]


@pytest.mark.parametrize(("age", "noted"), [(LATE - MOMENT, False), (LATE, True)])
def test_a_message_that_goes_late_says_on_top_when_it_was_written(database: Database, age: timedelta, noted: bool) -> None:
    telegram, clock = Telegram(), Clock()
    database.call(queue, "ana", "one")
    clock.now += age
    send(database, telegram, 1, clock)
    assert telegram.to("ana") == ["(es: written at 18:00)\n\none" if noted else "one"]


def test_a_late_message_without_room_for_the_note_goes_without_it(database: Database) -> None:
    telegram, clock = Telegram(), Clock()
    database.call(queue, "ana", "a" * LONGEST_MESSAGE)
    clock.now += LATE
    send(database, telegram, 1, clock)
    assert telegram.to("ana") == ["a" * LONGEST_MESSAGE]


def test_messages_are_deleted_and_groups_left(database: Database) -> None:
    telegram = Telegram()
    database.call(lambda session: outbox.delete_messages(session, conversation_of(session, "ana"), [4, 5], NOW))
    database.call(queue, "-7", "only in private")
    database.call(lambda session: outbox.leave(session, conversation_of(session, "-7"), NOW))
    send(database, telegram, 3)
    assert telegram.deleted == [("ana", (4, 5))]
    assert telegram.to("-7") == ["only in private", "leave"] and telegram.left == ["-7"]
    assert states(database) == [SENT] * 3


# Waits


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("wait", [1, timedelta(seconds=0.4)])
def test_a_flood_limit_is_waited_for_and_nothing_overtakes(database: Database, wait: int | timedelta) -> None:
    telegram, metrics = Telegram(), Metrics()
    database.call(queue, "ana", "one", "two")
    database.call(queue, "beto", "three")
    telegram.faults["ana"].append(told_to_wait(wait))
    send(database, telegram, 4, metrics=metrics)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert ("beto", "three") in telegram.calls[:2], "others wait with her"
    first, again = (time for (chat, text), time in zip(telegram.calls, telegram.times, strict=True) if text == "one")
    assert again - first >= (wait if isinstance(wait, int) else wait.total_seconds())
    assert fates(database) == [(SENT, 2, 0, None), (SENT, 1, 0, None), (SENT, 1, 0, None)]
    assert (count(metrics, "wait"), count(metrics, "sent")) == (1, 3)


def told_to_wait(seconds: int | timedelta) -> RetryAfter:
    """Telegram's flood limit."""
    return RetryAfter(seconds)


def test_a_network_failure_is_tried_again_later_as_often_as_it_takes(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"] += [NetworkError("httpx.ConnectError")] * 5
    send(database, telegram, 7)
    assert telegram.to("ana") == [*["one"] * 6, "two"]
    assert min(telegram.waits()[:5]) >= SHORT
    assert fates(database) == [(SENT, 6, 0, None), (SENT, 1, 0, None)]


def test_what_failed_is_still_queued_for_the_next_process(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(NetworkError("Bad Gateway"))
    send(database, telegram, 1)
    assert fates(database) == [(QUEUED, 1, 0, "network"), (QUEUED, 0, 0, None)]
    send(database, telegram, 3)
    assert telegram.to("ana") == ["one", "one", "two"]


def test_after_three_network_failures_in_a_row_all_chats_wait(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "AFTER_FAILURE", 0.5)
    telegram = Telegram()
    for number in range(3):
        database.call(queue, f"chat{number}", "one")
        telegram.faults[f"chat{number}"].append(NetworkError("Bad Gateway"))

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, Clock())
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(3)
        await asyncio.sleep(0.1)
        await database.run(queue, "beto", "two")
        sender.ring()
        await telegram.wait_for(7)
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())
    assert telegram.times[3] - telegram.times[2] >= 0.45
    assert states(database) == [SENT] * 4


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_jump_of_the_wall_clock_neither_shortens_a_wait_nor_prolongs_it(database: Database, jump: timedelta) -> None:
    telegram, clock = Telegram(), Clock()
    database.call(queue, "ana", "one")
    telegram.faults["ana"].append(told_to_wait(timedelta(seconds=0.4)))

    async def run() -> None:
        sender = sender_on(FakeLine(telegram), database, clock)
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(1)
        clock.now += jump
        await telegram.wait_for(2)
        sender.stop()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(run())
    assert 0.4 <= telegram.waits()[0] < 2
    assert fates(database) == [(SENT, 2, 0, None)]


def test_an_unforeseen_refusal_is_tried_again_later(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one")
    telegram.faults["ana"].append(Conflict("something new"))
    send(database, telegram, 2)
    assert telegram.waits()[0] >= SHORT
    assert fates(database) == [(SENT, 2, 0, None)]
