"""The queue of what goes out: in order for each chat, taken once, and honest about what nobody knows.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL; tests/unit/test_sender.py delivers the queue to Telegram.
"""

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from bot.content.published import Button
from bot.conversation import outbox
from bot.conversation.context import Turn
from bot.conversation.inbox import Arrival, accept, chat_hash, claim
from bot.conversation.incoming import text_message
from bot.conversation.outbox import DELETED_AT_ONCE, LONGEST_KEY, Delivery, Outcome, key_of
from bot.conversation.parts import LONGEST_MESSAGE
from bot.conversation.received import changes_chat
from bot.records.conversations import ButtonOffer, Conversation
from bot.records.database import Database, open_database
from bot.records.deliveries import Call, OutboxMessage
from tests.outgoing import (
    AROUND,
    BOT,
    FAILED,
    NOW,
    OTHER_BOT,
    QUEUED,
    SENDING,
    SENT,
    conversation_of,
    fates,
    queue,
    rows,
    states,
)

LATER = NOW + timedelta(seconds=7)


def take(database: Database, busy: list[int] | None = None, most: int = 10) -> list[Delivery]:
    return database.call(outbox.take, BOT, busy or [], most)


def texts(deliveries: list[Delivery]) -> list[str]:
    return [delivery.text for delivery in deliveries]


def settle_and_take(database: Database, *outcomes: Outcome, most: int = 10) -> list[str]:
    return texts(database.call(outbox.settle_and_take, outcomes, BOT, [], most, LATER))


# Taking


