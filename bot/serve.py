"""The bot process: the worker, the doors and the housekeeping, until it is told to stop."""

import asyncio
import logging
import signal
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import uvicorn
from starlette.routing import BaseRoute

from bot.app import App, compose
from bot.badge_page.door import BadgeDoor
from bot.console.console import console_of
from bot.errors import SettingsError
from bot.housekeeping import Housekeeping, jobs_of
from bot.local_chat.web import BOT_IDS, web_app
from bot.partner_page.door import PartnerDoor
from bot.rasa.client import RasaClient
from bot.records.tables import is_invented
from bot.settings import Settings
from bot.telegram_adapter.bots import served

if TYPE_CHECKING:
    from bot.telegram_adapter.doors import TelegramDoors

logger = logging.getLogger(__name__)

DRAIN_WITHIN = 6.0  # seconds to answer what came before the stop
STOP_WITHIN = 5.0  # seconds


async def serve(settings: Settings, rasa_port: int) -> None:
    """Raises a PuenteError in one line when it cannot start or Telegram refuses the token."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # before anything is opened: who stops us while we start ends nothing half
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    on_telegram = served(settings)
    app = compose(settings, RasaClient.at(rasa_port), [*BOT_IDS, *on_telegram], "serve")
    if not (settings.puente_smtp_url or (settings.telegram_token and settings.telegram_staff_group)):
        logger.warning("Staff hear of no request for a person: set TELEGRAM_STAFF_GROUP or PUENTE_SMTP_URL")
    door = None
    if on_telegram:
        await _refuse_invented(app)
        from bot.telegram_adapter.doors import TelegramDoors

        door = TelegramDoors(app)
    badges = BadgeDoor(app.database, app.content, settings.puente_public_url)
    routes = [*PartnerDoor(app.database, app.content).routes(), *badges.routes(), *console_of(app).routes()]
    server = _web_server(app, settings, [*(door.routes() if door else []), *routes])
    await _until_stopped(app, server, door, stop)


async def _refuse_invented(app: App) -> None:
    """Nobody real is to be mixed with the people of a load test."""
    if await app.database.run(is_invented):
        await app.close()
        raise SettingsError(
            "DATABASE_URL: esta base de datos está llena de personas inventadas y no puede atender a nadie por Telegram;"
            " use otra base de datos u otra carpeta (PUENTE_VAR), o quite TELEGRAM_TOKEN y TELEGRAM_OFFICIALS_TOKEN"
        )


async def _until_stopped(app: App, server: uvicorn.Server, door: "TelegramDoors | None", stop: asyncio.Event) -> None:
    working, serving = asyncio.create_task(app.worker.run()), asyncio.create_task(server.serve())
    housekeeping = Housekeeping(jobs_of(app), asyncio.get_running_loop().time)
    others = [app.content.watch(), housekeeping.run(), *([door.run()] if door else [])]
    tasks = [working, serving, *(asyncio.create_task(job) for job in others)]
    stopping = asyncio.create_task(_wait(stop))
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
        await _drain(app, server, serving, door)
    finally:
        app.watching.close()
        app.worker.stop()
        server.should_exit = True
        await asyncio.wait([working, serving], timeout=STOP_WITHIN)  # turns and pages under way are finished
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
        await app.close()


async def _drain(app: App, server: uvicorn.Server, serving: "asyncio.Task[None]", door: "TelegramDoors | None") -> None:
    """Nothing more comes in; what came is answered and what is to be sent is sent, as far as DRAIN_WITHIN goes. The rest is on the disk."""
    try:
        async with asyncio.timeout(DRAIN_WITHIN):
            app.watching.close()
            server.should_exit = True
            if door:
                await door.stop_taking()
            await asyncio.wait([serving])
            await app.worker.drained()
            if door:
                await door.sent()
    except TimeoutError:
        logger.warning("Stopping with work left; it goes on at the next start")


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


class _Server(uvicorn.Server):
    """Leaves signals to us: the worker has to finish its turns first, and pages that wait for news have to be let go."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def _web_server(app: App, settings: Settings, routes: list[BaseRoute]) -> uvicorn.Server:
    config = uvicorn.Config(
        web_app(app, routes), host=settings.puente_host, port=settings.puente_port, log_config=None, access_log=False,
        lifespan="off", server_header=False, proxy_headers=False,
    )  # fmt: skip
    try:
        config.bind_socket().close()
    except SystemExit:  # uvicorn's way of saying that the port is taken
        raise SettingsError(f"PUENTE_PORT: {settings.puente_port} lo usa otro programa; ponga otro puerto") from None
    return _Server(config)
