"""python-telegram-bot's requests made with aiohttp: a third of httpx's work for each call, and a failure says whether it left the machine.

Only that tells a message that surely did not arrive from one that perhaps did. No files are uploaded.
"""

import json
from typing import Any

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

POOL_WAIT = 20.0  # seconds for a free connection
IDLE = 10.0  # seconds that an unused connection is kept: a shorter time than the other side keeps it


class NeverLeftError(NetworkError):
    """Telegram could not be reached: it has not seen the request."""


class FateUnknownError(NetworkError):
    """The connection broke after the request left: Telegram may have done it."""


class AiohttpRequest(BaseRequest):
    def __init__(self, connections: int, connect_timeout: float = 10.0, read_timeout: float = 15.0) -> None:
        self._connections, self._connect_timeout, self._read_timeout = connections, connect_timeout, read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None:
            self._session = self._new_session()

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE)
        return aiohttp.ClientSession(connector=connector, headers={"User-Agent": self.USER_AGENT}, trust_env=True)

    async def shutdown(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The library's own writes what it cannot read into the log: people's words."""
        try:
            answer: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
            return answer
        except ValueError:
            raise TelegramError("Invalid server response") from None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. Raises NeverLeftError, FateUnknownError or TimedOut."""
        patience = self._read_timeout if isinstance(read_timeout, DefaultValue) else read_timeout
        timeout = aiohttp.ClientTimeout(total=None, connect=POOL_WAIT, sock_connect=self._connect_timeout, sock_read=patience)
        fields = request_data.json_parameters if request_data else None
        if self._session:
            return await self._do(self._session, method, url, fields, timeout)
        async with self._new_session() as once:  # before the bot is initialized, and after it was shut down
            return await self._do(once, method, url, fields, timeout)

    @staticmethod
    async def _do(
        session: aiohttp.ClientSession, method: str, url: str, fields: dict[str, str] | None, timeout: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        try:
            async with session.request(method, url, data=fields, timeout=timeout) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NeverLeftError(type(error).__name__) from error
        except TimeoutError as error:  # aiohttp's own are of this kind
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise FateUnknownError(type(error).__name__) from error
