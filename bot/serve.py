"""The bot process: the worker, the doors and the housekeeping, until it is told to stop."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App, compose
from bot.conversation import deferred, inbox
from bot.conversation.worker import KEPT_FOR, utc_now
from bot.errors import SettingsError
from bot.local_chat.web import BOT_ID, web_app
from bot.rasa.client import RasaClient
from bot.settings import Settings

logger = logging.getLogger(__name__)

HOUSEKEEPING = 2.0  # seconds
STOP_WITHIN = 5.0  # seconds
PURGE_EVERY = 300  # rounds of housekeeping


async def serve(settings: Settings, rasa_port: int) -> None:
    """Raises a PuenteError in one line when it cannot start or Telegram refuses the token."""
    telegram_id, bot_ids = None, [BOT_ID]
    if settings.telegram_token:
        from bot.telegram_adapter.door import bot_id_of, telegram_bot

        telegram_id = bot_id_of(settings.telegram_token.get_secret_value())
        bot_ids.append(telegram_id)
    app = compose(settings, RasaClient.at(rasa_port), bot_ids, "serve")
    server = _web_server(app, settings)
    others: list[Coroutine[Any, Any, None]] = [app.content.watch(), _housekeeping(app)]
    if telegram_id:
        from bot.telegram_adapter.door import serve_telegram

        others.append(serve_telegram(app, telegram_bot(settings), telegram_id))
    await _until_stopped(app, server, others)


async def _until_stopped(app: App, server: uvicorn.Server, others: list[Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    lasting = [asyncio.create_task(app.worker.run()), asyncio.create_task(server.serve())]
    tasks = [*lasting, *(asyncio.create_task(job) for job in others)]
    stopping = asyncio.create_task(_wait(stop))
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        app.worker.stop()
        server.should_exit = True
        await asyncio.wait(lasting, timeout=STOP_WITHIN)  # turns and pages under way are finished
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
        await app.close()


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


class _Server(uvicorn.Server):
    """Leaves signals to us: the worker has to finish its turns first."""

    def install_signal_handlers(self) -> None:
        pass


def _web_server(app: App, settings: Settings) -> uvicorn.Server:
    config = uvicorn.Config(
        web_app(app), host=settings.puente_host, port=settings.puente_port, log_config=None, access_log=False,
        lifespan="off", server_header=False, proxy_headers=False,
    )  # fmt: skip
    try:
        config.bind_socket().close()
    except SystemExit:  # uvicorn's way of saying that the port is taken
        raise SettingsError(f"PUENTE_PORT: {settings.puente_port} lo usa otro programa; ponga otro puerto") from None
    return _Server(config)


async def _housekeeping(app: App) -> None:
    rounds = 0
    while True:
        await asyncio.sleep(HOUSEKEEPING)
        try:
            if await app.rasa.is_ready():
                again = await app.database.run(deferred.ask_again, utc_now())
                if again:
                    app.worker.ring()
            if rounds % PURGE_EVERY == 0:
                await app.database.run(inbox.purge, utc_now() - KEPT_FOR)
        except SQLAlchemyError as error:
            logger.error("Housekeeping waits for the database (%s)", type(error).__name__)
        rounds += 1
