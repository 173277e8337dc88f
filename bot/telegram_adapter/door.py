"""Opens the Telegram door: proves the token, then polls and sends until it is stopped."""

import asyncio
import itertools
import logging

from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot import errors
from bot.app import App
from bot.conversation.worker import utc_now
from bot.settings import Settings
from bot.telegram_adapter.polling import Polling
from bot.telegram_adapter.sender import Sender

logger = logging.getLogger(__name__)


def bot_id_of(token: str) -> str:
    """`telegram:<id>`: the part of a token before the colon names the bot and is no secret."""
    number, colon, secret = token.partition(":")
    if not colon or not number.isdigit() or not secret:
        raise errors.SettingsError("TELEGRAM_TOKEN: no es un token; cópielo completo de @BotFather, con el número y los dos puntos")
    return f"telegram:{number}"


def telegram_bot(settings: Settings) -> Bot:
    assert settings.telegram_token is not None, "only called with a token"
    base = settings.telegram_api_url.rstrip("/")
    return Bot(
        settings.telegram_token.get_secret_value(), base_url=f"{base}/bot", base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(connection_pool_size=32, pool_timeout=20, connect_timeout=10, read_timeout=15),
        get_updates_request=HTTPXRequest(connection_pool_size=2, connect_timeout=10),
    )  # fmt: skip


async def serve_telegram(app: App, bot: Bot, bot_id: str) -> None:
    """Raises TelegramError in one line when Telegram refuses the token."""
    polling = Polling(bot, bot_id, app.database, app.worker.ring)
    sender = Sender(bot, bot_id, app.database, utc_now)
    app.worker.on_replies = sender.ring
    await _prove_token(bot)
    sending = asyncio.create_task(sender.run())
    fetching = asyncio.create_task(polling.run())
    try:
        done, _ = await asyncio.wait([sending, fetching], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        fetching.cancel()
        sender.stop()
        await asyncio.gather(sending, fetching, return_exceptions=True)


async def _prove_token(bot: Bot) -> None:
    """Waits as long as Telegram cannot be reached: the other doors go on meanwhile."""
    waits = itertools.chain((1, 2, 5, 10, 30), itertools.repeat(60))
    for wait in waits:
        try:
            await bot.initialize()
            logger.info("Telegram bot %s is served", bot.id)
            return
        except InvalidToken:
            raise errors.TelegramError("TELEGRAM_TOKEN: Telegram no conoce este token; cópielo otra vez de @BotFather") from None
        except TelegramError as error:
            logger.warning("Telegram cannot be reached (%s); trying again in %s s", type(error).__name__, wait)
            await asyncio.sleep(wait)
