"""The inbox: everything that arrives is dealt with once, in order for each chat, by one process at a time.

tests/integration/test_postgresql.py runs the same rules on PostgreSQL.
"""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation import inbox
from bot.conversation.inbox import LEASE, Accepted, Arrival, Claimed
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BOT, OTHER_BOT = "telegram:1", "telegram:2"
MOMENT = timedelta(microseconds=1)


def arrival(number: int, chat: str = "ana", bot_id: str = BOT, text: str = "") -> Arrival:
    return Arrival(bot_id, str(number), chat, text_message(text or f"{chat} {number}"), NOW)


def accept(database: Database, *arrivals: Arrival) -> list[Accepted]:
    return database.call(inbox.accept, list(arrivals))


def claim(database: Database, worker: str = "one", now: datetime = NOW) -> Claimed | None:
    return database.call(inbox.claim, [BOT], worker, now)


def claim_text(database: Database, worker: str = "one", now: datetime = NOW) -> str | None:
    claimed = claim(database, worker, now)
    return claimed.incoming.text if claimed else None


def claimed_now(database: Database, worker: str = "one", now: datetime = NOW) -> Claimed:
    claimed = claim(database, worker, now)
    assert claimed is not None, "there was nothing to claim"
    return claimed


def finish(database: Database, inbox_id: int, worker: str = "one", now: datetime = NOW) -> bool:
    return database.call(inbox.finish, inbox_id, worker, now)


def rows(database: Database) -> list[InboxUpdate]:
    return database.call(lambda session: list(session.scalars(select(InboxUpdate).order_by(InboxUpdate.id))))


def test_the_same_update_twice_is_one_row(database: Database) -> None:
    [first] = accept(database, arrival(7, text="hola"))
    [again] = accept(database, arrival(7, text="something else"))
    assert again == first
    assert [row.incoming["text"] for row in rows(database)] == ["hola"]


def test_the_same_update_twice_in_one_batch_is_one_row(database: Database) -> None:
    first, again, other = accept(database, arrival(7), arrival(7), arrival(8))
    assert first.id == again.id != other.id
    assert len(rows(database)) == 2


def test_the_same_number_from_another_bot_is_another_update(database: Database) -> None:
    first, other = accept(database, arrival(7), arrival(7, bot_id=OTHER_BOT))
    assert first.id != other.id
    assert accept(database, arrival(7, bot_id=OTHER_BOT), arrival(7)) == [other, first]


def test_updates_are_answered_for_in_the_order_given(database: Database) -> None:
    [second] = accept(database, arrival(2))
    answered = accept(database, arrival(3), arrival(2), arrival(1))
    by_number = {row.update_id: row.id for row in rows(database)}
    assert [each.id for each in answered] == [by_number["3"], second.id, by_number["1"]]


def test_a_repeat_says_whether_the_update_was_dealt_with(database: Database) -> None:
    [first] = accept(database, arrival(7))
    assert not first.done
    assert finish(database, claimed_now(database).id)
    assert accept(database, arrival(7)) == [Accepted(first.id, True)]
    assert claim(database) is None


def test_what_arrived_is_handed_over_whole(database: Database) -> None:
    sent = Incoming(Kind.LOCATION, latitude=19.04, longitude=-98.2, file_id="f")
    accept(database, Arrival(BOT, "1", "111000111", sent, NOW))
    claimed = claimed_now(database)
    assert (claimed.incoming, claimed.chat_id, claimed.bot_id) == (sent, "111000111", BOT)
    assert (claimed.received_at, claimed.attempts) == (NOW, 1)


def test_the_chat_is_kept_as_a_hash(database: Database) -> None:
    accept(database, arrival(1, chat="111000111"), arrival(2, chat="111000111"), arrival(3, chat="222"))
    chats = [row.chat for row in rows(database)]
    assert chats[0] == chats[1] == inbox.chat_hash(BOT, "111000111")
    assert chats[2] != chats[0] != inbox.chat_hash(OTHER_BOT, "111000111")
    assert "111000111" not in chats[0]


def test_a_chat_is_dealt_with_in_order(database: Database) -> None:
    accept(database, *(arrival(number, text=f"message {number}") for number in (5, 3, 9)))
    seen = []
    for _ in range(3):
        claimed = claimed_now(database)
        seen.append(claimed.incoming.text)
        assert finish(database, claimed.id)
    assert seen == ["message 5", "message 3", "message 9"]
    assert claim(database) is None


def test_a_chat_is_dealt_with_by_one_at_a_time(database: Database) -> None:
    accept(database, arrival(1), arrival(2))
    first = claimed_now(database, "one")
    assert claim(database, "two") is None
    assert claim(database, "one") is None
    assert finish(database, first.id)
    assert claim_text(database, "two") == "ana 2"


def test_many_chats_are_dealt_with_at_once_the_oldest_first(database: Database) -> None:
    accept(database, *(arrival(number, chat=f"chat{number % 20}") for number in range(60)))
    assert [claim_text(database) for _ in range(21)] == [*(f"chat{number} {number}" for number in range(20)), None]


def test_two_bots_with_the_same_chat_do_not_wait_for_each_other(database: Database) -> None:
    accept(database, arrival(1), arrival(2, bot_id=OTHER_BOT))
    assert claim(database)
    taken = database.call(inbox.claim, [BOT, OTHER_BOT], "one", NOW)
    assert taken and taken.bot_id == OTHER_BOT


def test_the_updates_of_other_bots_are_left_alone(database: Database) -> None:
    accept(database, arrival(1, bot_id=OTHER_BOT))
    assert claim(database) is None
    assert database.call(inbox.claim, [OTHER_BOT], "one", NOW) is not None


