"""What the service does by itself beside the conversations: one table of jobs, each with its own time and its own transactions.

A job that fails is written down and tried again; the others go on. One that takes long is not begun a second time meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot import audit
from bot.accounts import forms, sessions
from bot.app import App
from bot.cases import files, keeping
from bot.conversation import closing, deferred, inbox
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import KEPT_FOR, utc_now
from bot.courses import reminders
from bot.handoff import alerts, group_outcomes, presence, returning
from bot.handoff.mail import PostOffice, send_due
from bot.keeping.nightly import Nightly
from bot.numbers import exports
from bot.privacy import farewell
from bot.records.database import Database
from bot.records.tickets import Channel
from bot.referrals import followups

logger = logging.getLogger(__name__)

OFTEN = 2.0  # seconds, as all below
FOLLOW_UP_EVERY = 120.0
TICKETS_EVERY = 30.0
TIDY_EVERY = 600.0
REMIND_EVERY = 600.0
NOTE_HEAD_EVERY = 24 * 60 * 60.0
RESTS = 60.0  # after a failure that is not the database's: it may well be there for long


@dataclass(frozen=True)
class Job:
    name: str
    every: float  # seconds
    do: Callable[[], Awaitable[object]]


def jobs_of(app: App) -> tuple[Job, ...]:
    run, folder, night = app.database.run, app.settings.files_folder, Nightly(app.database)
    return (
        Job("questions asked again", OFTEN, lambda: _ask_again(app)),
        Job("alerts", OFTEN, lambda: _alert(app)),
        Job("notices in the staff's group", TIDY_EVERY, lambda: run(group_outcomes.forget_notices, utc_now())),
        Job("photographs taken back", OFTEN, lambda: run(keeping.follow_lately, folder, utc_now())),
        Job("cases followed up", FOLLOW_UP_EVERY, lambda: _follow_up(app)),
        Job("tickets followed up", TICKETS_EVERY, lambda: _follow_tickets(app)),
        Job("officials reminded", REMIND_EVERY, lambda: _remind(app)),
        Job("case files", TIDY_EVERY, lambda: run(keeping.follow_referrals, folder, utc_now())),
        Job("files of nobody", TIDY_EVERY, lambda: run(files.sweep, folder, utc_now())),
        Job("inbox", TIDY_EVERY, lambda: run(inbox.purge, utc_now() - KEPT_FOR)),
        Job("who looked at what", TIDY_EVERY, lambda: run(presence.forget, utc_now())),
        Job("idle conversations", TIDY_EVERY, lambda: run(closing.drop_idle, utc_now())),
        Job("sessions of staff", TIDY_EVERY, lambda: run(sessions.purge, utc_now())),
        Job("forms that were taken", TIDY_EVERY, lambda: run(forms.forget, utc_now())),
        Job("receipts of erasures", TIDY_EVERY, lambda: _clear_receipts(app)),
        Job("thrown away by age", TIDY_EVERY, lambda: night.throw_away(app.content.current()[0].retention, folder, utc_now())),
        Job("exports", TIDY_EVERY, lambda: run(exports.sweep, app.settings.exports_folder, utc_now())),
        Job("head of the audit", NOTE_HEAD_EVERY, lambda: _note_head(app)),
    )


async def _ask_again(app: App) -> None:
    if not await app.rasa.is_ready():
        return
    again = await app.database.run(deferred.ask_again, utc_now(), deferred.AGAIN_AFTER)
    if again:
        app.worker.ring(again)


async def _alert(app: App) -> None:
    """By mail, where it is set up; what is queued for a channel that nobody has set up is settled."""
    settings = app.settings
    if settings.telegram_staff_group is None or settings.telegram_token is None:
        await app.database.run(alerts.turn_off, Channel.GROUP)
    if settings.puente_smtp_url is None or settings.puente_mail_from is None:
        await app.database.run(alerts.turn_off, Channel.EMAIL)
        return
    office = PostOffice.at(settings.puente_smtp_url.get_secret_value(), settings.puente_mail_from, settings.puente_public_url)
    await send_due(app.database, office, app.content.current()[0], utc_now, app.metrics)


async def _follow_up(app: App) -> None:
    content, detector = app.content.current()
    await follow_cases(app.database, Surroundings(content, detector, "followups", "", utc_now()))


async def follow_cases(database: Database, around: Surroundings) -> None:
    """Every case that is due, of every job."""
    await _follow_each(
        database, followups.JOBS, "Referral",
        lambda session, job, after: followups.due(session, job, around.now, after),
        lambda session, job, row: followups.follow(session, job, row, around),
    )  # fmt: skip


async def _follow_tickets(app: App) -> None:
    content, detector = app.content.current()
    await follow_tickets(app.database, Surroundings(content, detector, "tickets", "", utc_now()))


async def follow_tickets(database: Database, around: Surroundings) -> None:
    """Every ticket that is due, of every job."""
    await _follow_each(
        database, returning.JOBS, "Ticket",
        lambda session, job, after: returning.due(session, job, around.content.team, around.now, after),
        lambda session, job, row: returning.follow(session, job, row, around),
    )  # fmt: skip


async def _remind(app: App) -> None:
    content, detector = app.content.current()
    await remind_officials(app.database, Surroundings(content, detector, "reminders", "", utc_now()))


async def remind_officials(database: Database, around: Surroundings) -> None:
    """Every learner who is due, of every job."""
    await _follow_each(
        database, reminders.JOBS, "Learner",
        lambda session, job, after: reminders.due(session, job, around, after),
        lambda session, job, row: reminders.follow(session, job, row, around),
    )  # fmt: skip


class Named(Protocol):
    @property
    def name(self) -> str: ...


async def _follow_each[Kind: Named](
    database: Database,
    jobs: Iterable[Kind],
    what: str,
    due: Callable[[Session, Kind, int], list[int]],
    follow: Callable[[Session, Kind, int], object],
) -> None:
    """Every row that is due, of every job, each in a transaction of its own. `due` gives the next after a number."""
    for job in jobs:
        found = await database.run(due, job, 0)
        while found:
            for row in found:
                try:
                    await database.run(follow, job, row)
                except OperationalError:  # of the database, not of the row
                    raise
                except Exception:  # one row stops neither the others nor the other jobs, and is tried again the next time
                    logger.exception("%s %s cannot be followed up (%s)", what, row, job.name)
            found = await database.run(due, job, found[-1])


async def _clear_receipts(app: App) -> None:
    await app.database.run(farewell.clear, utc_now())
    await app.database.empty_log()


async def _note_head(app: App) -> None:
    logger.info("The audit has %s rows; its head is %s", *await app.database.run(audit.length_and_head))


class Housekeeping:
    """All are due at the start; from then on each in its time, on the loop's clock."""

    def __init__(self, jobs: tuple[Job, ...], clock: Callable[[], float]) -> None:
        self._jobs, self._clock = jobs, clock
        self._due = {job.name: clock() for job in jobs}
        self._under_way: set[str] = set()

    async def run(self) -> None:
        """Until it is cancelled: then the jobs under way are too."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await asyncio.sleep(OFTEN / 2)
                self.begin_due(tasks)

    def begin_due(self, tasks: asyncio.TaskGroup) -> None:
        for job in self._jobs:
            if self._due[job.name] <= self._clock() and job.name not in self._under_way:
                self._due[job.name] = self._clock() + job.every
                self._under_way.add(job.name)
                tasks.create_task(self._do(job))

    async def _do(self, job: Job) -> None:
        try:
            await job.do()
        except SQLAlchemyError as error:
            logger.error("Housekeeping waits for the database (%s: %s)", job.name, type(error).__name__)
        except Exception:  # whatever it is: the conversations and the other jobs go on
            logger.exception("Housekeeping failed (%s)", job.name)
            self._due[job.name] = self._clock() + max(job.every, RESTS)
        finally:
            self._under_way.discard(job.name)
