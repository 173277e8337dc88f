"""What Telegram shows of the bot beside the conversation: the menu of commands and its description, from the content.

https://core.telegram.org/bots/api#setmycommands. Nothing depends on it: what cannot be set now is set at the next start or publish.
"""

import logging
from collections.abc import Callable

from telegram import BotCommand
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.content.languages import SOURCE
from bot.content.published import Content
from bot.conversation.replies import sentence
from bot.telegram_adapter.bots import MIGRANTS, OwnBot
from bot.telegram_adapter.line import Line

logger = logging.getLogger(__name__)

LONGEST_DESCRIPTION, LONGEST_SHORT, LONGEST_COMMAND = 512, 120, 256  # characters, Telegram's limits


class Profile:
    """Sets what has changed since it was last set by this process."""

    def __init__(self, line: Line, content: Callable[[], Content], own: OwnBot = MIGRANTS) -> None:
        """`own`: whose commands are the menu, and which responses say what the bot is."""
        self._line, self._content, self._own = line, content, own
        self._version = ""

    async def bring_up_to_date(self) -> None:
        content = self._content()
        if content.version == self._version:
            return
        for language in (None, *(code for code in content.languages if code == SOURCE or code in content.catalogues)):
            try:
                await self._set(content, language)
            except (RetryAfter, InvalidToken) as error:  # not now, then
                logger.warning("The bot's menu and description wait (%s)", type(error).__name__)
                return
            except TelegramError as error:
                logger.warning("The bot's menu or description in %s was not taken (%s)", language or "general", type(error).__name__)
        self._version = content.version

    async def _set(self, content: Content, language: str | None) -> None:
        """None: what is shown to those whose language has no texts of its own."""
        bot, shown = self._line.bot, language or SOURCE
        await bot.set_my_commands(menu(content, self._own, shown), language_code=language)
        description, short = (sentence(content, name, shown) for name in (self._own.description, self._own.short_description))
        await bot.set_my_description(description[:LONGEST_DESCRIPTION], language_code=language)
        await bot.set_my_short_description(short[:LONGEST_SHORT], language_code=language)


def menu(content: Content, own: OwnBot, language: str) -> list[BotCommand]:
    """The commands that have a word for the menu, in the order in which they stand in their file."""
    return [
        BotCommand(command.menu[language], sentence(content, f"{own.command_is}{command.name}", language)[:LONGEST_COMMAND])
        for command in own.commands(content).values()
        if language in command.menu
    ]
