"""The line to Telegram: one bot, and its new token when the old one is revoked.

The part of a token before the colon names the bot and never changes, so a new token finds everything where it was.
"""

import asyncio
import itertools
import logging
import warnings

from telegram import Bot
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBUserWarning

from bot import errors
from bot.settings import Settings, read_settings
from bot.telegram_adapter.http import AiohttpRequest

logger = logging.getLogger(__name__)

LOOK_FOR_TOKEN = 5.0  # seconds


def bot_id_of(token: str) -> str:
    """`telegram:<id>`: the part of a token before the colon names the bot and is no secret."""
    number, colon, secret = token.partition(":")
    if not colon or not number.isdecimal() or not secret:
        raise errors.SettingsError("TELEGRAM_TOKEN: no es un token; cópielo completo de @BotFather, con el número y los dos puntos")
    return f"telegram:{number}"


def telegram_bot(settings: Settings) -> Bot:
    assert settings.telegram_token is not None, "only called with a token"
    warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)  # it reads the whole batch or nothing
    base = settings.telegram_api_url.rstrip("/")
    return Bot(
        settings.telegram_token.get_secret_value(), base_url=f"{base}/bot", base_file_url=f"{base}/file/bot",
        request=AiohttpRequest(connections=64), get_updates_request=AiohttpRequest(connections=2),
    )  # fmt: skip


async def close_bot(bot: Bot) -> None:
    """The library only closes the connections of a bot that Telegram has accepted."""
    for request in (bot.request, bot._request[0]):
        await request.shutdown()


class Line:
    """`bot` is whichever works now: never keep it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.bot = telegram_bot(settings)
        self.bot_id = bot_id_of(self.bot.token)
        self._renewing = asyncio.Lock()

    async def open(self) -> None:
        """Prove the token. Waits as long as Telegram cannot be reached; raises errors.TelegramError when it refuses the token."""
        for wait in itertools.chain((1, 2, 5, 10, 30), itertools.repeat(60)):
            try:
                await self.bot.initialize()
                logger.info("Telegram bot %s is served", self.bot.id)
                return
            except InvalidToken:
                raise errors.TelegramError("TELEGRAM_TOKEN: Telegram no conoce este token; cópielo otra vez de @BotFather") from None
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
                logger.error("Telegram no longer accepts TELEGRAM_TOKEN; write the new one in .env: it is taken up without a restart")
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
        logger.info("Telegram accepts TELEGRAM_TOKEN again")
        return True

    async def _look_for_token(self, refused: Bot) -> None:
        try:
            settings = read_settings()
            if settings.telegram_token is None or settings.telegram_token.get_secret_value() == refused.token:
                return
            fresh = telegram_bot(settings)
            if bot_id_of(fresh.token) != self.bot_id:
                logger.error("The new TELEGRAM_TOKEN is another bot's; restart Puente to change bots")
                return
            try:
                await fresh.initialize()
            except TelegramError:
                await close_bot(fresh)
                raise
        except (errors.SettingsError, TelegramError, OSError, UnicodeError) as error:  # the last two: .env while it is being written
            logger.warning("The new TELEGRAM_TOKEN does not work yet (%s)", type(error).__name__)
            return
        self.bot = fresh
        await close_bot(refused)
        logger.info("The new TELEGRAM_TOKEN is in use")


def seconds_of(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()
