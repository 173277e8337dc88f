"""Sorting a ticket: its tags, topic and urgency, each change with its event and its row of the audit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import identifiers
from bot.errors import RefusedError
from bot.handoff import tags
from bot.handoff.tags import Sorting
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketEvent, TicketState, Urgency
from tests.asking import NOW
from tests.queues import ticket
from tests.stores import rows

ROSA = Actor("rosa", Role.AGENT)
TOPICS = {"health", "women"}


@pytest.fixture
def number(database: Database) -> int:
    return database.call(lambda session: ticket(session, topic="health").id)


def sorted_by(database: Database, number: int, **sorting: Any) -> None:
    database.call(tags.sort, number, Sorting(**sorting), ROSA, TOPICS, NOW)


def written(database: Database) -> list[tuple[str, str, str | None]]:
    return [(each.what, each.who, each.why) for each in rows(database, TicketEvent)]


def test_each_change_leaves_an_event_and_a_row_of_the_audit_about_that_conversation(number: int, database: Database) -> None:
    sorted_by(database, number, topic="women", urgency=Urgency.DANGER, added="#Vuelve  el LUNES")
    sorted_by(database, number, removed=("vuelve el lunes",))
    what = [("tag", "vuelve el lunes"), ("topic", "women"), ("urgency", "danger"), ("untag", "vuelve el lunes")]
    assert written(database) == [(name, "rosa", why) for name, why in what]
    [reference] = database.call(lambda session: list(session.scalars(select(Conversation.reference))))
    assert [(each.action, each.subject, each.why) for each in rows(database, AuditEntry)] == [
        (Action.TICKET_SORT, reference, f"{name} {why}") for name, why in what
    ]
    [changed] = rows(database, Ticket)
    assert (changed.topic, changed.urgency) == ("women", Urgency.DANGER)


def test_what_is_so_already_leaves_no_trace(number: int, database: Database) -> None:
    sorted_by(database, number, added="papeles")
    before = len(rows(database, AuditEntry))
    sorted_by(database, number, topic="health", urgency=Urgency.NORMAL, added=" PAPELES ", removed=("queja",))
    assert len(rows(database, AuditEntry)) == before and [each[0] for each in written(database)] == ["tag"]


@pytest.mark.parametrize(
    "wrong",
    [
        "ana arroba gmail.com", "pasaporte ab12345",
        "2221234567", "tel 222 123 45 67", "ana@example.com", "pte-26-abc234", "PTE 26 ABC234", "GOMA800101HPLRRN09", "123456", "x" * 33,
        "a,b", "<b>", "a\nb!", "-", "¿qué?", "g12345678",
    ],
)  # fmt: skip
def test_what_names_somebody_or_is_no_word_is_no_tag(wrong: str, number: int, database: Database) -> None:
    with pytest.raises(RefusedError):
        sorted_by(database, number, added=wrong, topic="women")
    assert written(database) == [] and rows(database, Ticket)[0].topic == "health"


@given(st.text(max_size=40))
def test_a_tag_that_is_kept_is_short_lower_case_and_names_nobody(typed: str) -> None:
    try:
        tag = tags.normal(typed)
    except RefusedError:
        return
    assert 0 < len(tag) <= tags.LONGEST and "," not in tag and tag == tags.normal(tag)
    assert not identifiers.masked(tag).kinds and sum(map(str.isdigit, tag)) <= tags.MOST_DIGITS


def test_a_ticket_has_eight_tags_at_the_most(number: int, database: Database) -> None:
    for each in range(tags.MOST):
        sorted_by(database, number, added=f"palabra {each}")
    with pytest.raises(RefusedError, match="8"):
        sorted_by(database, number, added="una más")
    sorted_by(database, number, added="una más", removed=("palabra 0",))
    assert len(database.call(tags.of_ticket, number)) == tags.MOST


def test_a_topic_is_one_of_ours_or_none(number: int, database: Database) -> None:
    with pytest.raises(RefusedError, match="lista"):
        sorted_by(database, number, topic="astrology")
    sorted_by(database, number, topic="")
    assert rows(database, Ticket)[0].topic is None


def test_a_closed_ticket_takes_tags_and_a_topic_and_its_urgency_stays(number: int, database: Database) -> None:
    def close(session: Session) -> None:
        session.get_one(Ticket, number).state = TicketState.RESOLVED

    database.call(close)
    sorted_by(database, number, added="queja", topic="women")
    with pytest.raises(RefusedError, match="cerrada"):
        sorted_by(database, number, urgency=Urgency.DANGER)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.AGENT, Role.SUPERVISOR)])
def test_who_is_not_at_the_desk_sorts_nothing(role: Role, number: int, database: Database) -> None:
    with pytest.raises(RefusedError, match="permiso"):
        database.call(tags.sort, number, Sorting(added="papeles"), Actor("x", role), TOPICS, NOW)
    assert written(database) == []
