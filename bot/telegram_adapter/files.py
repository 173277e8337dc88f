"""Fetches a file from Telegram: for the transcriber at once, for staff while they hold the ticket, for a case after the turn."""

import asyncio
import logging
import shlex
import tempfile
from pathlib import Path

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot import errors
from bot.file_types import LARGEST
from bot.handoff.attachments import SentFile
from bot.settings import Settings
from bot.telegram_adapter.bots import served
from bot.telegram_adapter.line import Line, telegram_bot

logger = logging.getLogger(__name__)


async def fetch_file(bot: Bot, file_id: str, target: Path) -> None:
    """Raises TelegramError when Telegram does not give it, or no longer has it."""
    file = await bot.get_file(file_id)
    await file.download_to_drive(target)


async def fetch_bytes(bot: Bot, file_id: str) -> bytes:
    """Never on the disk. Raises RefusedError when Telegram will never give it, errors.TelegramError when it may later."""
    try:
        file = await bot.get_file(file_id)
        if file.file_size is not None and file.file_size > LARGEST:
            raise errors.RefusedError("El archivo es demasiado grande")
        return bytes(await file.download_as_bytearray())
    except TelegramError as error:
        if isinstance(error, BadRequest) and "too big" in error.message.lower():
            raise errors.RefusedError("El archivo es demasiado grande") from None
        raise errors.TelegramError(f"Telegram no da el archivo ahora ({type(error).__name__})") from None


def fetch_for_staff(settings: Settings, file: SentFile, target: Path) -> None:
    """Raises errors.TelegramError in one line when it cannot be had."""
    own = served(settings).get(file.bot_id)
    token = own.token_in(settings) if own else None
    if token is None:
        raise errors.SettingsError("TELEGRAM_TOKEN: hace falta el del bot que recibió el archivo para pedirlo a Telegram")

    async def fetch() -> None:
        async with telegram_bot(settings, token) as bot:
            await fetch_file(bot, file.file_id, target)

    try:
        asyncio.run(fetch())
    except TelegramError as error:
        raise errors.TelegramError(f"Telegram no da el archivo ({type(error).__name__}); puede que ya lo haya borrado") from None


class Transcriber:
    """A program on this machine: it gets the recording's name as its last argument and prints the words. Nothing leaves the machine."""

    def __init__(self, line: Line, command: str, one_at_a_time: asyncio.Lock | None = None) -> None:
        """`one_at_a_time`: shared with whoever else has the program run."""
        self._line, self._command = line, shlex.split(command)
        self._one_at_a_time = one_at_a_time or asyncio.Lock()

    async def listen(self, file_id: str) -> str | None:
        """The words, or None when there are none or the program fails. The recording is deleted in any case."""
        async with self._one_at_a_time:
            with tempfile.TemporaryDirectory(prefix="puente-") as folder:
                recording = Path(folder) / "recording"
                try:
                    await fetch_file(self._line.bot, file_id, recording)
                    return await self._run(recording)
                except (TelegramError, OSError) as error:
                    logger.warning("A voice note could not be transcribed (%s)", type(error).__name__)
                    return None

    async def _run(self, recording: Path) -> str | None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            str(recording),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            printed, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            logger.warning("The transcriber ended with %s", process.returncode)
            return None
        return printed.decode("utf-8", "replace").strip() or None
