"""Searching the queue: by number, folio, topic and tag, and never by what somebody said."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.handoff import queue, search
from bot.handoff.search import By, Search
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.referrals import Referral
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketState
from tests.asking import NOW
from tests.queues import tag, ticket
from tests.stores import rows

ROSA = Actor("rosa", Role.AGENT)
TOPICS = {"health": "Salud", "employment": "Trabajo", "missing": "Personas desaparecidas"}
FOLIO = "PTE-26-ABC234"


def searched(database: Database, text: str) -> Search:
    return database.call(search.find, ROSA, text, TOPICS, NOW)


def numbers(found: Search) -> list[int]:
    return [line.id for line in found.lines]


@pytest.fixture
def two(database: Database) -> tuple[int, int]:
    """Of one conversation with a case, the first of them closed; and another's."""

    def make(session: Session) -> tuple[int, int]:
        first = ticket(session, topic="health", state=TicketState.RESOLVED)
        second = ticket(session, topic="employment", conversation_id=first.conversation_id)
        ticket(session, topic="missing")
        tag(session, first, "papeles")
        session.add(
            Referral(
                folio=FOLIO, idempotency_key="key", conversation_id=first.conversation_id, organization_id="ipam", need="work", details={},
                created_at=NOW, changed_at=NOW,
            )
        )  # fmt: skip
        session.add(Message(conversation_id=first.conversation_id, direction=Direction.IN, text="tengo papeles secretos", created_at=NOW))
        return first.id, second.id

    return database.call(make)


@pytest.mark.parametrize("typed", ["{}", " {} ", "#{}"])
def test_a_number_finds_that_ticket_open_or_closed(typed: str, two: tuple[int, int], database: Database) -> None:
    found = searched(database, typed.format(two[0]))
    assert (found.by, numbers(found)) == (By.NUMBER, [two[0]])


@pytest.mark.parametrize("typed", ["99999", "9" * 40, "0"])
def test_a_number_of_nothing_finds_nothing(typed: str, two: tuple[int, int], database: Database) -> None:
    assert numbers(searched(database, typed)) == []


@pytest.mark.parametrize("typed", [FOLIO, FOLIO.lower(), f"  {FOLIO} "])
def test_a_folio_finds_all_tickets_of_that_conversation_and_the_audit_names_it(
    typed: str, two: tuple[int, int], database: Database
) -> None:
    found = searched(database, typed)
    assert (found.by, numbers(found)) == (By.FOLIO, [two[1], two[0]])
    reference = database.call(
        lambda session: session.scalar(
            select(Conversation.reference).join(Ticket, Ticket.conversation_id == Conversation.id).where(Ticket.id == two[0])
        )
    )
    [written] = rows(database, AuditEntry)
    assert (written.who, written.action, written.subject, written.why) == ("rosa", Action.TICKET_LIST, reference, f"search {FOLIO}")


def test_a_folio_of_nobody_finds_nothing_and_is_written_down_too(two: tuple[int, int], database: Database) -> None:
    assert numbers(searched(database, "PTE-26-ZZZ999")) == []
    assert [(each.subject, each.why) for each in rows(database, AuditEntry)] == [(None, "search PTE-26-ZZZ999")]


def test_a_word_finds_topics_and_tags_the_open_ones_first(two: tuple[int, int], database: Database) -> None:
    assert numbers(searched(database, "trabajo")) == [two[1]]
    assert numbers(searched(database, "SALUD")) == [two[0]]
    assert numbers(searched(database, "#Papeles")) == [two[0]]
    assert len(numbers(searched(database, "desaparecídas"))) == 1


@pytest.mark.parametrize("typed", ["secretos", "tengo papeles", "%", "_", "'", "", "a"])
def test_what_somebody_said_is_not_found(typed: str, two: tuple[int, int], database: Database) -> None:
    assert numbers(searched(database, typed)) == []


def test_what_was_typed_is_written_down_only_when_it_is_a_folio(two: tuple[int, int], database: Database) -> None:
    searched(database, "Juana Pérez")
    assert [each.why for each in rows(database, AuditEntry)] == ["search word"]


def test_more_than_a_page_is_said_to_be_more(two: tuple[int, int], database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "SHOWN", 1)
    assert searched(database, FOLIO).is_more and not searched(database, "salud").is_more
