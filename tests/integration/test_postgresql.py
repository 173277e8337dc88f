"""The same code on PostgreSQL: a conversation, two workers on one inbox, the outbox. Debian's server, started here."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from telegram.error import NetworkError, TimedOut

from bot.content.published import Button
from bot.conversation import inbox, outbox
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.live import LiveContent
from bot.conversation.turn import TurnFailedError, begin_next
from bot.conversation.worker import Worker, utc_now
from bot.rasa.client import RasaClient, Understanding
from bot.rasa.training import MODELS
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database, open_database
from bot.records.deliveries import OutboxMessage
from bot.records.leading import Leadership
from bot.records.referrals import Referral
from bot.records.tables import Table
from bot.settings import ROOT, Settings
from bot.telegram_adapter import sender as sender_module
from tests.outgoing import AROUND, BOT, FAILED, QUEUED, SENDING, SENT, Telegram, conversation_of, queue, rows, send, states
from tests.people import Office
from tests.postgresql import fresh


def test_a_referral_is_made_and_found_again(postgresql: str, tmp_path: Path, rasa_port: int) -> None:
    office = Office(Settings(puente_var=tmp_path / "var", database_url=fresh(postgresql), _env_file=None), rasa_port)
    ana = office.person("ana")
    ana.says("necesito que me canalicen con una oficina")
    ana.presses("Trabajo")
    ana.presses("Omitir")
    ana.says("Atlixco")
    ana.presses("Por este chat")
    sent = ana.presses("Sí, autorizo")
    office.restart()
    [referral] = office.call(lambda session: session.scalars(select(Referral)).all())
    assert referral.folio in sent.text and referral.folio in ana.says("como va mi caso").text
    office.close()


class Unhurried(RasaClient):
    """A Rasa that takes its time, so that turns overlap."""

    def __init__(self) -> None:
        super().__init__(httpx.AsyncClient())

    async def understand(self, text: str, state: dict[str, Any] | None) -> Understanding:
        await asyncio.sleep(0.01)
        return Understanding(
            decisions=["utter_thank"],
            state={"slots": {}},
            intent="thank",
            confidence=0.9,
            topic="dialogue",
            decision="answer",
            suggestions=[],
            entities=[],
        )


def test_two_workers_take_each_update_once_and_in_order(postgresql: str, tmp_path: Path) -> None:
    database = open_database(fresh(postgresql), tmp_path / "keys")

    async def go(database: Database) -> None:
        live = LiveContent(ROOT / "flows", None, MODELS)
        workers = [Worker(database, live, Unhurried(), ["terminal"], utc_now) for _ in range(2)]
        arrivals = [
            inbox.Arrival("terminal", f"{chat}-{number}", f"chat{chat}", text_message(f"dato {number:02d}"), utc_now())
            for number in range(10)
            for chat in range(20)
        ]
        await database.run(inbox.accept, arrivals)
        running = [asyncio.create_task(worker.run()) for worker in workers]
        for _ in range(600):
            await asyncio.sleep(0.1)
            for worker in workers:
                worker.ring()
            answered = await database.run(
                lambda session: len(session.scalars(select(Message.id).where(Message.direction == Direction.OUT)).all())
            )
            if answered >= 200:
                break
        for worker in workers:
            worker.stop()
        await asyncio.gather(*running)

    asyncio.run(go(database))
    talks = database.call(
        lambda session: [
            [
                message.text
                for message in session.scalars(
                    select(Message).where(Message.conversation_id == each.id, Message.direction == Direction.IN).order_by(Message.id)
                )
            ]
            for each in session.scalars(select(Conversation))
        ]
    )
    database.close()
    assert len(talks) == 20 and all(talk == [f"dato {number:02d}" for number in range(10)] for talk in talks)


# The outbox: the rules of tests/unit/test_outbox.py, test_outbox_calls.py and test_sender.py that a database could break


@pytest.fixture(scope="module")
def opened(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = open_database(fresh(postgresql), tmp_path_factory.mktemp("outbox") / "keys")
    yield database
    database.close()


@pytest.fixture
def database(opened: Database) -> Database:
    """With nothing on its way."""
    opened.call(lambda session: [session.delete(row) for row in session.scalars(select(OutboxMessage))])
    return opened


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_every_message_is_sent_once_and_in_order_for_each_chat(database: Database) -> None:
    telegram = Telegram()
    for number in range(5):
        for chat in range(20):
            database.call(queue, f"chat{chat}", f"{number}")
    send(database, telegram, 100)
    assert {chat: telegram.to(chat) for chat, _ in telegram.calls} == {f"chat{chat}": [*"01234"] for chat in range(20)}
    assert set(telegram.most_at_once.values()) == {1}
    assert {(row.state, row.attempts, row.unknown) for row in rows(database)} == {(SENT, 1, 0)}


def test_what_fails_is_repeated_in_its_place_and_an_unknown_fate_only_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "AFTER_FAILURE", 0.05)
    telegram = Telegram()
    database.call(queue, "ana", "one", "two")
    telegram.faults["ana"] += [NetworkError("Bad Gateway"), TimedOut(), NetworkError("Bad Gateway"), TimedOut()]
    send(database, telegram, 5)
    assert telegram.to("ana") == ["one"] * 4 + ["two"]
    assert [(row.state, row.attempts, row.unknown) for row in rows(database)] == [(FAILED, 4, 2), (SENT, 1, 0)]


def test_what_dead_processes_left_half_done_is_repeated_five_times(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    for expected in (*[QUEUED] * outbox.MOST_DEATHS, FAILED):
        database.call(outbox.take, BOT, [], 10)
        assert states(database)[0] is SENDING
        assert database.call(outbox.recover, BOT) == 1
        assert states(database)[0] is expected
    [next_one] = database.call(outbox.take, BOT, [], 10)
    assert next_one.text == "two"


def test_messages_are_deleted_and_chats_left_moved_and_dropped(database: Database) -> None:
    telegram = Telegram()

    def go(session: Session) -> None:
        group = conversation_of(session, "-7")
        queue(session, "-7", "not said")
        outbox.drop(session, group.id, "stopped")
        outbox.delete_messages(session, group, [4, 5], group.created_at)
        outbox.leave(session, group, group.created_at)
        outbox.move(session, group.id, "-100")

    database.call(go)
    send(database, telegram, 2)
    assert telegram.deleted == [("-100", (4, 5))] and telegram.left == ["-100"]
    assert states(database) == [FAILED, SENT, SENT]


def test_a_part_of_a_message_cannot_be_on_its_way_twice_and_a_long_payload_has_its_key(database: Database) -> None:
    payload = "/office=" + "x" * 120
    [first] = database.call(queue, "ana", "one", buttons=(Button("Trabajo", payload),))
    [taken] = database.call(outbox.take, BOT, [], 10)
    assert taken.buttons == (("Trabajo", outbox.key_of(payload)),)

    def again(session: Session) -> None:
        row = session.get_one(OutboxMessage, first)
        twin = OutboxMessage(
            bot_id=BOT, conversation_id=row.conversation_id, message_id=row.message_id, part=0, chat_id="ana", created_at=row.created_at
        )
        session.add(twin)

    with pytest.raises(IntegrityError):
        database.call(again)


def test_only_one_process_at_a_time_sends_for_a_bot(postgresql: str, tmp_path: Path) -> None:
    url = fresh(postgresql)
    first, second = open_database(url, tmp_path / "puente.keys"), open_database(url, tmp_path / "puente.keys")
    one, other, of_another_bot = Leadership(first.engine, BOT), Leadership(second.engine, BOT), Leadership(second.engine, f"{BOT}0")
    assert one.is_ours() and one.is_ours()
    assert not other.is_ours()
    assert of_another_bot.is_ours()
    one.give_up()
    assert other.is_ours() and not one.is_ours()
    of_another_bot.give_up()
    other.give_up()
    first.close()
    second.close()


def test_what_it_does_not_take_fails_alone_and_not_as_the_server_does(postgresql: str, tmp_path: Path) -> None:
    """What a button's data is lies with the other side. The turn is counted as failed: nobody waits behind it."""
    database = open_database(fresh(postgresql), tmp_path / "puente.keys")
    pressed = Incoming(Kind.BUTTON, payload="nothing\0offered")
    database.call(inbox.accept, [inbox.Arrival(BOT, "1", "ana", pressed, AROUND.now)])
    content, detector = LiveContent(ROOT / "flows", None, MODELS).current()
    with pytest.raises(TurnFailedError) as raised:
        database.call(begin_next, [BOT], replace(AROUND, content=content, detector=detector))
    assert isinstance(raised.value.__cause__, DataError)
    database.close()


