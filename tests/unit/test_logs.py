"""Logs: one JSON object a line or plain lines, and never the bot's token nor the webhook's secret."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.logs import NOISY, set_up_logs

TOKEN = "4242424242:AAE-abcdefghijklmnopqrstuvwxyz_1234"
SECRET = "webhook-Secret_0123456789"
FORMS = ("json", "text")

type Start = Callable[..., Callable[[], str]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Set the logs up; the function it gives reads what was logged since."""
    root, before = logging.getLogger(), [*logging.getLogger().handlers]
    level, levels = root.level, {name: logging.getLogger(name).level for name in NOISY}

    def begin(form: str, level: str = "INFO", secrets: tuple[str, ...] = (SECRET,), terminal: bool = False) -> Callable[[], str]:
        written = io.StringIO()
        written.isatty = lambda: terminal  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stderr", written)
        set_up_logs(level, form, secrets)

        def read() -> str:
            text = written.getvalue()
            written.seek(0)
            written.truncate()
            return text

        return read

    yield begin
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def parsed(text: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.splitlines()]


WAYS = {
    "an address": f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
    "the token alone": TOKEN,
    "between quotes": f"token='{TOKEN}'",
    "a header": f"X-Telegram-Bot-Api-Secret-Token: {SECRET}",
    "headers as a server has them": f"[(b'x-telegram-bot-api-secret-token', b'{SECRET}')]",
    "a call of the library": f"Calling `setWebhook` with {{'url': 'https://a.mx/telegram', 'secret_token': '{SECRET}'}}",
    "a request as JSON": json.dumps({"secret_token": SECRET}),
    "the secret alone": SECRET,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("message", WAYS.values(), ids=WAYS)
def test_no_secret_appears_however_it_is_logged(form: str, message: str, start: Start) -> None:
    read = start(form)
    log = logging.getLogger("bot.test")
    log.error("before %s after", message)
    try:
        raise ValueError(message)
    except ValueError:
        log.exception("failed with %r", message)
    log.error("as an argument of another kind: %s", [message, message.encode()])
    logged = read()
    assert "before" in logged and "after" in logged and "ValueError" in logged
    assert TOKEN.partition(":")[2] not in logged and SECRET not in logged


def test_what_is_set_by_hand_and_looks_like_a_secret_of_telegram_is_blotted_out_even_unknown(start: Start) -> None:
    read = start("text", secrets=())
    logging.getLogger("bot.test").error("{'secret_token': '%s'} and X-Telegram-Bot-Api-Secret-Token: %s", SECRET, SECRET)
    assert SECRET not in read()


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_secret_stays(form: str, start: Start) -> None:
    read = start(form)
    logging.getLogger("bot.test").info("Telegram bot %s is served at %s", 4242424242, "18:00:00")
    assert "Telegram bot 4242424242 is served at 18:00:00" in read()


def test_a_line_of_json_says_when_how_bad_where_and_what(start: Start) -> None:
    read = start("json")
    logging.getLogger("bot.test").warning("Año «nuevo»\nde %s", 2027)
    [line] = parsed(read())
    assert {name: line[name] for name in ("level", "logger", "message")} == {
        "level": "WARNING", "logger": "bot.test", "message": "Año «nuevo»\nde 2027",
    }  # fmt: skip
    assert line["time"]


def test_a_failure_is_one_line_of_json_with_its_place(start: Start) -> None:
    read = start("json")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("bot.test").exception("failed")
    [line] = parsed(read())
    assert line["message"] == "failed" and "ZeroDivisionError" in line["exc_info"] and __file__ in line["exc_info"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("\x001:" + "a" * 20)
@example(f'"{TOKEN}"')
@example("\u2028\x85\r\n\\")
def test_any_message_is_one_line_of_json(start: Start, message: str) -> None:
    read = start("json", secrets=())
    logging.getLogger("bot.test").info("%s", message)
    logged = read()
    assert logged.count("\n") == 1
    assert isinstance(json.loads(logged)["message"], str)


@pytest.mark.parametrize(("terminal", "is_json"), [(True, False), (False, True)])
def test_a_person_at_a_terminal_reads_text_and_a_collector_json(terminal: bool, is_json: bool, start: Start) -> None:
    read = start("auto", terminal=terminal)
    logging.getLogger("bot.test").info("hello")
    assert read().startswith("{") is is_json


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING"])
def test_libraries_that_log_addresses_or_contents_never_say_more_than_warnings(level: str, start: Start) -> None:
    read = start("text", level)
    for name in ("httpx", "telegram.ext", "telegram.Bot", "httpcore.http11"):
        logging.getLogger(name).info("POST /sendMessage palabras de Tomasa")
        logging.getLogger(name).debug("palabras de Tomasa")
    assert read() == ""
