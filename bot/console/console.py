"""All pages of the console, in one table: a new one is one line here and one in `permissions.DOORS`."""

from collections.abc import Callable
from datetime import datetime

from bot.app import App
from bot.console import live
from bot.console.door import Console, Page
from bot.console.home import show_home
from bot.conversation.worker import utc_now
from bot.permissions import SIGNED_IN


def console_of(app: App, clock: Callable[[], datetime] = utc_now) -> Console:
    pages = [
        Page("/consola", SIGNED_IN, show_home),
        *live.PAGES,
    ]
    return Console(app, pages, clock)
