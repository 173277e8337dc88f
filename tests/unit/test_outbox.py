"""The queue of what goes out: in order for each chat, taken once, and honest about what nobody knows.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL; tests/unit/test_sender.py delivers the queue to Telegram.
"""

from typing import cast

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.content.published import Button
from bot.conversation import outbox
from bot.conversation.context import Turn
from bot.conversation.inbox import Arrival, accept, claim
from bot.conversation.incoming import text_message
from bot.conversation.outbox import Outcome
from bot.conversation.received import changes_chat
from bot.records.database import Database
from bot.records.deliveries import Call
from tests.outgoing import (
    AROUND,
    BOT,
    FAILED,
    LATER,
    NOW,
    OTHER_BOT,
    QUEUED,
    SENDING,
    SENT,
    fates,
    queue,
    rows,
    settle_and_take,
    states,
    take,
    texts,
)

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
