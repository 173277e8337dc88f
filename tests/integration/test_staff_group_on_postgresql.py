"""Alerts and the staff's group on PostgreSQL, where several processes look after them at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.handoff import alerts
from bot.handoff.mail import next_letters
from bot.records.database import Database, open_database
from bot.records.staff import Staff
from bot.records.tickets import TicketNote, TicketState
from bot.settings import ROOT
from tests.chats import Chat
from tests.postgresql import fresh
from tests.staff_group import LUIS, ROSA, Office

PROCESSES = 6


@pytest.fixture
def office(postgresql: str, tmp_path: Path) -> Iterator[Office]:
    database: Database = open_database(fresh(postgresql), tmp_path / "keys")
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    yield Office(Chat(database, Surroundings(content, danger, "test", "", utc_now())))
    database.close()


def test_a_person_is_attended_from_a_topic(office: Office) -> None:
    office.chat.person_waits()
    office.works()
    thread = office.thread()
    office.writes(ROSA, "/tomar", thread)
    office.writes(ROSA, "buenas tardes", thread)
    office.writes(LUIS, "yo también", thread)
    office.writes(LUIS, "// nota", thread)
    office.works()
    assert office.to_person() == ["buenas tardes"] and office.hints() == ["held", "not_holder", "noted"]
    assert office.chat.call(lambda session: session.scalars(select(TicketNote.text)).all()) == ["nota"]
    office.writes(ROSA, "/cerrar", thread)
    office.works()
    assert office.ticket().state is TicketState.RESOLVED and not office.telegram.topics[thread].is_open


def test_a_letter_is_sent_by_one_process_alone(office: Office) -> None:
    def give_addresses(session: Session) -> None:
        for member in session.scalars(select(Staff)):
            member.email = f"{member.name}@example.org"

    office.chat.call(give_addresses)
    office.chat.person_waits()
    later = office.chat.now + timedelta(seconds=1)
    with ThreadPoolExecutor(PROCESSES) as processes:
        found = list(processes.map(lambda _: office.chat.database.call(next_letters, later), range(PROCESSES)))
    assert sorted(letter.recipient for letters in found for letter in letters) == ["luis", "rosa"]
    assert office.chat.call(alerts.waiting) == 3
