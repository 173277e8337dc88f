"""Logs: ids, states and durations; never names, texts or telephones. The bot token, which is in every Telegram URL, and the
webhook's secret are blotted out.

One JSON object a line for whoever collects them, or plain lines for a person at a terminal.
"""

import logging
import re
import sys
from collections.abc import Sequence

from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
SECRET = re.compile(r"(?i)(secret[_-]?token\W{1,6})[A-Za-z0-9_-]{16,}")
NOISY = ("httpx", "httpcore", "alembic", "telegram", "uvicorn.error", "asyncio")


def without_secrets(text: str, known: Sequence[str] = ()) -> str:
    for secret in known:
        text = text.replace(secret, "<secret>")
    return SECRET.sub(r"\1<secret>", TOKEN.sub("<token>", text))


class PlainLines(logging.Formatter):
    known: Sequence[str] = ()

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record), self.known)


class JsonLines(JsonFormatter):
    known: Sequence[str] = ()

    def jsonify_log_record(self, log_data: LogData) -> str:
        """Blotted out before it is JSON, which stays JSON whatever the text was."""
        clean = {name: without_secrets(value, self.known) if isinstance(value, str) else value for name, value in log_data.items()}
        return super().jsonify_log_record(clean)


def set_up_logs(level: str, form: str = "auto", secrets: Sequence[str] = ()) -> None:
    """`secrets`: words that must not appear, whatever stands beside them."""
    formatter: PlainLines | JsonLines
    if form == "json" or (form == "auto" and not sys.stderr.isatty()):
        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        formatter = JsonLines("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names, json_ensure_ascii=False)
    else:
        formatter = PlainLines("%(asctime)s %(levelname)s %(name)s %(message)s")
    formatter.known = secrets
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
