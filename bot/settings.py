"""All settings, read once from the environment or a `.env` file in the folder Puente is started from.

The table in README.md lists the same names; tests/unit/test_settings.py keeps the two alike.
"""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    telegram_token: SecretStr | None = Field(default=None, description="Token of the Telegram bot; without it Telegram is not served")
    telegram_officials_token: SecretStr | None = Field(
        default=None, description="Token of another Telegram bot, in which officials learn; without it that one is not served"
    )
    telegram_officials_name: str | None = Field(
        default=None, description="Name of the officials' bot on Telegram, without `@`: what the links that invite them lead to"
    )
    telegram_api_url: str = Field(default="https://api.telegram.org", description="Another Bot API server: a local one or a test peer")
    telegram_webhook_url: str | None = Field(
        default=None, description="Public https address ending in `/telegram`: Telegram brings updates there; without it they are fetched"
    )
    telegram_webhook_secret: SecretStr | None = Field(
        default=None, description="Proof that it is Telegram who brings them: 16 to 256 letters, digits, `_` or `-`"
    )
    telegram_staff_group: int | None = Field(default=None, description="Number of the staff's own group, the only one the bot stays in")
    telegram_per_second: float = Field(default=30, ge=1, description="Messages the bot may send in a second: Telegram's limit")
    telegram_per_chat: float = Field(default=1, ge=0, description="Seconds between two messages to one chat: Telegram's limit")
    telegram_per_group: float = Field(
        default=3, ge=0, description="Seconds between two messages to the staff's group: Telegram takes 20 a minute"
    )
    puente_smtp_url: SecretStr | None = Field(
        default=None, description="Mail server for alerts: `smtp://user:password@host:587` (STARTTLS) or `smtps://…`; none: no mail"
    )
    puente_mail_from: str | None = Field(default=None, description="Address that alerts by mail come from; needed with PUENTE_SMTP_URL")
    puente_transcriber: str | None = Field(
        default=None, description="Program on this machine that writes what a voice note says: it gets the file's name and prints the text"
    )
    puente_translator: str | None = Field(
        default=None,
        description="Program on this machine that translates for staff: called with two languages (`ht es`), it reads a text and prints it",
    )
    database_url: str = Field(default="", description="SQLAlchemy URL; default: SQLite in the data folder")
    puente_var: Path = Field(default=ROOT / "var", description="Data folder")
    puente_host: str = Field(default="127.0.0.1", description="Address of the web server")
    puente_port: int = Field(default=8000, ge=1, le=65535, description="Port of the web server")
    puente_public_url: str | None = Field(
        default=None,
        description="Address from outside, as in `https://puente.example.mx`: what links for institutions and new staff begin with",
    )
    puente_rasa_port: int = Field(default=0, ge=0, le=65535, description="Port of Rasa on 127.0.0.1; 0: a free one")
    puente_institution: str | None = Field(default=None, description="`ipam`, `naucalpan` or none: whose answers and offices are used")
    puente_keys: Path | None = Field(default=None, description="File of the encryption keys; default: `puente.keys` in the data folder")
    puente_backup_recipient: str | None = Field(
        default=None, description="Public key (`age1…`) that backups are encrypted for; see `./puente backup --new-identity`"
    )
    puente_log: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged")
    puente_log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="`json`: one object a line; `text`: for reading; `auto`: `text` on a terminal, else `json`"
    )
    puente_flows: Path = Field(default=ROOT / "flows", description="Folder of the content")

    @field_validator(
        "telegram_token", "telegram_officials_token", "telegram_officials_name", "telegram_webhook_url", "telegram_webhook_secret",
        "telegram_staff_group", "puente_transcriber",
        "puente_translator", "puente_smtp_url", "puente_mail_from",
        "puente_institution", "puente_keys", "puente_public_url", "puente_backup_recipient", mode="before",
    )  # fmt: skip
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" or value == "none" else value

    @field_validator("puente_public_url")
    @classmethod
    def _is_an_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not re.fullmatch(r"https://[^/?#\s@]+|http://(127\.0\.0\.1|localhost)(:\d+)?", value.removesuffix("/")):
            raise ValueError("must be https:// and a name, with nothing after it")
        return value.removesuffix("/")

    @field_validator("telegram_officials_name")
    @classmethod
    def _is_a_name_on_telegram(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{4,31}", value):
            raise ValueError("must be the bot's name as in cursos_puente_bot, without @")
        return value

    @field_validator("puente_log", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _mail_is_whole(self) -> "Settings":
        if self.puente_smtp_url is None:
            return self
        if not re.fullmatch(r"smtps?://([^@/\s]+@)?[^@/:\s]+(:\d{1,5})?/?", self.puente_smtp_url.get_secret_value()):
            raise ValueError("PUENTE_SMTP_URL: must be smtp://user:password@host:587 or smtps://user:password@host:465")
        if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", self.puente_mail_from or ""):
            raise ValueError("PUENTE_MAIL_FROM: an address is needed with PUENTE_SMTP_URL, as in avisos@puente.example.mx")
        return self

    @model_validator(mode="after")
    def _officials_have_a_bot_of_their_own(self) -> "Settings":
        tokens = (self.telegram_token, self.telegram_officials_token)
        numbers = [token.get_secret_value().partition(":")[0] for token in tokens if token]
        if len(numbers) > len(set(numbers)):
            raise ValueError("TELEGRAM_OFFICIALS_TOKEN: is the same bot as in TELEGRAM_TOKEN; officials need a bot of their own")
        return self

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> "Settings":
        if self.telegram_webhook_url is None:
            return self
        if not self.telegram_webhook_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("TELEGRAM_WEBHOOK_URL: Telegram only brings updates to https://")
        if not self.telegram_webhook_url.endswith("/telegram"):
            raise ValueError("TELEGRAM_WEBHOOK_URL: must end in /telegram")
        secret = self.telegram_webhook_secret.get_secret_value() if self.telegram_webhook_secret else ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
            raise ValueError("TELEGRAM_WEBHOOK_SECRET: 16 to 256 letters, digits, _ or - are needed with TELEGRAM_WEBHOOK_URL")
        return self

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.puente_var / 'puente.db'}"

    @property
    def address(self) -> str:
        """What links begin with: from outside where that is set, else on this machine."""
        return self.puente_public_url or f"http://{self.puente_host}:{self.puente_port}"

    @property
    def files_folder(self) -> Path:
        """Files that people sent, as far as they are kept."""
        return self.puente_var / "files"

    @property
    def exports_folder(self) -> Path:
        """Encrypted files of rows, for a day."""
        return self.puente_var / "exports"

    @property
    def keys_file(self) -> Path:
        return self.puente_keys or self.puente_var / "puente.keys"


def read_settings() -> Settings:
    """The settings of this process. Raises SettingsError naming the first wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        wrong = f"{str(first['loc'][0]).upper()}: {first['msg']}" if first["loc"] else str(first["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"{wrong}. Corríjalo en las variables de entorno o en .env.") from None
