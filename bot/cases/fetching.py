"""Photographs that people sent are fetched from the door after the turn, looked at, encrypted and stored; again and again until it works.

What waits is in the database, so a process that dies forgets nothing. A photograph that the door no longer has, or that could do harm, is
given up, and the person is asked for another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.cases import files
from bot.cases.checklist import change, stored_name
from bot.cases.consent import consent_stands
from bot.cases.telling import tell
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError, TelegramError
from bot.permissions import ASSISTANT
from bot.records.cases import CaseDocument, CaseFile, DocumentState
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.referrals import Referral
from bot.referrals.lifecycle import TAKEN_BACK

logger = logging.getLogger(__name__)

type FetchBytes = Callable[[str], Awaitable[bytes]]
"""Raises TelegramError when it may work later, RefusedError when it never will."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=2)  # of the door giving nothing


@dataclass(frozen=True)
class Awaited:
    document_id: int
    file_id: str
    sent_at: datetime
    name: str  # under which it will lie in the data folder


@dataclass(frozen=True)
class Pause:
    """After a failure: until when it is left alone, and how long the next one would be."""

    until: datetime
    wait: timedelta


class Fetching:
    """Fetches for one door. Keep one: it remembers what failed and waits longer each time."""

    def __init__(self, database: Database, bot_id: str, folder: Path, fetch: FetchBytes) -> None:
        self._database, self._bot_id, self._folder, self._fetch = database, bot_id, folder, fetch
        self._paused: dict[int, Pause] = {}

    async def once(self, around: Surroundings) -> int:
        """One round over what waits. Returns how many were stored."""
        waiting = await self._database.run(awaited, self._bot_id, around.now)
        self._paused = {each.document_id: pause for each in waiting if (pause := self._paused.get(each.document_id))}
        stored = 0
        for each in waiting:
            pause = self._paused.get(each.document_id)
            if pause is None or pause.until <= around.now:
                stored += await self._bring(each, around)
        return stored

    async def _bring(self, each: Awaited, around: Surroundings) -> bool:
        try:
            data = await self._fetch(each.file_id)
            await asyncio.to_thread(files.look_at, data)
        except (TelegramError, RefusedError) as error:
            if isinstance(error, RefusedError) or each.sent_at < around.now - GIVEN_UP_AFTER:
                await self._database.run(give_up, each, around)
            else:
                self._pause(each, around.now)
            return False
        try:
            name = await asyncio.to_thread(files.store, self._folder, data, each.name)
        except OSError as error:  # the disk is full or may not be written: the next round tries again
            logger.error("A document cannot be stored (%s)", type(error).__name__)
            self._pause(each, around.now)
            return False
        outdated = await self._database.run_durable(settle, each, name, around.now)
        if outdated:
            await asyncio.to_thread(files.remove, self._folder, outdated)
        return outdated != name

    def _pause(self, each: Awaited, now: datetime) -> None:
        before = self._paused.get(each.document_id)
        wait = min(before.wait * 2, LONGEST_WAIT) if before else FIRST_WAIT
        self._paused[each.document_id] = Pause(now + wait, wait)
        logger.warning("A document could not be fetched; trying again in %s s", int(wait.total_seconds()))


def awaited(session: Session, bot_id: str, now: datetime) -> list[Awaited]:
    """Photographs sent through that door that are not yet kept and still may be, oldest first."""
    query = (
        select(CaseDocument)
        .join(CaseFile, CaseFile.id == CaseDocument.case_file_id)
        .join(Referral, Referral.id == CaseFile.referral_id)
        .join(Conversation, Conversation.id == Referral.conversation_id)
        .where(CaseDocument.file_id.is_not(None), Conversation.bot_id == bot_id, Referral.state.not_in(TAKEN_BACK), consent_stands(now))
        .order_by(CaseDocument.changed_at, CaseDocument.id)
    )
    rows = [(row, stored_name(row)) for row in session.scalars(query)]
    return [Awaited(row.id, row.file_id, row.changed_at, name) for row, name in rows if row.file_id and name]


def settle(session: Session, each: Awaited, name: str, now: datetime) -> str | None:
    """The file is kept and its name at the door forgotten. What is to be removed: the one before, or this one if it is not wanted now."""
    row = session.get(CaseDocument, each.document_id, with_for_update=True)
    if row is None or row.file_id != each.file_id:  # sent again, taken back or erased meanwhile
        return name
    outdated, row.stored, row.file_id = row.stored if row.stored != name else None, name, None
    audit.write(session, ASSISTANT, "file.keep", _conversation(session, row).reference, now, why=row.name)
    return outdated


def give_up(session: Session, each: Awaited, around: Surroundings) -> None:
    """It cannot be had or may not be kept: the document is missing again, and whoever sent it is told."""
    row = session.get(CaseDocument, each.document_id, with_for_update=True)
    if row is None or row.file_id != each.file_id:
        return
    case, conversation = session.get_one(CaseFile, row.case_file_id), _conversation(session, row)
    row.file_id = None
    if row.state is DocumentState.SENT and row.stored is None:
        change(session, case, row, DocumentState.MISSING, ASSISTANT.name, "photo refused", around.now)
    programme = around.content.programmes.get(case.programme)
    document = programme.document(row.name) if programme else None
    title = around.content.translate(document.title if document else row.name, conversation.language)
    tell(session, conversation, "utter_case_photo_refused", {"document": title}, around)


def _conversation(session: Session, row: CaseDocument) -> Conversation:
    case = session.get_one(CaseFile, row.case_file_id)
    return session.get_one(Conversation, session.get_one(Referral, case.referral_id).conversation_id)
