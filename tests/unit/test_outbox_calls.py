"""What the queue holds besides whole messages (deletions, leaving a group, parts), and what becomes of it after a dead process.

tests/unit/test_outbox.py: how it is taken and how it ends.
"""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.content.published import Button
from bot.conversation import outbox
from bot.conversation.inbox import chat_hash
from bot.conversation.outbox import DELETED_AT_ONCE, LONGEST_KEY, Delivery, Outcome, key_of
from bot.conversation.parts import LONGEST_MESSAGE
from bot.records.conversations import ButtonOffer, Conversation
from bot.records.database import Database, open_database
from bot.records.deliveries import Call, OutboxMessage
from tests.outgoing import BOT, FAILED, NOW, OTHER_BOT, QUEUED, SENDING, conversation_of, fates, queue, rows, settle_and_take, take, texts

# Other calls than sending


def test_messages_are_deleted_a_hundred_at_once_behind_what_was_queued_before(database: Database) -> None:
    database.call(queue, "ana", "one")

    def delete(session: Session) -> None:
        outbox.delete_messages(session, conversation_of(session, "ana"), range(1, 2 * DELETED_AT_ONCE + 2), NOW)

    database.call(delete)
    seen: list[Delivery] = []
    while taken := take(database):
        seen += taken
        settle_and_take(database, Outcome(taken[0].id), most=0)
    assert [(each.call, len(each.door_ids)) for each in seen] == [
        (Call.SEND, 0), (Call.DELETE, 100), (Call.DELETE, 100), (Call.DELETE, 1),
    ]  # fmt: skip
    assert [number for each in seen for number in each.door_ids] == [*range(1, 202)]


def test_a_group_is_left_after_what_is_said_there_and_also_when_what_is_said_is_dropped(database: Database) -> None:
    database.call(queue, "group", "only in private")

    def leave_and_drop(session: Session) -> None:
        group = conversation_of(session, "group")
        outbox.leave(session, group, NOW)
        outbox.drop(session, group.id, "stopped")

    database.call(leave_and_drop)
    assert [(row.state, row.failure) for row in rows(database)] == [(FAILED, "stopped"), (QUEUED, None)]
    assert [each.call for each in take(database)] == [Call.LEAVE]


