"""All settings, read once from the environment or a `.env` file in the folder Puente is started from.

The table in README.md lists the same names; tests/unit/test_settings.py keeps the two alike.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    telegram_token: SecretStr | None = Field(default=None, description="Token of the Telegram bot; without it Telegram is not served")
    telegram_api_url: str = Field(default="https://api.telegram.org", description="Another Bot API server: a local one or a test peer")
    database_url: str = Field(default="", description="SQLAlchemy URL; default: SQLite in the data folder")
    puente_var: Path = Field(default=ROOT / "var", description="Data folder")
    puente_host: str = Field(default="127.0.0.1", description="Address of the web server")
    puente_port: int = Field(default=8000, ge=1, le=65535, description="Port of the web server")
    puente_rasa_port: int = Field(default=0, ge=0, le=65535, description="Port of Rasa on 127.0.0.1; 0: a free one")
    puente_institution: str | None = Field(default=None, description="`ipam`, `naucalpan` or none: whose answers and offices are used")
    puente_keys: Path | None = Field(default=None, description="File of the encryption keys; default: `puente.keys` in the data folder")
    puente_log: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged")
    puente_flows: Path = Field(default=ROOT / "flows", description="Folder of the content")

    @field_validator("telegram_token", "puente_institution", "puente_keys", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" or value == "none" else value

    @field_validator("puente_log", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.puente_var / 'puente.db'}"

    @property
    def keys_file(self) -> Path:
        return self.puente_keys or self.puente_var / "puente.keys"


def read_settings() -> Settings:
    """The settings of this process. Raises SettingsError naming the first wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "?"
        raise SettingsError(f"{name}: {first['msg']}. Corríjalo en las variables de entorno o en .env.") from None
