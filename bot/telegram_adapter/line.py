"""The line to Telegram: one bot, and its new token when the old one is revoked. A new token finds everything where it was."""

import asyncio
import itertools
import logging
import warnings

from telegram import Bot
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bot import errors
from bot.settings import Settings, read_settings
from bot.telegram_adapter.bots import MIGRANTS, OwnBot
from bot.telegram_adapter.http import AiohttpRequest

logger = logging.getLogger(__name__)

LOOK_FOR_TOKEN = 5.0  # seconds


def telegram_bot(settings: Settings, token: str) -> Bot:
    warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)  # it reads the whole batch or nothing
    base = settings.telegram_api_url.rstrip("/")
    return Bot(
        token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot",
        request=AiohttpRequest(connections=64), get_updates_request=AiohttpRequest(connections=2),
    )  # fmt: skip


async def close_bot(bot: Bot) -> None:
    """The library only closes the connections of a bot that Telegram has accepted."""
    for request in (bot.request, bot._request[0]):
        await request.shutdown()


class Line:
    """`bot` is whichever works now: never keep it."""

    def __init__(self, settings: Settings, own: OwnBot = MIGRANTS) -> None:
        token = own.token_in(settings)
        assert token is not None, "only called with a token"
        self.own, self._settings = own, settings
        self.bot = telegram_bot(settings, token)
        self.bot_id = own.bot_id(token)
        self._renewing = asyncio.Lock()

    async def open(self) -> None:
        """Prove the token. Waits as long as Telegram cannot be reached; raises errors.TelegramError when it refuses the token."""
        for wait in itertools.chain((1, 2, 5, 10, 30), itertools.repeat(60)):
            try:
                await self.bot.initialize()
                logger.info("Telegram bot %s is served", self.bot.id)
                return
            except InvalidToken:
                raise errors.TelegramError(f"{self.own.setting}: Telegram no conoce este token; cópielo otra vez de @BotFather") from None
            except TelegramError as error:
                seconds = seconds_of(error) if isinstance(error, RetryAfter) else wait
                logger.warning("Telegram cannot be reached (%s); trying again in %s s", type(error).__name__, seconds)
                await asyncio.sleep(seconds)

    async def close(self) -> None:
        await close_bot(self.bot)

    async def renew(self, refused: Bot) -> None:
        """Telegram no longer takes this token: wait until the settings have a new one of the same bot. What is queued waits with us."""
        async with self._renewing:
            while self.bot is refused:
                logger.error("Telegram no longer accepts %s; write the new one in .env: it is taken up without a restart", self.own.setting)
                await asyncio.sleep(LOOK_FOR_TOKEN)
                if await self._is_taken_again(refused):
                    return
                await self._look_for_token(refused)

    async def _is_taken_again(self, refused: Bot) -> bool:
        """It was not the token: Telegram's own failures look the same."""
        try:
            await refused.get_me()
        except TelegramError:
            return False
        logger.info("Telegram accepts %s again", self.own.setting)
        return True

    async def _look_for_token(self, refused: Bot) -> None:
        try:
            settings = read_settings()
            token = self.own.token_in(settings)
            if token is None or token == refused.token:
                return
            if self.own.bot_id(token) != self.bot_id:
                logger.error("The new %s is another bot's; restart Puente to change bots", self.own.setting)
                return
            fresh = telegram_bot(settings, token)
            try:
                await fresh.initialize()
            except TelegramError:
                await close_bot(fresh)
                raise
        except (errors.SettingsError, TelegramError, OSError, UnicodeError) as error:  # the last two: .env while it is being written
            logger.warning("The new %s does not work yet (%s)", self.own.setting, type(error).__name__)
            return
        self.bot = fresh
        await close_bot(refused)
        logger.info("The new %s is in use", self.own.setting)


def seconds_of(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()
