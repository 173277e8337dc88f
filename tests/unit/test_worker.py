"""The worker: every message is answered once and in order, whatever Rasa, another process or a broken turn does.

The database and the content are real. Rasa is reached over a transport that answers in its place.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from bot import tickets
from bot.conversation import inbox
from bot.conversation.actions import ACTIONS
from bot.conversation.context import Taken, Turn
from bot.conversation.inbox import LEASE, Arrival
from bot.conversation.incoming import text_message
from bot.conversation.live import LiveContent
from bot.conversation.turn import MOST_ATTEMPTS
from bot.conversation.worker import AT_ONCE, Worker
from bot.rasa.client import RasaClient
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate, OutboxMessage
from bot.records.tickets import Ticket

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BOT = "telegram:1"
MOMENT = timedelta(microseconds=1)
SAID, DOWN, FAILED = "utter_thank", "utter_understanding_down", "utter_failed"


class Rasa:
    """Answers in Rasa's place. A text in `held` is answered when its event is set; `decisions` says which response."""

    def __init__(self, says: str = SAID) -> None:
        self.says = says
        self.asked: list[str] = []
        self.states: dict[str, Any] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.raw: httpx.Response | Exception | None = None
        self.chance = random.Random(11)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        question = json.loads(request.content)
        text = question["text"]
        self.asked.append(text)
        self.states[text] = question["state"]
        for _ in range(self.chance.randrange(30)):  # turns end in another order than they began
            await asyncio.sleep(0)
        if text in self.held:
            await self.held[text].wait()
        if isinstance(self.raw, Exception):
            raise self.raw
        return self.raw or httpx.Response(200, json=self.turn(text))

    def turn(self, text: str) -> dict[str, Any]:
        state = {"slots": {"said_before": text}}
        return {
            "decisions": [self.says], "state": state, "intent": "thank", "confidence": 0.9, "topic": "dialogue", "decision": "answer",
            "suggestions": [], "entities": [],
        }  # fmt: skip

    def client(self) -> RasaClient:
        return RasaClient(httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="http://rasa/webhooks/puente"))

    def hold(self, text: str) -> asyncio.Event:
        self.held[text] = asyncio.Event()
        return self.held[text]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def working(database: Database, live: LiveContent, rasa: Rasa, clock: Clock | None = None) -> AsyncIterator[Worker]:
    """A worker that takes turns; those under way at the end are finished."""
    client = rasa.client()
    worker = Worker(database, live, client, [BOT], clock or Clock())
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, 30)
        await client.close()


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """For what announces itself nowhere but in the database."""
    async with asyncio.timeout(30):
        while not await check():
            await asyncio.sleep(0.005)


def arrival(chat: str, text: str) -> Arrival:
    return Arrival(BOT, f"{chat}: {text}", chat, text_message(text), NOW)


