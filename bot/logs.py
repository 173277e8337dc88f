"""Logs: ids, states and durations; never names, texts or telephones. The bot token, which is in every Telegram URL, is blotted out.

One JSON object a line for whoever collects them, or plain lines for a person at a terminal.
"""

import logging
import re
import sys

from pythonjsonlogger.json import JsonFormatter

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
SECRET = re.compile(r"(?i)(secret[_-]?token\W{1,6})[A-Za-z0-9_-]{16,}")
NOISY = ("httpx", "httpcore", "alembic", "telegram", "uvicorn.error", "asyncio")


def without_secrets(text: str) -> str:
    return SECRET.sub(r"\1<secret>", TOKEN.sub("<token>", text))


class PlainLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JsonLines(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def set_up_logs(level: str, form: str = "auto") -> None:
    handler = logging.StreamHandler()
    if form == "json" or (form == "auto" and not sys.stderr.isatty()):
        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(JsonLines("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names, json_ensure_ascii=False))
    else:
        handler.setFormatter(PlainLines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
