"""Updates of the staff's group come in by a way of their own: kept, exactly once, and never seen by the dialogue."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from telegram import Bot

from bot.conversation.incoming import Incoming, Kind
from bot.conversation.surroundings import Surroundings
from bot.conversation.turn import begin_next
from bot.metrics import Metrics
from bot.records.database import Database
from bot.records.deliveries import InboxUpdate
from bot.telegram_adapter.intake import Intake
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.updates import arrival_of
from tests import telegram_json as telegram
from tests.staff_group import GROUP, ROSA, STAFF_CHAT, person

BOT_ID = "telegram:1"
IN_TOPIC = {"message_thread_id": 9, "is_topic_message": True}


class Answers:
    """Stands in for telegram.Bot: what it is asked to say or answer; it reads updates as the library does."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.told: list[str] = []
        self.defaults = None

    async def answer_callback_query(self, query: str) -> None:
        self.answered.append(query)

    async def send_message(self, chat_id: str, text: str) -> None:
        self.told.append(chat_id)


def took(database: Database, *raws: dict[str, Any]) -> tuple[Answers, int, int]:
    """What Telegram was asked, how many updates rang for the dialogue and how often the staff's bell rang."""
    bot, rung, staff = Answers(), list[int](), list[int]()

    async def run() -> None:
        line = cast(Line, SimpleNamespace(bot=bot, bot_id=BOT_ID))
        intake = Intake(line, database, rung.append, Metrics(), lambda language: "no se guardó", GROUP)
        intake.on_staff = lambda: staff.append(1)
        try:
            await intake.take(raws)
        finally:
            await asyncio.sleep(0)
            await asyncio.gather(*intake._under_way)

    asyncio.run(run())
    return bot, sum(rung), len(staff)


def written(**more: Any) -> dict[str, Any]:
    return telegram.message(chat=STAFF_CHAT, sender=person(ROSA), **{"text": "buenas tardes", **more})


def incoming(raw: dict[str, Any]) -> tuple[str, Incoming] | None:
    arrival = arrival_of(raw, Bot("1:nobody"), BOT_ID, cast(Any, None), GROUP)
    return (arrival.bot_id, arrival.incoming) if arrival else None


def test_what_staff_write_in_a_topic_arrives_at_their_desk() -> None:
    assert incoming(written(**IN_TOPIC)) == (
        "staff-telegram:1", Incoming(Kind.TEXT, "buenas tardes", door_id="7", sender=str(ROSA), thread="9")
    )  # fmt: skip


def test_an_answer_outside_a_topic_names_no_topic() -> None:
    """Telegram gives the number of the first message of a thread of answers too."""
    assert incoming(written(message_thread_id=9)) is None


@pytest.mark.parametrize(
    "more", [{"forum_topic_closed": {}, "text": None}, {"pinned_message": telegram.text("x")["message"], "text": None}]
)
def test_what_telegram_itself_says_of_a_topic_is_nothing(more: dict[str, Any]) -> None:
    raw = written(**IN_TOPIC, **more)
    raw["message"].pop("text")
    assert incoming(raw) is None


def test_a_person_who_writes_soy_without_a_staffs_group_is_a_person() -> None:
    raw = telegram.text("/soy 1-ABC")
    arrival = arrival_of(raw, Bot("1:nobody"), BOT_ID, cast(Any, None), None)
    assert arrival is not None and arrival.bot_id == BOT_ID
    assert incoming(raw) is not None and cast(Any, incoming(raw))[0] == "staff-telegram:1"


def test_a_person_whose_words_only_begin_so_is_a_person() -> None:
    assert cast(Any, incoming(telegram.text("/soyhondureña")))[0] == BOT_ID
    assert cast(Any, incoming(telegram.text("soy de Honduras")))[0] == BOT_ID


def test_the_dialogue_never_takes_what_staff_wrote(database: Database, content_around: Surroundings) -> None:
    _, for_dialogue, for_staff = took(database, written(**IN_TOPIC), telegram.text("hola"))
    assert (for_dialogue, for_staff) == (1, 1)
    begun = database.call(begin_next, [BOT_ID], content_around)
    assert begun is not None and begun[0].incoming.text == "hola"
    left = database.call(
        lambda session: [each.bot_id for each in session.scalars(select(InboxUpdate).where(InboxUpdate.leased_by.is_(None)))]
    )
    assert left == ["staff-telegram:1"]


def test_a_button_of_the_group_is_answered_by_the_desk_and_not_at_once(database: Database) -> None:
    in_group = telegram.pressed("own", STAFF_CHAT, person(ROSA))
    private = telegram.pressed("/help")
    private["callback_query"]["id"] = "77"
    bot, *_ = took(database, in_group, private)
    assert bot.answered == ["77"]


def test_the_group_is_not_told_that_something_could_not_be_kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise OperationalError("x", {}, Exception("disk full"))

    monkeypatch.setattr("bot.conversation.inbox.accept", refuses)
    told: list[str] = []
    monkeypatch.setattr(Answers, "send_message", lambda self, chat_id, text: _note(told, chat_id))
    with pytest.raises(OperationalError):
        took(database, written(**IN_TOPIC), telegram.text("hola"))
    assert told == [str(telegram.ANA)]


async def _note(told: list[str], chat_id: str) -> None:
    told.append(chat_id)
