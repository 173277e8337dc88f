"""The cookie of the staff: for the console alone, from its own pages alone, and over https alone where that is how it is reached."""

from starlette.responses import Response

from bot.accounts.sessions import LASTS
from bot.settings import Settings

COOKIE = "puente_equipo"
PATH = "/consola"


def name_of(settings: Settings) -> str:
    """Browsers take a name that begins with `__Secure-` only over https (RFC 6265bis); `__Host-` would have to be for all paths."""
    return f"__Secure-{COOKIE}" if _is_https(settings) else COOKIE


def give(response: Response, settings: Settings, token: str) -> None:
    response.set_cookie(
        name_of(settings), token, max_age=int(LASTS.total_seconds()), path=PATH, httponly=True, samesite="strict",
        secure=_is_https(settings),
    )  # fmt: skip


def take_away(response: Response, settings: Settings) -> None:
    response.delete_cookie(name_of(settings), path=PATH, httponly=True, samesite="strict", secure=_is_https(settings))


def _is_https(settings: Settings) -> bool:
    return (settings.puente_public_url or "").startswith("https://")