def test_only_the_oldest_message_of_each_chat_is_taken(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    database.call(queue, "beto", "three")
    assert texts(take(database)) == ["one", "three"]


def test_what_is_taken_is_marked_and_not_taken_twice(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    assert texts(take(database)) == ["one"]
    assert fates(database) == [(SENDING, 1, 0, None), (QUEUED, 0, 0, None)]
    assert take(database) == [], "the second overtakes the first, whose fate is not known yet"


def test_a_chat_with_a_call_under_way_is_left_alone(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    database.call(queue, "beto", "three")
    ana = rows(database)[0].conversation_id
    assert texts(take(database, busy=[ana])) == ["three"]


def test_no_more_than_asked_for_are_taken_the_oldest_first(database: Database) -> None:
    for number in range(5):
        database.call(queue, f"chat{number}", f"text {number}")
    assert texts(take(database, most=3)) == ["text 0", "text 1", "text 2"]


def test_the_messages_of_another_bot_are_left_alone(database: Database) -> None:
    database.call(queue, "ana", "one", bot_id=OTHER_BOT)
    assert take(database) == []


def test_what_is_taken_says_where_it_goes_and_when_it_was_written(database: Database) -> None:
    [made] = database.call(queue, "ana", "one", buttons=(Button("Trabajo", "/work"),))
    [taken] = take(database)
    assert (taken.id, taken.chat_id, taken.call, taken.created_at, taken.language) == (made, "ana", Call.SEND, NOW, "es")
    assert taken.buttons == (("Trabajo", "/work"),)


def test_something_is_due_while_it_is_queued_and_its_chat_is_free(database: Database) -> None:
    def is_due(busy: list[int]) -> bool:
        return database.call(outbox.is_anything_due, BOT, busy)

    assert not is_due([])
    database.call(queue, "ana", "one")
    ana = rows(database)[0].conversation_id
    assert is_due([]) and not is_due([ana])
    take(database)
    assert not is_due([])


# Writing down how it ended


def test_the_next_message_is_taken_with_the_outcome_of_the_one_before(database: Database) -> None:
    database.call(queue, "ana", "one", "two", "three")
    [first] = take(database)
    assert settle_and_take(database, Outcome(first.id, door_id="1001")) == ["two"]
    assert fates(database) == [(SENT, 1, 0, None), (SENDING, 1, 0, None), (QUEUED, 0, 0, None)]
    assert (rows(database)[0].sent_at, rows(database)[0].door_id) == (LATER, "1001")


def test_outcomes_are_written_down_also_when_there_is_no_room_for_more(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    [first] = take(database)
    assert settle_and_take(database, Outcome(first.id), most=0) == []
    assert states(database) == [SENT, QUEUED]


def test_an_outcome_that_cannot_be_written_down_takes_nothing(database: Database) -> None:
    database.call(queue, "ana", "one")
    database.call(queue, "beto", "two")
    [first] = take(database, most=1)
    with pytest.raises(DBAPIError):
        settle_and_take(database, Outcome(first.id, door_id=cast(str, object())))
    assert states(database) == [SENDING, QUEUED]


def test_the_outcome_of_what_was_erased_meanwhile_is_dropped_and_the_others_are_written_down(database: Database) -> None:
    database.call(queue, "ana", "one")
    database.call(queue, "beto", "two")
    [first] = take(database, most=1)
    assert settle_and_take(database, Outcome(999, "refused"), Outcome(999), Outcome(first.id)) == ["two"]
    assert states(database) == [SENT, SENDING]


@pytest.mark.parametrize("failure", ["wait", "network", "token", "moved"])
def test_what_is_tried_again_keeps_its_place_as_often_as_it_takes(database: Database, failure: str) -> None:
    database.call(queue, "ana", "one", "two")
    [first] = take(database)
    for tries in range(1, 6):
        assert fates(database)[0][:2] == (SENDING, tries)
        assert settle_and_take(database, Outcome(first.id, failure, again=True)) == ["one"]
    assert fates(database) == [(SENDING, 6, 0, failure), (QUEUED, 0, 0, None)]


def test_a_send_of_unknown_fate_is_repeated_once_and_counted(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    [first] = take(database)
    assert settle_and_take(database, Outcome(first.id, "unknown", again=True)) == ["one"]
    assert settle_and_take(database, Outcome(first.id)) == ["two"]
    assert fates(database) == [(SENT, 2, 1, None), (SENDING, 1, 0, None)]


def test_a_send_of_unknown_fate_twice_fails_and_the_next_goes_on(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    [first] = take(database)
    assert settle_and_take(database, Outcome(first.id, "unknown", again=True)) == ["one"]
    assert settle_and_take(database, Outcome(first.id, "unknown", again=True)) == ["two"]
    assert fates(database)[0] == (FAILED, 2, 2, "unknown")
    assert rows(database)[0].sent_at is None


def test_a_message_that_telegram_refuses_fails_alone(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    [first] = take(database)
    assert settle_and_take(database, Outcome(first.id, "refused")) == ["two"]
    assert fates(database)[0] == (FAILED, 1, 0, "refused")


# Blocked, moved


def test_nothing_more_is_sent_to_somebody_who_blocked_us(database: Database) -> None:
    database.call(queue, "ana", "one", "two", "three")
    database.call(queue, "beto", "four")
    first, _ = take(database)
    assert settle_and_take(database, Outcome(first.id, "blocked")) == []
    database.call(queue, "ana", "written meanwhile")
    assert take(database) == []
    assert [(row.state, row.failure) for row in rows(database)] == [
        (FAILED, "blocked"), (FAILED, "blocked"), (FAILED, "blocked"), (SENDING, None), (FAILED, "blocked"),
    ]  # fmt: skip


def test_somebody_who_blocked_us_and_writes_again_is_answered(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    [first] = take(database)
    settle_and_take(database, Outcome(first.id, "blocked"))

    def write(session: Session) -> None:
        accept(session, [Arrival(BOT, "1", "ana", text_message("hola"), NOW)])
        claimed = claim(session, [BOT], "test", NOW)
        assert claimed and not changes_chat(Turn.open(session, claimed, AROUND))

    database.call(write)
    database.call(queue, "ana", "three")
    assert texts(take(database)) == ["three"], "what was written while we were blocked comes back"


def test_what_is_still_to_be_sent_follows_a_chat_that_moved(database: Database) -> None:
    database.call(queue, "ana", "one", "two", "three")
    [first] = take(database)
    settle_and_take(database, Outcome(first.id), most=0)
    [second] = take(database)
    database.call(outbox.move, rows(database)[0].conversation_id, "-100")
    assert [row.chat_id for row in rows(database)] == ["ana", "-100", "-100"]
    assert settle_and_take(database, Outcome(second.id, "moved", again=True)) == ["two"]


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


def test_a_send_that_two_dead_processes_left_half_done_fails(database: Database) -> None:
    database.call(queue, "ana", "one", "two")
    for _ in range(2):
        take(database)
        database.call(outbox.recover, BOT)
    assert fates(database)[0] == (FAILED, 2, 2, "unknown")
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
