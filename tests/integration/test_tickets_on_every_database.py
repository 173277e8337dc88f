"""The clock's work on tickets, on both databases: several processes at once do each thing once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.handoff import order, returning, tickets, waiting
from bot.records.conversations import Message
from bot.records.database import Database
from bot.records.tickets import Ticket, TicketState
from bot.settings import ROOT
from tests.asking import conversation
from tests.shifts import at, follow, member
from tests.stores import rows

OPENED, HOUR_LATER = at("2026-11-24 11:00"), at("2026-11-24 12:00")
MANY = 6


@pytest.fixture(scope="module")
def around() -> Surroundings:
    content, danger = LiveContent(ROOT / "flows", None, None).current()
    return Surroundings(content, danger, "tickets", "", HOUR_LATER)


def test_every_job_is_done_once_by_several_at_once(database: Database, around: Surroundings) -> None:
    database.call(member, "rosa")
    for number in range(MANY):
        ticket_id = database.call(
            lambda session, chat=f"chat {number}": tickets.open_ticket(session, conversation(session, chat), "asked", OPENED).id  # type: ignore[misc]
        )
        if number % 2:
            database.call(tickets.claim, ticket_id, "rosa", OPENED)
    start = Barrier(4)

    def look(_: int) -> dict[str, int]:
        start.wait(10)
        return follow(database, around)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(look, range(4)))
    again = follow(database, around)
    total = {job.name: sum(each.get(job.name, 0) for each in (*done, again)) for job in returning.JOBS}
    assert total["went back to the queue"] == MANY // 2 and total["is taken by nobody"] == MANY // 2
    assert [each.response for each in rows(database, Message)] == ["utter_person_returned"] * (MANY // 2)
    assert {each.state for each in rows(database, Ticket)} == {TicketState.WAITING}
    assert follow(database, around) == {}


def test_the_place_in_the_queue_and_the_wait_are_found(database: Database, around: Surroundings) -> None:
    for number in range(MANY):
        database.call(
            lambda session, chat=f"chat {number}": tickets.open_ticket(session, conversation(session, chat), "asked", OPENED).id  # type: ignore[misc]
        )
    for ticket in rows(database, Ticket)[:5]:
        database.call(tickets.claim, ticket.id, "rosa", OPENED)
        database.call(lambda session, number=ticket.id: tickets.replied(session, session.get_one(Ticket, number), at("2026-11-24 11:20")))  # type: ignore[misc]
    team = replace(around.content.team)
    assert database.call(waiting.expected_wait, team, HOUR_LATER) == 20
    last = rows(database, Ticket)[-1].id
    assert database.call(lambda session: order.ahead_of(session, session.get_one(Ticket, last))) == 0
