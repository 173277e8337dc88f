"""The wall clock may be put back or forward: no chat waits for it to catch up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation import inbox
from bot.conversation.context import Taken
from bot.conversation.inbox import LEASE, LONGEST_LEASE, Arrival
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.turn import begin_next
from bot.records.database import Database

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
BOT, SECOND = "telegram:1", timedelta(seconds=1)


@pytest.fixture(scope="module")
def around(live: LiveContent) -> Surroundings:
    content, detector = live.current()
    return Surroundings(content, detector, "one", "", NOW)


def say(database: Database, around: Surroundings, incoming: Incoming, now: datetime, number: int) -> list[str | None]:
    """The responses to what Ana sends at that moment."""
    database.call(inbox.accept, [Arrival(BOT, str(number), "ana", incoming, now)])
    begun = database.call(begin_next, [BOT], replace(around, now=now))
    assert begun is not None and isinstance(begun[1], Taken)
    return [reply.response for reply in begun[1].replies]


@pytest.mark.parametrize(
    ("now", "is_free"),
    [
        (NOW, False),
        (NOW + LEASE, False),
        (NOW + LEASE + SECOND, True),
        (NOW - LEASE + SECOND, False),  # another process's clock may be that much behind
        (NOW + LEASE - LONGEST_LEASE - SECOND, True),
        (NOW - timedelta(hours=1), True),
    ],
)
def test_a_lease_holds_for_its_time_and_not_after_the_clock_was_put_back(database: Database, now: datetime, is_free: bool) -> None:
    database.call(inbox.accept, [Arrival(BOT, "1", "ana", text_message("hola"), NOW)])
    assert database.call(inbox.claim, [BOT], "one", NOW) is not None
    assert (database.call(inbox.claim, [BOT], "other", now) is not None) is is_free


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)])
def test_thirty_messages_before_the_clock_jumped_are_no_flood(database: Database, around: Surroundings, jump: timedelta) -> None:
    for number in range(31):
        assert say(database, around, text_message("menu"), NOW + number * 5 * SECOND, number) == ["utter_help"]
    assert say(database, around, text_message("menu"), NOW + 200 * SECOND + jump, 99) == ["utter_help"]


def test_an_old_message_corrected_is_no_flood(database: Database, around: Surroundings) -> None:
    """Telegram says of a correction when the message was first sent."""
    day = timedelta(days=1)
    old = replace(text_message("menu"), door_id="5", said_at=int((NOW - day).timestamp()))
    assert "utter_help" in say(database, around, old, NOW - day, 0)
    for number in range(1, 32):
        say(database, around, text_message("menu"), NOW + number * 5 * SECOND, number)
    corrected = replace(old, kind=Kind.EDIT, text="idioma")
    assert "utter_too_many" not in say(database, around, corrected, NOW + timedelta(minutes=5), 99)


def test_thirty_messages_in_a_minute_are_one(database: Database, around: Surroundings) -> None:
    for number in range(30):
        say(database, around, text_message("menu"), NOW + number * SECOND, number)
    assert say(database, around, text_message("menu"), NOW + 31 * SECOND, 99) == ["utter_too_many"]
