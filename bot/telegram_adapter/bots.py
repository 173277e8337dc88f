"""Our bots on Telegram: the one for migrants and the one in which officials learn, each with a token, a door and a profile of its own.

The part of a token before the colon names the bot, never changes and is no secret.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.content.published import Content, WordCommand
from bot.errors import SettingsError
from bot.records.conversations import OF_OFFICIALS
from bot.settings import Settings


@dataclass(frozen=True)
class OwnBot:
    setting: str  # that holds its token
    ending: str  # of its door's name
    path: str  # where Telegram brings its updates
    serves_migrants: bool  # staff answer in it, and cases have documents
    commands: Callable[[Content], Mapping[str, WordCommand]]  # of its menu
    command_is: str  # what the names of the responses begin with that say what a command does
    description: str  # response
    short_description: str  # response

    def token_in(self, settings: Settings) -> str | None:
        token = settings.telegram_token if self.serves_migrants else settings.telegram_officials_token
        return token.get_secret_value() if token else None

    def bot_id(self, token: str) -> str:
        """The name of its door. Raises SettingsError."""
        number, colon, secret = token.partition(":")
        if not colon or not number.isdecimal() or not secret:
            raise SettingsError(f"{self.setting}: no es un token; cópielo completo de @BotFather, con el número y los dos puntos")
        return f"telegram:{number}{self.ending}"


MIGRANTS = OwnBot(
    "TELEGRAM_TOKEN", "", "/telegram", True, lambda content: content.commands, "utter_command_", "utter_bot_description",
    "utter_bot_short_description",
)  # fmt: skip
OFFICIALS = OwnBot(
    "TELEGRAM_OFFICIALS_TOKEN", OF_OFFICIALS, "/telegram/officials", False, lambda content: content.officials_commands,
    "utter_learning_command_", "utter_learning_bot_description", "utter_learning_bot_short_description",
)  # fmt: skip


def served(settings: Settings) -> dict[str, OwnBot]:
    """Those that have a token, by the names of their doors. Raises SettingsError."""
    tokens = ((own, own.token_in(settings)) for own in (MIGRANTS, OFFICIALS))
    return {own.bot_id(token): own for own, token in tokens if token}
