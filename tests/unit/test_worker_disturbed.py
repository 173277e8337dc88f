"""The worker when something fails: a broken turn is tried again and then given to a person, and Rasa may be silent. See tests/worker.py."""

import asyncio
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from bot.conversation import inbox
from bot.conversation.actions import ACTIONS
from bot.conversation.context import Turn
from bot.conversation.inbox import LEASE
from bot.conversation.live import LiveContent
from bot.conversation.turn import MOST_ATTEMPTS
from bot.conversation.worker import Worker
from bot.handoff import tickets
from bot.rasa.client import RasaClient
from bot.records.conversations import Message
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate
from bot.records.tickets import Ticket
from tests.bot_api import until
from tests.outgoing import BOT, Clock
from tests.worker import MOMENT, SAID, Rasa, all_done, arrival, push, run, sent, take, transcript, working

DOWN, FAILED = "utter_understanding_down", "utter_failed"


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
