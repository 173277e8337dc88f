"""Puts the service together, in one place and with ordinary arguments."""

import fcntl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bot.conversation import inbox
from bot.conversation.live import LiveContent
from bot.conversation.worker import Worker, utc_now
from bot.errors import StorageError
from bot.handoff.attachments import SentFile
from bot.handoff.watching import Watching
from bot.metrics import Metrics
from bot.rasa.client import RasaClient
from bot.rasa.training import MODELS
from bot.records.database import Database, open_database
from bot.settings import Settings


@dataclass
class App:
    settings: Settings
    database: Database
    content: LiveContent
    rasa: RasaClient
    worker: Worker
    metrics: Metrics
    lock: TextIO | None
    fetch_file: Callable[[SentFile], Awaitable[bytes]] | None = None  # one that a person sent, where Telegram is served
    silent_for: Callable[[], float] | None = None  # seconds since updates could be fetched; of the bot that waits longest
    clock: Callable[[], datetime] = utc_now
    watching: Watching = field(init=False)  # the pages of the staff that are open

    def __post_init__(self) -> None:
        self.watching = Watching(self.database, self.clock)
        self.worker.on_turn = self.watching.ring

    async def close(self) -> None:
        self.watching.close()
        self.worker.stop()
        await self.rasa.close()
        self.database.close()
        if self.lock:
            self.lock.close()


def compose(settings: Settings, rasa: RasaClient, bot_ids: list[str], lock_name: str, clock: Callable[[], datetime] = utc_now) -> App:
    """Everything but the doors. Raises a PuenteError in one line when something is not as it must be."""
    content = LiveContent(settings.puente_flows, settings.puente_institution, MODELS)
    database = open_database(settings.url, settings.keys_file)
    lock = None
    if database.is_sqlite:  # one process deals with these doors, so leases of an earlier one mean nothing
        lock = _only_one(settings.puente_var / "run" / f"{lock_name}.lock")
        database.call(inbox.release, bot_ids)
    metrics = Metrics()
    worker = Worker(database, content, rasa, bot_ids, clock, metrics, settings.files_folder, settings.puente_public_url, settings.address)
    return App(settings, database, content, rasa, worker, metrics, lock, clock=clock)


def _only_one(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StorageError(
            f"{path.parent.parent}: otro Puente ya usa esta carpeta de datos; deténgalo o cambie PUENTE_VAR y PUENTE_PORT"
        ) from None
    return lock
