"""The doors of all our bots that have a token, in one process: what is rung or asked for goes to the bot whose it is, and to no other.

The two need not both be served, and what befalls the officials' bot does not take the migrants' from them: somebody may be in danger.
"""

import asyncio
import logging

from starlette.routing import Route

from bot import errors
from bot.app import App
from bot.handoff.attachments import SentFile
from bot.telegram_adapter.bots import OwnBot, served
from bot.telegram_adapter.door import TelegramDoor

logger = logging.getLogger(__name__)


class TelegramDoors:
    def __init__(self, app: App) -> None:
        self._bots = served(app.settings)
        self._doors = {bot_id: TelegramDoor(app, own) for bot_id, own in self._bots.items()}
        self._over: set[str] = set()  # those that Telegram does not let us serve
        app.worker.on_replies = self._ring
        app.worker.on_slow = self._show_typing
        app.fetch_file = self._fetch
        command, one_at_a_time = app.settings.puente_transcriber, asyncio.Lock()
        if command:
            self._transcribers = {name: door.transcriber(command, one_at_a_time) for name, door in self._doors.items()}
            app.worker.listen = self._listen
        self._polled = [door.polling for door in self._doors.values() if door.polling]
        if self._polled:
            app.silent_for = lambda: max(each.silent_for() for each in self._polled)

    def routes(self) -> list[Route]:
        return [route for door in self._doors.values() for route in door.routes()]

    async def run(self) -> None:
        """Until cancelled. Raises errors.TelegramError when Telegram refuses a token or another program reads a bot's updates."""
        tasks = [asyncio.create_task(self._serve(bot_id, own)) for bot_id, own in self._bots.items()]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, bot_id: str, own: OwnBot) -> None:
        try:
            await self._doors[bot_id].run()
        except errors.TelegramError as error:
            if own.serves_migrants or len(self._doors) == 1:
                raise
            logger.error("%s The officials' bot is not served until Puente is started again; the migrants' goes on", error)
            self._over.add(bot_id)

    async def stop_taking(self) -> None:
        """No more updates come in; what was taken is dealt with and sent."""
        await asyncio.gather(*(door.stop_taking() for door in self._doors.values()))

    async def sent(self) -> None:
        """Returns when everything that may go now has gone."""
        await asyncio.gather(*(door.sent() for bot_id, door in self._doors.items() if bot_id not in self._over))

    def _ring(self) -> None:
        for door in self._doors.values():
            door.ring()

    async def _show_typing(self, bot_id: str, chat_id: str) -> None:
        if bot_id in self._doors:
            await self._doors[bot_id].show_typing(chat_id)

    async def _listen(self, bot_id: str, file_id: str) -> str | None:
        return await self._transcribers[bot_id].listen(file_id) if bot_id in self._transcribers else None

    async def _fetch(self, file: SentFile) -> bytes:
        if file.bot_id not in self._doors:
            raise errors.RefusedError("Ese archivo llegó por otro bot de Telegram, que aquí no se atiende")
        return await self._doors[file.bot_id].fetch(file.file_id)
