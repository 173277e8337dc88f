"""An installation to whose webhook Telegram brings updates, for tests of what comes in and of how it is set."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.app import App
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker, utc_now
from bot.metrics import Metrics
from bot.rasa.client import RasaClient
from bot.records.database import open_database
from bot.settings import Settings
from tests.bot_api import TOKEN

SECRET = "s3cret-of-the-webhook_0123456789"
ADDRESS = "https://puente.example/telegram"


@contextmanager
def installed(folder: Path, live: LiveContent) -> Iterator[App]:
    settings = Settings(
        telegram_token=TOKEN, telegram_webhook_url=ADDRESS, telegram_webhook_secret=SECRET, telegram_api_url="http://127.0.0.1:9",
        puente_var=folder, _env_file=None,
    )  # fmt: skip
    database, rasa, metrics = open_database(settings.url, settings.keys_file), RasaClient.at(9), Metrics()
    made = App(settings, database, live, rasa, Worker(database, live, rasa, ["telegram:4242424242"], utc_now, metrics), metrics, None)
    try:
        yield made
    finally:
        asyncio.run(made.close())


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 30))