def test_two_that_both_believe_to_lead_do_not_take_the_same_message(postgresql: str, tmp_path: Path) -> None:
    """Who lost the lock notices it within seconds, and another may have it before."""
    url = fresh(postgresql)
    first, second = open_database(url, tmp_path / "puente.keys"), open_database(url, tmp_path / "puente.keys")
    first.call(queue, "ana", "one")

    def take_at_once(session: Session, pool: ThreadPoolExecutor) -> tuple[int, Future[Any]]:
        taken = outbox.take(session, BOT, [], 10)
        others = pool.submit(second.call, outbox.take, BOT, [], 10)
        time.sleep(0.5)
        return len(taken), others

    with ThreadPoolExecutor(1) as pool:
        count, others = first.call(take_at_once, pool)
        assert (count, others.result(10)) == (1, [])
    first.close()
    second.close()


def test_who_loses_the_connection_no_longer_sends(postgresql: str, tmp_path: Path) -> None:
    url = fresh(postgresql)
    first, second = open_database(url, tmp_path / "puente.keys"), open_database(url, tmp_path / "puente.keys")
    one, other = Leadership(first.engine, BOT), Leadership(second.engine, BOT)
    assert one.is_ours() and not other.is_ours()

    def sever(session: Session) -> None:
        session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))

    second.call(sever)
    assert not one.is_ours(), "it believes to lead without its lock"
    assert one.is_ours() or other.is_ours()
    one.give_up()
    other.give_up()
    first.close()
    second.close()
