"""All pages of the console, in one table: a new one is one line here and one in `permissions.DOORS`."""

from collections.abc import Callable
from datetime import datetime

from bot.app import App
from bot.console import dashboard, examples, export, review
from bot.console.door import Console, Page
from bot.console.home import show_home
from bot.conversation.worker import utc_now
from bot.permissions import SIGNED_IN


def console_of(app: App, clock: Callable[[], datetime] = utc_now) -> Console:
    pages = [
        Page("/consola", SIGNED_IN, show_home),
        *review.PAGES,
        *examples.pages(),
        *dashboard.pages(),
        *export.PAGES,
    ]
    return Console(app, pages, clock)
