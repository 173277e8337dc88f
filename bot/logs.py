"""Logs: ids, states and durations; never names, texts or telephones. The bot token, which is in every Telegram URL, is blotted out."""

import logging
import re

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")


class WithoutToken(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return TOKEN.sub("<token>", super().format(record))


def set_up_logs(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutToken("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic", "telegram", "uvicorn.error", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
