"""Telegram brings the updates to our own web server: 200 only after the commit, so that what failed is brought again.

The secret header is Telegram's proof that it is Telegram: https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
import hmac
import json
import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.telegram_adapter.bots import MIGRANTS
from bot.telegram_adapter.intake import Intake
from bot.telegram_adapter.line import Line, seconds_of
from bot.telegram_adapter.updates import ALLOWED

logger = logging.getLogger(__name__)

PROOF = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1_000_000  # bytes of an update
AT_ONCE = 40  # connections Telegram may open


class Webhook:
    def __init__(self, line: Line, intake: Intake, url: str, secret: str) -> None:
        """`url`: where Telegram brings the updates of the migrants' bot; those of another bot of ours come below it."""
        self._line, self._intake, self._secret = line, intake, secret
        self._url = url.removesuffix(MIGRANTS.path) + line.own.path

    def route(self) -> Route:
        return Route(self._line.own.path, self._take, methods=["POST"])

    async def _take(self, request: Request) -> Response:
        given = request.headers.get(PROOF, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=403)
        body = bytearray()
        async for some in request.stream():  # the length need not be said, or be true
            body += some
            if len(body) > LARGEST:
                return Response(status_code=413)
        try:
            update = json.loads(body)
            if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
                raise ValueError("no update")
        except ValueError:
            logger.warning("Something with the right secret is no update")
            return Response(status_code=400)
        try:
            await self._intake.take([update])
        except SQLAlchemyError as error:
            logger.error("An update cannot be kept (%s); Telegram will bring it again", type(error).__name__)
            return Response(status_code=503)
        return Response(status_code=200)

    async def register(self) -> None:
        """Tell Telegram where to bring updates; what it cannot do now, such as 429 at the start, is tried until it can."""
        wait = 1.0
        while True:
            bot = self._line.bot
            try:
                await bot.set_webhook(
                    self._url, allowed_updates=ALLOWED, secret_token=self._secret, max_connections=AT_ONCE, drop_pending_updates=False
                )
                logger.info("Telegram brings updates to the webhook")
                return
            except RetryAfter as error:
                wait = seconds_of(error)
            except InvalidToken:
                await self._line.renew(bot)
                continue
            except TelegramError as error:
                wait = min(wait * 2, 60)
                logger.warning("The webhook cannot be set (%s); trying again in %s s", type(error).__name__, wait)
            await asyncio.sleep(wait)

    async def is_set(self) -> bool:
        """Does Telegram still bring updates here? It brings none for a token that it no longer takes: a new one is waited for."""
        bot = self._line.bot
        try:
            info = await bot.get_webhook_info()
        except InvalidToken:
            await self._line.renew(bot)
            return False
        except TelegramError as error:
            logger.warning("The webhook could not be looked at (%s)", type(error).__name__)
            return True
        if info.url != self._url:
            logger.error("Somebody took the webhook away or set another; setting it again")
        return info.url == self._url