def test_a_lease_holds_until_it_runs_out(database: Database) -> None:
    accept(database, arrival(1))
    assert claimed_now(database, "one").attempts == 1
    assert claim(database, "two", NOW + LEASE) is None
    taken_over = claimed_now(database, "two", NOW + LEASE + MOMENT)
    assert (taken_over.incoming.text, taken_over.attempts) == ("ana 1", 2)
    assert claim(database, "one", NOW + LEASE + 2 * MOMENT) is None, "the new lease was not written"


def test_who_finishes_late_has_lost(database: Database) -> None:
    accept(database, arrival(1), arrival(2))
    late = claimed_now(database, "one")
    taken_over = claimed_now(database, "two", NOW + LEASE + MOMENT)
    assert taken_over.id == late.id
    assert not finish(database, late.id, "one")
    assert rows(database)[0].done_at is None
    assert claim(database, "three", NOW + LEASE + MOMENT) is None, "the late one has opened the chat"
    assert finish(database, late.id, "two", NOW + LEASE)
    assert rows(database)[0].done_at == NOW + LEASE
    assert not finish(database, late.id, "two"), "it was dealt with twice"
    assert not finish(database, late.id, "one")


def test_who_finishes_late_but_was_not_replaced_has_not_lost(database: Database) -> None:
    accept(database, arrival(1))
    claimed = claimed_now(database, "one")
    assert finish(database, claimed.id, "one", NOW + 3 * LEASE)


def test_an_update_that_nobody_took_cannot_be_finished(database: Database) -> None:
    [accepted] = accept(database, arrival(1))
    assert not finish(database, accepted.id)
    assert claim(database) is not None


def test_a_failed_turn_is_set_aside_until_the_lease_runs_out_and_its_attempt_counted(database: Database) -> None:
    accept(database, arrival(1), arrival(2), arrival(3, chat="beto"))
    failed: list[Claimed] = []

    def turn(session: Session) -> None:
        claimed = inbox.claim(session, [BOT], "one", NOW)
        assert claimed
        failed.append(claimed)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.call(turn)
    assert [row.attempts for row in rows(database)] == [0, 0, 0], "the claim was not rolled back with its turn"
    database.call(inbox.set_aside, failed[0], "one", NOW)
    assert claim_text(database) == "beto 3"
    assert claim(database, now=NOW + LEASE) is None
    again = claimed_now(database, "two", NOW + LEASE + MOMENT)
    assert (again.incoming.text, again.attempts) == ("ana 1", 2)


def test_releasing_takes_back_what_an_earlier_process_held(database: Database) -> None:
    accept(database, arrival(1), arrival(2, chat="beto"))
    held = [claimed_now(database, "dead"), claimed_now(database, "dead")]
    assert claim(database) is None
    database.call(inbox.release, [BOT])
    assert [claim_text(database), claim_text(database)] == ["ana 1", "beto 2"]
    assert not finish(database, held[0].id, "dead")


def test_releasing_leaves_other_bots_and_what_is_done(database: Database) -> None:
    accept(database, arrival(1), arrival(2, bot_id=OTHER_BOT))
    assert finish(database, claimed_now(database).id)
    assert database.call(inbox.claim, [OTHER_BOT], "two", NOW)
    database.call(inbox.release, [BOT])
    assert claim(database) is None
    assert database.call(inbox.claim, [OTHER_BOT], "three", NOW) is None


def test_purging_keeps_the_row_and_empties_what_it_held(database: Database) -> None:
    accept(database, arrival(1), arrival(2, chat="beto"))
    assert finish(database, claimed_now(database).id)
    assert database.call(inbox.purge, NOW + MOMENT) == 1
    purged, waiting = rows(database)
    assert purged.incoming is None and purged.done_at == NOW
    assert waiting.incoming == {"chat_id": "beto", "kind": "text", "text": "beto 2"}
    assert accept(database, arrival(1)) == [Accepted(purged.id, True)], "a repeat is not recognized any more"
    assert claim_text(database) == "beto 2"
    assert database.call(inbox.purge, NOW + MOMENT) == 0


def test_purging_leaves_what_was_dealt_with_since(database: Database) -> None:
    accept(database, arrival(1))
    assert finish(database, claimed_now(database).id)
    assert database.call(inbox.purge, NOW) == 0
    assert rows(database)[0].incoming is not None


def test_workers_side_by_side_take_each_update_once_and_in_order(database: Database) -> None:
    chats, each = 10, 12
    accept(database, *(arrival(number, chat=f"chat{number % chats}") for number in range(chats * each)))
    order = itertools.count()
    done: list[tuple[int, str, int]] = []
    start = threading.Barrier(4)

    def work(worker: str) -> None:
        start.wait(10)
        for _ in range(chats * each):
            claimed = claim(database, worker)
            if claimed is None:
                return
            done.append((next(order), claimed.chat, int(claimed.incoming.text.split()[1])))
            assert finish(database, claimed.id, worker)

    with ThreadPoolExecutor(4) as threads:
        for result in [threads.submit(work, f"worker {number}") for number in range(4)]:
            result.result(60)
    start = threading.Barrier(1)
    work("last")  # a worker that found every chat taken has gone home early
    assert sorted(number for _, _, number in done) == list(range(chats * each))
    for chat in {chat for _, chat, _ in done}:
        numbers = [number for _, named, number in sorted(done) if named == chat]
        assert numbers == sorted(numbers), "out of order"
    assert database.call(lambda session: session.scalar(select(func.max(InboxUpdate.attempts)))) == 1