def test_what_is_under_way_is_not_dropped(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    take(database)
    database.call(outbox.drop, rows(database)[0].conversation_id, "forgotten")
    assert [(row.state, row.failure) for row in rows(database)] == [(SENDING, None), (FAILED, "forgotten")]


@pytest.mark.parametrize("failure", ["wait", "network", "token", "unknown"])
def test_what_failed_while_it_was_forgotten_is_not_sent_after_it(database: Database, failure: str) -> None:
    """Whoever holds the telephone then would read it: it would go from the screen only once it was there."""
    database.call(queue, "ana", "one")
    taken = take(database)

    def forget(session: Session) -> None:
        session.get_one(Conversation, taken[0].conversation_id).former_chat = "of ana"

    database.call(forget)
    assert settle_and_take(database, Outcome(taken[0].id, failure, again=True)) == []
    assert [(row.state, row.failure) for row in rows(database)] == [(FAILED, "forgotten")]


def test_what_a_dead_process_left_half_done_is_not_repeated_when_it_was_forgotten(database: Database) -> None:
    database.call(queue, "ana", "one")
    taken = take(database)

    def forget(session: Session) -> None:
        conversation = session.get_one(Conversation, taken[0].conversation_id)
        conversation.former_chat = "of ana"
        outbox.delete_messages(session, conversation, [7], NOW)

    database.call(forget)
    database.call(outbox.recover, BOT)
    assert [(row.state, row.failure) for row in rows(database)] == [(FAILED, "forgotten"), (QUEUED, None)]


# Parts and short keys

LONG = "\n\n".join(f"{number} " + "palabra " * 240 + "fin." for number in range(5))


def test_a_long_message_goes_in_parts_one_after_the_other_with_its_buttons_on_the_last(database: Database) -> None:
    database.call(queue, "ana", LONG, "afterwards", buttons=(Button("Trabajo", "/work"),))
    seen: list[Delivery] = []
    while taken := take(database):
        seen += taken
        settle_and_take(database, Outcome(taken[0].id), most=0)
    *parts, last, afterwards = seen
    assert len(parts) >= 2 and afterwards.text == "afterwards"
    assert " ".join(each.text for each in (*parts, last)).split() == LONG.split()
    assert all(len(each.text) <= LONGEST_MESSAGE and not each.buttons for each in parts)
    assert last.buttons == (("Trabajo", "/work"),)


def test_a_payload_that_telegram_takes_goes_as_it_is() -> None:
    longest = "/" + "a" * (LONGEST_KEY - 1)
    assert key_of(longest) == longest and key_of("/inform=ñ") == "/inform=ñ"


@pytest.mark.parametrize("payload", ["/" + "a" * LONGEST_KEY, "/" + "ñ" * (LONGEST_KEY // 2), "/office=" + "x" * 120])
def test_a_longer_payload_goes_as_a_short_key_that_the_chat_is_offered(database: Database, payload: str) -> None:
    database.call(queue, "ana", "choose", buttons=(Button("Trabajo", payload),))
    [[(_, key)]] = [each.buttons for each in take(database)]
    assert len(key.encode()) <= LONGEST_KEY and key != payload and key_of(payload) == key != key_of(f"{payload} ")
    assert database.call(lambda session: session.scalars(select(ButtonOffer.payload).where(ButtonOffer.key == key)).all()) == [payload]


# After a dead process


def test_a_send_that_a_dead_process_left_half_done_is_repeated_once_and_counted(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    take(database)
    assert database.call(outbox.recover, BOT) == 1
    assert fates(database) == [(QUEUED, 1, 1, "unknown"), (QUEUED, 0, 0, None)]
    assert texts(take(database)) == ["one"]


def test_a_send_during_which_we_died_by_bad_luck_several_times_is_still_made(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    for _ in range(outbox.MOST_DEATHS):
        take(database)
        database.call(outbox.recover, BOT)
    assert fates(database)[0] == (QUEUED, 5, 5, "unknown")
    assert texts(take(database)) == ["one"]


def test_a_send_that_kills_us_every_time_fails_and_the_next_goes_on(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    for _ in range(outbox.MOST_DEATHS + 1):
        take(database)
        database.call(outbox.recover, BOT)
    assert fates(database)[0] == (FAILED, 6, 6, "unknown")
    assert texts(take(database)) == ["two"]


def test_recovering_leaves_other_bots_and_other_states_alone(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    database.call(queue, "ana", "three", bot_id=OTHER_BOT)
    take(database)
    database.call(outbox.take, OTHER_BOT, [], 10)
    assert database.call(outbox.recover, BOT) == 1
    assert [(row.state, row.unknown) for row in rows(database)] == [(QUEUED, 1), (QUEUED, 0), (SENDING, 0)]
    assert database.call(outbox.recover, BOT) == 0


def test_a_part_of_a_message_cannot_be_on_its_way_twice(database: Database) -> None:
    [first] = database.call(queue, "ana", "one")

    def again(session: Session, part: int) -> None:
        row = session.get_one(OutboxMessage, first)
        twin = OutboxMessage(
            bot_id=BOT, conversation_id=row.conversation_id, message_id=row.message_id, part=part, chat_id="ana", state=QUEUED, attempts=0,
            unknown=0, created_at=NOW,
        )  # fmt: skip
        session.add(twin)

    database.call(again, 1)
    with pytest.raises(IntegrityError):
        database.call(again, 0)


def test_where_a_message_goes_is_not_in_the_clear(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    database.call(queue, "111000111", "palabras de Tomasa")
    assert database.call(lambda session: session.scalars(select(Conversation.chat)).one()) == chat_hash(BOT, "111000111")
    database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("puente.db*"))
    assert b"telegram:1" in stored
    assert b"Tomasa" not in stored and b"111000111" not in stored
