"""All pages of the console, in one table: a new one is one line here and one in `doors.DOORS`."""

from collections.abc import Callable
from datetime import datetime

from bot.app import App
from bot.console import (
    account,
    answering,
    assessments,
    audit,
    case_files,
    conversation,
    dashboard,
    directory,
    enrolment,
    examples,
    export,
    files,
    inbox,
    inviting,
    live,
    referrals,
    review,
    rights,
    rights_officials,
    second_reading,
    signing,
    team,
    training,
    translating,
    wizard,
)
from bot.console.door import Console, Page
from bot.console.home import show_home
from bot.console.proving import Proving
from bot.conversation.worker import utc_now
from bot.doors import SIGNED_IN


def console_of(app: App, clock: Callable[[], datetime] = utc_now) -> Console:
    proving = Proving()
    pages = [
        Page("/consola", SIGNED_IN, show_home),
        *conversation.PAGES,
        *answering.PAGES,
        *second_reading.PAGES,
        *files.PAGES,
        *translating.PAGES,
        *inbox.PAGES,
        *referrals.PAGES,
        *case_files.PAGES,
        *review.PAGES,
        *examples.pages(),
        *live.PAGES,
        *signing.pages(proving),
        *enrolment.pages(proving),
        *account.pages(proving),
        *team.PAGES,
        *training.PAGES,
        *assessments.PAGES,
        *inviting.PAGES,
        *wizard.PAGES,
        *rights_officials.PAGES,
        *rights.PAGES,
        *audit.PAGES,
        *directory.PAGES,
        *dashboard.pages(),
        *export.PAGES,
    ]
    return Console(app, pages, clock)
