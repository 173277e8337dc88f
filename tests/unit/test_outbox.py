"""The outbox and its sender: in order for each chat, sent once, and honest about what nobody knows.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL. Telegram is a recording object: only its network is not real.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.warnings import PTBDeprecationWarning

from bot.conversation import outbox
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import OutboxMessage, OutboxState
from bot.telegram_adapter import sender as sender_module
from bot.telegram_adapter.sender import AFTER_FAILURE, Sender

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BOT, OTHER_BOT = "telegram:1", "telegram:2"
MOMENT = timedelta(microseconds=1)
QUEUED, SENDING, SENT, FAILED = OutboxState.QUEUED, OutboxState.SENDING, OutboxState.SENT, OutboxState.FAILED


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """One message a second for each chat is Telegram's rule, not that of these tests."""
    monkeypatch.setattr(sender_module, "PER_CHAT", 0.001)


class Telegram:
    """Stands in for telegram.Bot: records every call; `faults` are raised, one for each call to that chat."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.markups: list[InlineKeyboardMarkup | None] = []
        self.times: list[float] = []
        self.faults: dict[str, deque[Exception]] = defaultdict(deque)
        self.silent: set[str] = set()  # chats whose calls never come back
        self._called: asyncio.Event | None = None

    async def send_message(self, chat_id: str, text: str, reply_markup: InlineKeyboardMarkup | None = None) -> None:
        self.calls.append((chat_id, text))
        self.markups.append(reply_markup)
        self.times.append(asyncio.get_running_loop().time())
        if self._called:
            self._called.set()
        if self.faults[chat_id]:
            raise self.faults[chat_id].popleft()
        if chat_id in self.silent:
            await asyncio.Event().wait()

    async def wait_for(self, count: int) -> None:
        called = self._called = asyncio.Event()
        async with asyncio.timeout(20):
            while len(self.calls) < count:
                await called.wait()
                called.clear()

    def to(self, chat_id: str) -> list[str]:
        return [text for chat, text in self.calls if chat == chat_id]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def send(database: Database, telegram: Telegram, clock: Clock, calls: int) -> None:
    """Run a sender until Telegram has been called so often in all; what is under way is finished and written down."""

    async def run() -> None:
        sender = Sender(cast(Bot, telegram), BOT, database, clock)
        running = asyncio.create_task(sender.run())
        await telegram.wait_for(calls)
        sender.stop()
        await asyncio.wait_for(running, 20)

    asyncio.run(run())


def queue(session: Session, chat_id: str, *texts: str, bot_id: str = BOT, buttons: list[list[str]] | None = None) -> list[int]:
    """Messages on their way to a chat; returns the ids of their deliveries."""
    chat = f"hash of {chat_id}"
    conversation = session.scalar(select(Conversation).where(Conversation.chat == chat, Conversation.bot_id == bot_id))
    if conversation is None:
        conversation = Conversation(bot_id=bot_id, chat=chat, chat_id=chat_id, created_at=NOW, updated_at=NOW)
        session.add(conversation)
        session.flush()
    made = []
    for text in texts:
        message = Message(conversation_id=conversation.id, direction=Direction.OUT, text=text, buttons=buttons, created_at=NOW)
        session.add(message)
        session.flush()
        row = OutboxMessage(
            bot_id=bot_id, conversation_id=conversation.id, message_id=message.id, chat_id=chat_id, state=QUEUED, attempts=0, unknown=0,
            created_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.flush()
        made.append(row.id)
    return made


def rows(database: Database) -> list[OutboxMessage]:
    return database.call(lambda session: list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))))


def states(database: Database) -> list[OutboxState]:
    return [row.state for row in rows(database)]


def are_open(session: Session) -> bool:
    return session.scalar(select(OutboxMessage.id).where(OutboxMessage.state.in_([QUEUED, SENDING])).limit(1)) is not None


def take(database: Database, busy: list[int] | None = None, most: int = 10, now: datetime = NOW) -> list[str]:
    return [delivery.text for delivery in database.call(outbox.take, BOT, busy or [], most, now)]


def test_only_the_oldest_message_of_each_chat_is_taken(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    database.call(queue, "beto", "three")
    assert take(database) == ["one", "three"]


def test_a_chat_with_a_call_under_way_is_left_alone(database: Database) -> None:
    [first, _] = database.call(queue, "ana", "one", "two")
    database.call(queue, "beto", "three")
    ana = rows(database)[0].conversation_id
    assert take(database, busy=[ana]) == ["three"]
    database.call(outbox.sending, first)
    assert take(database) == ["three"], "the second overtakes the first, whose fate is not known yet"


def test_no_more_than_asked_for_are_taken_the_oldest_first(database: Database) -> None:
    for number in range(5):
        database.call(queue, f"chat{number}", f"text {number}")
    assert take(database, most=3) == ["text 0", "text 1", "text 2"]


def test_the_messages_of_another_bot_are_left_alone(database: Database) -> None:
    database.call(queue, "ana", "one", bot_id=OTHER_BOT)
    assert take(database) == []


def test_a_message_waits_until_its_time_and_so_does_what_is_behind_it(database: Database) -> None:
    [first, _] = database.call(queue, "ana", "one", "two")
    until = NOW + timedelta(seconds=30)
    database.call(outbox.sending, first)
    database.call(outbox.settle, first, "wait", until, NOW)
    assert take(database, now=until - MOMENT) == []
    assert take(database, now=until) == ["one"]


@pytest.mark.usefixtures("unpaced")
def test_every_message_is_sent_once_and_in_order_for_each_chat(database: Database) -> None:
    telegram = Telegram()
    wanted = {f"chat{chat}": [f"{chat} {number}" for number in range(5)] for chat in range(8)}
    for number in range(5):
        for chat in range(8):
            database.call(queue, f"chat{chat}", f"{chat} {number}")
    send(database, telegram, Clock(), 40)
    assert {chat: telegram.to(chat) for chat in wanted} == wanted
    database.call(queue, "chat0", "afterwards")
    send(database, telegram, Clock(), 41)
    assert telegram.calls[40:] == [("chat0", "afterwards")], "something was sent twice"
    assert {(row.state, row.attempts, row.unknown, row.failure) for row in rows(database)} == {(SENT, 1, 0, None)}
    assert {row.sent_at for row in rows(database)} == {NOW}


@pytest.mark.usefixtures("unpaced")
def test_what_is_put_there_while_the_sender_rests_is_sent_when_it_is_rung(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LOOK_AGAIN", 60)
    telegram = Telegram()

    async def run() -> None:
        sender = Sender(cast(Bot, telegram), BOT, database, Clock())
        running = asyncio.create_task(sender.run())
        for number in range(3):
            await database.run(queue, "ana", f"text {number}")
            sender.ring()
            await telegram.wait_for(number + 1)
            while await database.run(are_open):
                pass
            for _ in range(5):  # the sender looks once more and rests
                await database.run(are_open)
        sender.stop()
        await asyncio.wait_for(running, 20)

    asyncio.run(run())
    assert telegram.to("ana") == ["text 0", "text 1", "text 2"]


@pytest.mark.usefixtures("unpaced")
def test_buttons_go_along_with_their_payload_one_below_the_other(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "choose", buttons=[["Trabajo", "/work"], ["Salud", "/health"]])
    database.call(queue, "ana", "no choice")
    send(database, telegram, Clock(), 2)
    keyboard, nothing = telegram.markups
    assert keyboard is not None and nothing is None
    assert [[(each.text, each.callback_data) for each in row] for row in keyboard.inline_keyboard] == [
        [("Trabajo", "/work")],
        [("Salud", "/health")],
    ]


def test_a_chat_gets_one_message_a_second_and_others_do_not_wait_for_it(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two", "three")
    database.call(queue, "beto", "four")
    send(database, telegram, Clock(), 4)
    times = dict(zip((text for _, text in telegram.calls), telegram.times, strict=True))
    assert times["two"] - times["one"] > 0.95
    assert times["three"] - times["two"] > 0.95
    assert times["four"] - times["one"] < 0.5


def told_to_wait(seconds: int | timedelta) -> RetryAfter:
    """Telegram's flood limit. The library warns about the type of its own attribute."""
    with pytest.warns(PTBDeprecationWarning):
        return RetryAfter(seconds)


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("wait", [30, timedelta(seconds=30)])
@pytest.mark.usefixtures("unpaced")
def test_a_flood_limit_is_waited_for_and_nothing_overtakes(database: Database, wait: int | timedelta) -> None:
    telegram, clock = Telegram(), Clock()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(told_to_wait(wait))
    send(database, telegram, clock, 1)
    assert (states(database), rows(database)[0].not_before) == ([QUEUED, QUEUED], NOW + timedelta(seconds=30))
    clock.now += timedelta(seconds=29)
    database.call(queue, "beto", "three")
    send(database, telegram, clock, 2)
    assert telegram.calls[1:] == [("beto", "three")]
    clock.now += timedelta(seconds=1)
    send(database, telegram, clock, 4)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert states(database) == [SENT, SENT, SENT]
    assert [(row.attempts, row.unknown) for row in rows(database)] == [(2, 0), (1, 0), (1, 0)]