def run[R](conversation: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(asyncio.wait_for(conversation, 60))


async def take(worker: Worker, chat: str, text: str) -> asyncio.Future[Taken]:
    """As a door that waits does: the answer comes when it is awaited."""
    accepted, waiting = await worker.take(arrival(chat, text))
    assert waiting is not None and not accepted.done
    return waiting


async def push(database: Database, worker: Worker, *arrivals: Arrival) -> None:
    """As the Telegram door does."""
    await database.run(inbox.accept, list(arrivals))
    worker.ring()


def transcript(session: Session, chat: str) -> list[tuple[str, str]]:
    """What was said in a chat in order: (`in`, the text) or (`out`, the name of the response)."""
    query = (
        select(Message)
        .join(Conversation)
        .where(Conversation.bot_id == BOT, Conversation.chat == inbox.chat_hash(BOT, chat))
        .order_by(Message.id)
    )
    return [(each.direction.value, each.text if each.direction is Direction.IN else each.response or "") for each in session.scalars(query)]


def sent(session: Session, chat: str) -> list[str]:
    """The responses on their way to a chat, in order."""
    query = (
        select(Message.response)
        .join(OutboxMessage, OutboxMessage.message_id == Message.id)
        .join(Conversation, Conversation.id == OutboxMessage.conversation_id)
        .where(Conversation.chat == inbox.chat_hash(BOT, chat))
        .order_by(OutboxMessage.id)
    )
    return [response or "" for response in session.scalars(query)]


def all_done(session: Session) -> bool:
    return session.scalar(select(InboxUpdate.id).where(InboxUpdate.done_at.is_(None)).limit(1)) is None


def scramble(chats: int, each: int) -> list[Arrival]:
    """Numbered messages of many chats, mixed; each chat's in its own order."""
    turns = [chat for chat in range(chats) for _ in range(each)]
    random.Random(5).shuffle(turns)
    counts = dict.fromkeys(range(chats), 0)
    mixed = []
    for chat in turns:
        counts[chat] += 1
        mixed.append(arrival(f"chat {chat}", f"mensaje {counts[chat]} del chat {chat}"))
    return mixed


def check_scrambled(database: Database, rasa: Rasa, chats: int, each: int) -> None:
    """Each message was asked once, after what was said before it, and answered once, in order."""
    assert len(rasa.asked) == len(set(rasa.asked)) == chats * each
    for chat in range(chats):
        texts = [f"mensaje {number} del chat {chat}" for number in range(1, each + 1)]
        assert database.call(transcript, f"chat {chat}") == [line for text in texts for line in (("in", text), ("out", SAID))]
        assert database.call(sent, f"chat {chat}") == [SAID] * each
        before = [rasa.states[text].get("slots", {}).get("said_before") for text in texts]
        assert before == [None, *texts[:-1]], "a turn began before the one before it was written down"


def test_two_hundred_messages_of_twenty_chats_are_each_answered_once_and_in_order(database: Database, live: LiveContent) -> None:
    rasa, chance = Rasa(), random.Random(3)

    async def go() -> None:
        mixed = scramble(20, 10)
        async with working(database, live, rasa) as worker:
            while mixed:
                count = chance.randrange(1, 15)
                await push(database, worker, *mixed[:count])
                del mixed[:count]
            await until(lambda: database.run(all_done))

    run(go())
    check_scrambled(database, rasa, 20, 10)


def test_two_hundred_messages_of_doors_that_wait_are_each_answered_once_and_in_order(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> list[Taken]:
        async with working(database, live, rasa) as worker:
            begun = await asyncio.gather(*(worker.take(each) for each in scramble(20, 10)))
            waiting = [future for _, future in begun if future]
            return await asyncio.gather(*waiting)

    taken = run(go())
    assert len(taken) == 200
    assert {tuple(reply.response for reply in each.replies) for each in taken} == {(SAID,)}
    check_scrambled(database, rasa, 20, 10)


def test_what_an_earlier_process_left_is_dealt_with_unasked(database: Database, live: LiveContent) -> None:
    rasa = Rasa()
    database.call(inbox.accept, scramble(10, 5))

    async def go() -> None:
        async with working(database, live, rasa):
            await until(lambda: database.run(all_done))

    run(go())
    check_scrambled(database, rasa, 10, 5)


def test_the_same_update_again_is_not_answered_again(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        async with working(database, live, rasa) as worker:
            one, other = await asyncio.gather(take(worker, "ana", "hola buenas"), take(worker, "ana", "hola buenas"))
            assert await one == await other
            accepted, waiting = await worker.take(arrival("ana", "hola buenas"))
            assert accepted.done and waiting is None
            await push(database, worker, arrival("ana", "hola buenas"))
            await (await take(worker, "ana", "otra cosa"))

    run(go())
    assert rasa.asked == ["hola buenas", "otra cosa"]
    assert database.call(transcript, "ana") == [("in", "hola buenas"), ("out", SAID), ("in", "otra cosa"), ("out", SAID)]


def test_a_chat_that_hangs_in_rasa_does_not_hold_up_others(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        answer = rasa.hold("esta se queda colgada")
        async with working(database, live, rasa) as worker:
            hanging = await take(worker, "ana", "esta se queda colgada")
            behind = await take(worker, "ana", "esta espera detrás")
            for number in range(10):
                other = await take(worker, f"chat {number}", "esta no espera")
                assert (await other).replies[0].response == SAID
            assert database.call(transcript, "ana") == []
            assert "esta espera detrás" not in rasa.asked
            answer.set()
            await hanging
            await behind

    run(go())
    assert database.call(transcript, "ana") == [
        ("in", "esta se queda colgada"), ("out", SAID),
        ("in", "esta espera detrás"), ("out", SAID),
    ]  # fmt: skip


def test_only_so_many_turns_are_taken_at_once(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        texts = [f"mensaje del chat {number}" for number in range(AT_ONCE + 2)]
        answers = [rasa.hold(text) for text in texts]

        async def asked(count: int) -> bool:
            return len(rasa.asked) >= count

        async with working(database, live, rasa) as worker:
            await database.run(inbox.accept, [arrival(text, text) for text in texts])
            for _ in texts:
                worker.ring()
            for number in range(3):
                await until(partial(asked, AT_ONCE + number))
                await database.run(all_done)  # the worker has had its chance to begin another
                assert len(rasa.asked) == AT_ONCE + number
                answers[number].set()
            for answer in answers:
                answer.set()
            await until(lambda: database.run(all_done))

    run(go())


def test_a_worker_that_is_stopped_finishes_the_turns_under_way_and_begins_no_others(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        answer = rasa.hold("ya me la están contestando")
        async with working(database, live, rasa) as worker:
            await take(worker, "ana", "ya me la están contestando")
            worker.stop()
            await push(database, worker, arrival("beto", "esta es para el siguiente"))
            answer.set()

    run(go())
    assert database.call(sent, "ana") == [SAID]
    assert database.call(sent, "beto") == []
    assert rasa.asked == ["ya me la están contestando"]


class Broken:
    """An action that writes something and raises, the first so many times."""

    def __init__(self, times: int, error: Exception | None = None) -> None:
        self.calls, self.times, self.error = 0, times, error or ZeroDivisionError()

    def __call__(self, turn: Turn, arguments: Any) -> None:
        self.calls += 1
        if self.calls <= self.times:
            tickets.open_ticket(turn.session, turn.conversation, "half done", turn.now)
            raise self.error
        turn.say(SAID)


FIRST_HALF, SECOND_HALF = "idioma", "quisiera leer esto de otro modo"  # a command; a question that Rasa answers with its response


@pytest.mark.parametrize("text", [FIRST_HALF, SECOND_HALF])
def test_a_turn_that_raises_is_rolled_back_and_tried_again_when_its_lease_has_run_out(
    text: str, database: Database, live: LiveContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    rasa, clock, broken = Rasa("utter_change_language"), Clock(), Broken(1)
    monkeypatch.setitem(ACTIONS, "change_language", broken)

    async def go() -> None:
        async with working(database, live, rasa, clock) as worker:
            await push(database, worker, arrival("ana", text))
            await until(lambda: database.run(was_tried, "ana", 1, broken))
            assert await database.run(transcript, "ana") == []
            assert await database.run(reasons) == []
            clock.now += LEASE
            worker.ring()
            await (await take(worker, "beto", "menu"))
            assert broken.calls == 1, "it did not wait for its lease"
            clock.now += MOMENT
            worker.ring()
            await until(lambda: database.run(all_done))

    run(go())
    assert broken.calls == 2
    assert database.call(transcript, "ana") == [("in", text), ("out", SAID)]
    assert database.call(sent, "ana") == [SAID]
    assert database.call(reasons) == []


@pytest.mark.parametrize("text", [FIRST_HALF, SECOND_HALF])
def test_a_turn_that_raises_at_every_attempt_is_given_to_a_person_and_the_chat_goes_on(
    text: str, database: Database, live: LiveContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    rasa, clock, broken = Rasa("utter_change_language"), Clock(), Broken(1000)
    monkeypatch.setitem(ACTIONS, "change_language", broken)

    async def go() -> None:
        async with working(database, live, rasa, clock) as worker:
            await push(database, worker, arrival("ana", text), arrival("ana", "menu"))
            for attempt in range(1, MOST_ATTEMPTS + 1):
                await until(partial(database.run, was_tried, "ana", attempt, broken))
                assert await database.run(transcript, "ana") == []
                clock.now += LEASE + MOMENT
                worker.ring()
            await until(lambda: database.run(all_done))

    run(go())
    assert broken.calls == MOST_ATTEMPTS
    assert database.call(transcript, "ana")[:3] == [("in", text), ("out", FAILED), ("in", "menu")]
    assert database.call(sent, "ana") == [FAILED, "utter_help"]
    assert database.call(reasons) == ["failed"]
    assert len(rasa.asked) == (MOST_ATTEMPTS if text == SECOND_HALF else 0)


def test_a_turn_that_raises_does_not_hold_up_other_chats(database: Database, live: LiveContent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIONS, "change_language", Broken(1000))

    async def go() -> None:
        async with working(database, live, Rasa()) as worker:
            await push(database, worker, *(arrival(f"roto {number}", FIRST_HALF) for number in range(5)))
            for number in range(5):
                assert (await (await take(worker, f"chat {number}", "hola buenas"))).replies[0].response == SAID

    run(go())


def test_what_the_database_refuses_for_good_does_not_hold_up_other_chats(
    database: Database, live: LiveContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL, for one, takes no NUL in a text, and what a button's data is lies with the other side."""
    refused, clock = Broken(1000, DataError("SELECT", None, ValueError("NUL"))), Clock()
    monkeypatch.setitem(ACTIONS, "change_language", refused)

    async def go() -> None:
        async with working(database, live, Rasa(), clock) as worker:
            await push(database, worker, arrival("roto", FIRST_HALF), arrival("ana", "hola buenas"))
            for attempt in range(1, MOST_ATTEMPTS + 1):
                await until(partial(database.run, was_tried, "roto", attempt, refused))
                clock.now += LEASE + MOMENT
                worker.ring()
            await until(lambda: database.run(all_done))

    run(go())
    assert database.call(sent, "ana") == [SAID]
    assert database.call(sent, "roto") == [FAILED]


def was_tried(session: Session, chat: str, tries: int, broken: Broken) -> bool:
    """The attempt has failed and is written down."""
    row = session.scalar(select(InboxUpdate).where(InboxUpdate.chat == inbox.chat_hash(BOT, chat)).order_by(InboxUpdate.id).limit(1))
    return row is not None and broken.calls == row.attempts == tries and row.leased_until is not None


def reasons(session: Session) -> list[str]:
    return list(session.scalars(select(Ticket.reason)))


def test_an_update_that_another_process_took_over_is_not_answered_twice(database: Database, live: LiveContent) -> None:
    slow, quick, clock = Rasa("utter_affirm"), Rasa(SAID), Clock()

    async def go() -> None:
        answer = slow.hold("quién me contesta")

        async def asked() -> bool:
            return bool(slow.asked)

        async with working(database, live, slow, clock) as late:
            await push(database, late, arrival("ana", "quién me contesta"))
            await until(asked)
            clock.now += LEASE + MOMENT
            async with working(database, live, quick, clock):
                await until(lambda: database.run(all_done))
            answer.set()
            after = await take(late, "ana", "y ahora quién")  # the late one works on
            await after

    run(go())
    assert database.call(transcript, "ana") == [
        ("in", "quién me contesta"), ("out", SAID),
        ("in", "y ahora quién"), ("out", "utter_affirm"),
    ]  # fmt: skip
    assert database.call(sent, "ana") == [SAID, "utter_affirm"]
    assert (slow.asked, quick.asked) == (["quién me contesta", "y ahora quién"], ["quién me contesta"])
    assert slow.states["y ahora quién"] == {"slots": {"said_before": "quién me contesta"}}


def test_two_workers_on_one_database_answer_each_message_once_and_in_order(database: Database, live: LiveContent) -> None:
    rasa = Rasa()

    async def go() -> None:
        async with working(database, live, rasa) as one, working(database, live, rasa) as other:
            for number, each in enumerate(scramble(20, 10)):
                await push(database, (one, other)[number % 2], each)
            await until(lambda: database.run(all_done))

    run(go())
    check_scrambled(database, rasa, 20, 10)


WITHOUT_A_TURN: dict[str, httpx.Response | Exception] = {
    "unreachable": httpx.ConnectError("refused"),
    "slow": httpx.ReadTimeout("too slow"),
    "failing": httpx.Response(500, json={"error": "no model"}),
    "the empty list that Rasa answers when it fails": httpx.Response(200, json=[]),
    "no JSON": httpx.Response(200, text="<html>"),
    "half a turn": httpx.Response(200, json={"decisions": [SAID], "state": {}}),
    "no table as state": httpx.Response(200, json={**Rasa().turn("x"), "state": "none"}),
}


@pytest.mark.parametrize("answer", list(WITHOUT_A_TURN.values()), ids=list(WITHOUT_A_TURN))
def test_a_question_that_rasa_does_not_answer_is_owned_up_to_and_noted(
    answer: httpx.Response | Exception, database: Database, live: LiveContent
) -> None:
    rasa = Rasa()
    rasa.raw = answer

    async def go() -> None:
        async with working(database, live, rasa) as worker:
            taken = await (await take(worker, "ana", "cómo le hago"))
            assert [reply.response for reply in taken.replies] == [DOWN]

    run(go())
    noted = database.call(lambda session: list(session.scalars(select(Message.text).where(Message.unanswered.is_(True)))))
    assert noted == ["cómo le hago"]
    assert database.call(sent, "ana") == [DOWN]


def test_rasa_that_accepts_and_never_answers_is_given_up_on(database: Database, live: LiveContent) -> None:
    async def go() -> None:
        connections = []

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        client = RasaClient.at(server.sockets[0].getsockname()[1])
        worker = Worker(database, live, client, [BOT], Clock())
        running = asyncio.create_task(worker.run())
        taken = await asyncio.wait_for(await take(worker, "ana", "cómo le hago"), LEASE.total_seconds() / 2)  # well before that
        assert [reply.response for reply in taken.replies] == [DOWN]
        assert len(connections) == 1
        worker.stop()
        await running
        await client.close()
        server.close()

    run(go())
