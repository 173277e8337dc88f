"""Updates that nobody has heard of yet or that cannot be read: whoever sent them is answered, and nothing said is logged."""

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.inbox import Arrival
from bot.conversation.incoming import Incoming, Kind
from bot.telegram_adapter import updates
from bot.telegram_adapter.updates import ALLOWED, arrival_of, kind_of
from tests import telegram_json as telegram
from tests.telegram_json import ANA, CHANNEL, GROUP, PRIVATE, file, pressed, text
from tests.unit.test_updates import BOT, BOT_ID, NOW


def arrives(raw: dict[str, Any]) -> Arrival | None:
    return arrival_of(raw, BOT, BOT_ID, NOW)


def test_an_update_of_an_unknown_kind_in_a_private_chat_is_something_else() -> None:
    raw = telegram.update("telepathy", {"chat": PRIVATE, "thought": "secreto"}, 9)
    assert arrives(raw) == Arrival(BOT_ID, "9", str(ANA), Incoming(Kind.OTHER), NOW)


@pytest.mark.parametrize("chat", [GROUP, CHANNEL, {"id": "seven", "type": "private"}, {"type": "private"}, None, "private"])
def test_an_update_of_an_unknown_kind_elsewhere_is_left_out(chat: Any) -> None:
    assert arrives(telegram.update("telepathy", {"chat": chat})) is None


def test_an_update_without_a_chat_is_left_out_and_only_its_kind_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    raw = telegram.update("inline_query", {"id": "3", "from": telegram.ANA_HERSELF, "query": "secreto", "offset": ""}, 9)
    assert arrives(raw) is None
    assert "inline_query" in caplog.text and "ecret" not in caplog.text


def test_an_update_the_library_cannot_read_is_something_else_if_it_has_a_private_chat(caplog: pytest.LogCaptureFixture) -> None:
    unreadable = {"chat": PRIVATE, "from": telegram.ANA_HERSELF, "text": "secreto"}  # neither a number nor a date
    assert arrives(telegram.update("message", unreadable, 9)) == Arrival(BOT_ID, "9", str(ANA), Incoming(Kind.OTHER), NOW)
    assert arrives(telegram.update("message", {**unreadable, "chat": GROUP})) is None
    assert "ecret" not in caplog.text


def test_what_the_librarys_error_quotes_is_not_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class Strict:
        @staticmethod
        def de_json(raw: dict[str, Any], bot: Any) -> None:
            raise ValueError(f"no update: {raw}")

    monkeypatch.setattr(updates, "Update", Strict)
    assert arrives(text("secreto")) is not None
    assert "ValueError" in caplog.text and "ecret" not in caplog.text


def test_a_press_the_library_cannot_read_is_something_else(caplog: pytest.LogCaptureFixture) -> None:
    raw = pressed("/help")
    del raw["callback_query"]["chat_instance"], raw["callback_query"]["id"]
    found = arrives(raw)
    assert found is not None and (found.chat_id, found.incoming) == (str(ANA), Incoming(Kind.OTHER))


@pytest.mark.parametrize("kind", ALLOWED)
def test_updates_are_counted_by_the_kinds_we_ask_for(kind: str) -> None:
    assert kind_of({"update_id": 1, kind: {}}) == kind


def test_updates_we_do_not_ask_for_are_counted_as_unknown() -> None:
    assert kind_of({"update_id": 1, "poll_answer": {}}) == kind_of({}) == "unknown"


SECRET = "Ana Secreta"
NAMES = [
    *ALLOWED,
    "update_id",
    "chat",
    "from",
    "id",
    "type",
    "date",
    "message_id",
    "text",
    "location",
    "photo",
    "data",
    "new_chat_member",
    "status",
]
VALUES = st.one_of(
    st.just(SECRET),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["private", "group", "member"]),
)
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6), max_leaves=25
)
UPDATES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=4)


class Kept(logging.Handler):
    """What is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@given(UPDATES)
def test_no_update_raises_and_nothing_said_is_logged(raw: dict[str, Any]) -> None:
    kept = Kept()
    logging.getLogger("bot").addHandler(kept)
    try:
        arrival = arrives(raw)
    finally:
        logging.getLogger("bot").removeHandler(kept)
    assert arrival is None or Incoming.from_json(arrival.incoming.to_json()) == arrival.incoming
    assert not any(SECRET in line for line in kept.lines)


@given(st.dictionaries(st.sampled_from([name for name in text("x", **file("voice"))["message"] if name != "chat"]), JSON, max_size=4))
def test_a_message_that_is_partly_spoilt_is_still_answered(spoilt: dict[str, Any]) -> None:
    """Telegram changes what a field holds: whoever wrote is not left without an answer."""
    raw = text("hola")
    raw["message"].update(spoilt)
    arrival = arrives(raw)
    assert arrival is not None and arrival.chat_id == str(ANA)