@pytest.mark.usefixtures("unpaced")
def test_a_send_of_unknown_fate_is_repeated_once_and_counted(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(TimedOut())
    send(database, telegram, Clock(), 3)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert [(row.state, row.attempts, row.unknown, row.failure) for row in rows(database)] == [(SENT, 2, 1, None), (SENT, 1, 0, None)]


@pytest.mark.usefixtures("unpaced")
def test_a_send_of_unknown_fate_twice_fails_and_the_next_goes_on(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"] += [TimedOut(), TimedOut()]
    send(database, telegram, Clock(), 3)
    assert telegram.to("ana") == ["one", "one", "two"]
    first, second = rows(database)
    assert (first.state, first.attempts, first.unknown, first.failure, first.sent_at) == (FAILED, 2, 2, "unknown", None)
    assert second.state is SENT


@pytest.mark.usefixtures("unpaced")
def test_a_network_failure_is_tried_again_later_as_often_as_it_takes(database: Database) -> None:
    telegram, clock = Telegram(), Clock()
    database.call(queue, "ana", "one", "two")
    for tries in range(1, 6):
        telegram.faults["ana"].append(NetworkError("httpx.ConnectError"))
        send(database, telegram, clock, tries)
        [first, _] = rows(database)
        assert (first.state, first.attempts, first.unknown, first.failure) == (QUEUED, tries, 0, "network")
        assert first.not_before == clock.now + AFTER_FAILURE
        assert take(database, now=clock.now + AFTER_FAILURE - MOMENT) == []
        clock.now += AFTER_FAILURE
    send(database, telegram, clock, 7)
    assert telegram.to("ana") == [*["one"] * 6, "two"]
    assert states(database) == [SENT, SENT]


@pytest.mark.usefixtures("unpaced")
def test_nothing_more_is_sent_to_somebody_who_blocked_us(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two", "three")
    database.call(queue, "beto", "four", "five")
    telegram.faults["ana"].append(Forbidden("bot was blocked by the user"))
    send(database, telegram, Clock(), 3)
    assert telegram.to("ana") == ["one"]
    assert telegram.to("beto") == ["four", "five"]
    assert states(database) == [FAILED, FAILED, FAILED, SENT, SENT]
    assert [row.failure for row in rows(database)] == ["blocked", "blocked", "blocked", None, None]


@pytest.mark.usefixtures("unpaced")
def test_somebody_who_blocked_us_and_writes_again_is_answered(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one")
    telegram.faults["ana"].append(Forbidden("bot was blocked by the user"))
    send(database, telegram, Clock(), 1)
    database.call(queue, "ana", "two")
    send(database, telegram, Clock(), 2)
    assert telegram.to("ana") == ["one", "two"]
    assert states(database) == [FAILED, SENT]


@pytest.mark.usefixtures("unpaced")
def test_a_message_that_telegram_refuses_fails_alone(database: Database) -> None:
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"].append(BadRequest("Message is too long"))
    send(database, telegram, Clock(), 2)
    assert telegram.to("ana") == ["one", "two"]
    assert [(row.state, row.failure) for row in rows(database)] == [(FAILED, "refused"), (SENT, None)]


@pytest.mark.usefixtures("unpaced")
def test_an_unforeseen_refusal_is_tried_again_later(database: Database) -> None:
    telegram, clock = Telegram(), Clock()
    database.call(queue, "ana", "one")
    telegram.faults["ana"].append(ChatMigrated(42))
    send(database, telegram, clock, 1)
    assert [(row.state, row.failure) for row in rows(database)] == [(QUEUED, "error")]
    clock.now += AFTER_FAILURE
    send(database, telegram, clock, 2)
    assert states(database) == [SENT]


def test_a_message_is_marked_before_the_call(database: Database) -> None:
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one")
    die_in_the_call(database, telegram, 1)
    assert [(row.state, row.attempts) for row in rows(database)] == [(SENDING, 1)]


def die_in_the_call(database: Database, telegram: Telegram, calls: int) -> None:
    """The process ends while Telegram has not answered: what was not written down is gone."""

    async def run() -> None:
        sending = asyncio.create_task(Sender(cast(Bot, telegram), BOT, database, Clock()).run())
        await telegram.wait_for(calls)
        sending.cancel()  # and asyncio.run cancels the calls themselves

    asyncio.run(run())


@pytest.mark.usefixtures("unpaced")
def test_a_send_that_a_dead_process_left_half_done_is_repeated_once_and_counted(database: Database) -> None:
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one", "two")
    die_in_the_call(database, telegram, 1)
    telegram.silent.clear()
    send(database, telegram, Clock(), 3)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert [(row.state, row.unknown) for row in rows(database)] == [(SENT, 1), (SENT, 0)]


@pytest.mark.usefixtures("unpaced")
def test_a_send_that_two_dead_processes_left_half_done_fails(database: Database) -> None:
    telegram = Telegram()
    telegram.silent.add("ana")
    database.call(queue, "ana", "one", "two")
    die_in_the_call(database, telegram, 1)
    die_in_the_call(database, telegram, 2)
    telegram.silent.clear()
    send(database, telegram, Clock(), 3)
    assert telegram.to("ana") == ["one", "one", "two"]
    assert [(row.state, row.unknown, row.failure) for row in rows(database)] == [(FAILED, 2, "unknown"), (SENT, 0, None)]


def test_recovering_leaves_other_bots_and_other_states_alone(database: Database) -> None:
    [mine, _] = database.call(queue, "ana", "one", "two")
    [other] = database.call(queue, "ana", "three", bot_id=OTHER_BOT)
    database.call(outbox.sending, mine)
    database.call(outbox.sending, other)
    assert database.call(outbox.recover, BOT) == 1
    assert [(row.state, row.unknown) for row in rows(database)] == [(QUEUED, 1), (QUEUED, 0), (SENDING, 0)]
    assert database.call(outbox.recover, BOT) == 0


def test_a_message_cannot_be_on_its_way_twice(database: Database) -> None:
    [first] = database.call(queue, "ana", "one")

    def again(session: Session) -> None:
        row = session.get_one(OutboxMessage, first)
        twin = OutboxMessage(
            bot_id=BOT, conversation_id=row.conversation_id, message_id=row.message_id, chat_id="ana", state=QUEUED, attempts=0, unknown=0,
            created_at=NOW,
        )  # fmt: skip
        session.add(twin)

    with pytest.raises(IntegrityError):
        database.call(again)


def test_where_a_message_goes_is_not_in_the_clear(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    database.call(queue, "111000111", "palabras de Tomasa")
    database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("puente.db*"))
    assert b"telegram:1" in stored
    assert b"Tomasa" not in stored
