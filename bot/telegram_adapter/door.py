"""The Telegram door of one of our bots, put together: the line, updates in by polling or webhook, one sender out, and what Telegram shows
of the bot. What the rest of the service rings or asks for is tied to it in `doors`."""

import asyncio
import logging
import time
from datetime import datetime

from starlette.routing import Route

from bot.app import App
from bot.cases.fetching import Fetching
from bot.content.languages import MEXICO
from bot.conversation.replies import sentence
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.telegram_adapter.bots import MIGRANTS, OwnBot
from bot.telegram_adapter.files import Transcriber, fetch_bytes
from bot.telegram_adapter.group_desk import GroupDesk
from bot.telegram_adapter.intake import Intake
from bot.telegram_adapter.limits import Limits
from bot.telegram_adapter.line import Line
from bot.telegram_adapter.polling import Polling
from bot.telegram_adapter.profile import Profile
from bot.telegram_adapter.sender import Sender
from bot.telegram_adapter.webhook import Webhook

logger = logging.getLogger(__name__)

LOOK_AT_TOKEN = 2.0  # seconds
LOOK_AT_WEBHOOK = 60.0  # seconds
LOOK_AT_CONTENT = 30.0  # seconds
LOOK_AT_DOCUMENTS = 2.0  # seconds


class TelegramDoor:
    def __init__(self, app: App, own: OwnBot = MIGRANTS) -> None:
        settings = app.settings
        self._app = app
        self._line = Line(settings, own)
        self.bot_id = self._line.bot_id
        staff_group = settings.telegram_staff_group if own.serves_migrants else None
        intake = Intake(self._line, app.database, app.worker.ring, app.metrics, self._not_kept, staff_group)
        self.polling: Polling | None = None
        self._webhook: Webhook | None = None
        if settings.telegram_webhook_url and settings.telegram_webhook_secret:
            self._webhook = Webhook(self._line, intake, settings.telegram_webhook_url, settings.telegram_webhook_secret.get_secret_value())
        else:
            self.polling = Polling(self._line, intake, app.metrics)
        limits = Limits(settings.telegram_per_second, settings.telegram_per_chat)
        self._sender = Sender(self._line, app.database, utc_now, limits, app.metrics, self._late_note)
        self._profile = Profile(self._line, lambda: app.content.current()[0], own)
        self._group = self._desk_of(app, intake, limits, staff_group)
        self._sender.on_settled = app.watching.ring
        self._documents = Fetching(app.database, self.bot_id, settings.files_folder, self.fetch) if own.serves_migrants else None
        self._fetching: asyncio.Task[None] | None = None

    def _desk_of(self, app: App, intake: Intake, limits: Limits, staff_group: int | None) -> GroupDesk | None:
        settings = app.settings
        if staff_group is None:
            return None
        desk = GroupDesk(
            self._line, app.database, limits, app.metrics, app.worker.around, lambda: self._sender.is_leading,
            staff_group, settings.puente_public_url, settings.telegram_per_group,
        )  # fmt: skip
        intake.on_staff, desk.on_replies = desk.ring, self._sender.ring
        return desk

    def ring(self) -> None:
        """Something was said to a person, or by one."""
        self._sender.ring()
        if self._group:
            self._group.ring()

    async def show_typing(self, chat_id: str) -> None:
        await self._sender.show_typing(chat_id)

    async def fetch(self, file_id: str) -> bytes:
        """A file that was sent to this bot. Raises errors.TelegramError or RefusedError."""
        return await fetch_bytes(self._line.bot, file_id)

    def transcriber(self, command: str, one_at_a_time: asyncio.Lock) -> Transcriber:
        """For the voice notes that are sent to this bot."""
        return Transcriber(self._line, command, one_at_a_time)

    def routes(self) -> list[Route]:
        return [self._webhook.route()] if self._webhook else []

    async def run(self) -> None:
        """Until cancelled. Raises errors.TelegramError when Telegram refuses the token or another program reads its updates."""
        try:
            await self._line.open()
            await self._run()
        finally:
            await self._line.bot.shutdown()

    async def _run(self) -> None:
        jobs = [
            asyncio.create_task(self._sender.run()),
            asyncio.create_task(self._keep_profile()),
            *([asyncio.create_task(self._keep(self._documents))] if self._documents else []),
            *([asyncio.create_task(self._group.run())] if self._group else []),
        ]
        self._fetching = asyncio.create_task(self._fetch())
        try:
            done, _ = await asyncio.wait([*jobs, self._fetching], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled():
                    task.result()
            await asyncio.wait(jobs)
        finally:
            self._sender.stop()
            for task in (self._fetching, *jobs[1:]):
                task.cancel()
            await asyncio.gather(*jobs, self._fetching, return_exceptions=True)
            await self._line.close()

    async def stop_taking(self) -> None:
        """No more updates come in; what was taken is dealt with and sent."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def sent(self) -> None:
        """Returns when everything that may go now has gone."""
        while not await self._sender.is_idle():
            await asyncio.sleep(0.02)

    async def _fetch(self) -> None:
        if self._webhook:
            while True:
                await self._webhook.register()
                bot, look_at = self._line.bot, time.monotonic() + LOOK_AT_WEBHOOK
                while self._line.bot is bot:  # a new token sets it anew
                    await asyncio.sleep(LOOK_AT_TOKEN)
                    if time.monotonic() >= look_at:
                        if not await self._webhook.is_set():
                            break
                        look_at = time.monotonic() + LOOK_AT_WEBHOOK
        elif self.polling:
            await self.polling.stop_webhook()
            await self.polling.run()

    async def _keep_profile(self) -> None:
        while True:
            try:
                await self._profile.bring_up_to_date()
            except Exception:  # a door: nothing depends on it, so it must not end what does
                logger.exception("The bot's menu and description cannot be brought up to date")
            await asyncio.sleep(LOOK_AT_CONTENT)

    async def _keep(self, documents: Fetching) -> None:
        """Photographs for a case, fetched behind the turn that took them."""
        while True:
            try:
                content, danger = self._app.content.current()
                await documents.once(Surroundings(content, danger, "documents", "", utc_now()))
            except Exception:  # a door: what waits is in the database, and the next round goes on with it
                logger.exception("Documents cannot be fetched")
            await asyncio.sleep(LOOK_AT_DOCUMENTS)

    def _not_kept(self, language: str) -> str:
        content = self._app.content.current()[0]
        return sentence(content, "utter_not_kept", language)

    def _late_note(self, written_at: datetime, language: str) -> str:
        content = self._app.content.current()[0]
        return sentence(content, "utter_sent_late", language, {"at": written_at.astimezone(MEXICO).strftime("%H:%M")})
