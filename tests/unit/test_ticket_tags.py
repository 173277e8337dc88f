"""Sorting a ticket: its tags, topic and urgency, each change with its event and its row of the audit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import identifiers
from bot.content.team import Team
from bot.errors import RefusedError
from bot.handoff import clocks, tags
from bot.handoff.tags import Sorting
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketEvent, TicketState, Urgency
from tests.asking import NOW
from tests.attended import Attended
from tests.queues import ticket
from tests.shifts import alerts, at
from tests.stores import rows

ROSA = Actor("rosa", Role.AGENT)
VERA = Actor("vera", Role.SUPERVISOR)  # may also say that it is less urgent than danger
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


TEAM = Team(reply_within={"danger": 10, "high": 60, "normal": 480}, resolve_within={"danger": 60, "high": 480, "normal": 960})
TUESDAY = at("2026-11-24 09:00")
ELEVEN = at("2026-11-24 11:00")


def weighed(database: Database, urgency: Urgency, was: Urgency, **fields: Any) -> Ticket:
    """Opened on a Tuesday at nine; staff say at eleven how urgent it is."""
    terms = {"reply_by": clocks.reply_by(TEAM, was, TUESDAY), "resolve_by": clocks.resolve_by(TEAM, was, TUESDAY)}
    given = {"opened_at": TUESDAY, "changed_at": TUESDAY, "waiting_since": TUESDAY, "urgency": was, **terms, **fields}
    number = database.call(lambda session: ticket(session, **given).id)
    return database.call(tags.sort, number, Sorting(urgency=urgency), VERA, TOPICS, ELEVEN, TEAM)


def test_more_urgent_shortens_the_terms_from_now_on(database: Database) -> None:
    changed = weighed(database, Urgency.HIGH, Urgency.NORMAL)
    assert (changed.reply_by, changed.resolve_by) == (at("2026-11-24 12:00"), clocks.resolve_by(TEAM, Urgency.HIGH, ELEVEN))
    assert database.call(alerts, changed) == []


def test_less_urgent_has_the_longer_terms_since_the_person_waits(database: Database) -> None:
    changed = weighed(database, Urgency.NORMAL, Urgency.DANGER)
    expected = clocks.reply_by(TEAM, Urgency.NORMAL, TUESDAY), clocks.resolve_by(TEAM, Urgency.NORMAL, TUESDAY)
    assert (changed.reply_by, changed.resolve_by) == expected
    assert database.call(alerts, changed) == []


def test_nobody_is_late_for_a_word_that_nobody_waits_for(database: Database) -> None:
    changed = weighed(database, Urgency.DANGER, Urgency.NORMAL, waiting_since=None, reply_by=None, state=TicketState.ASSIGNED)
    assert (changed.waiting_since, changed.reply_by) == (None, None)
    assert changed.resolve_by == clocks.resolve_by(TEAM, Urgency.DANGER, ELEVEN)


def test_raised_to_danger_it_is_told_to_all_of_the_desk(database: Database) -> None:
    changed = weighed(database, Urgency.DANGER, Urgency.HIGH)
    assert changed.reply_by == at("2026-11-24 10:00"), "no term gets longer"
    assert database.call(alerts, changed) == ["danger"]


def test_danger_waits_for_no_time_that_anybody_chose(database: Database) -> None:
    chosen = at("2026-11-26 10:00")
    off = {"state": TicketState.SNOOZED, "callback_at": chosen, "snoozed_until": chosen, "reply_by": None}
    changed = weighed(database, Urgency.DANGER, Urgency.NORMAL, **off)
    assert (changed.state, changed.snoozed_until) == (TicketState.WAITING, None)
    changed = weighed(database, Urgency.HIGH, Urgency.NORMAL, **off)
    assert changed.state is TicketState.SNOOZED and changed.reply_by == clocks.reply_by(TEAM, Urgency.HIGH, chosen)


def test_the_form_counts_in_the_hours_of_the_team_of_the_content(attended: Attended) -> None:
    attended.rosa.send(f"{attended.path}/ordenar", urgencia="alta")
    team, changed = attended.around.content.team, attended.ticket()
    assert changed.urgency == Urgency.HIGH and changed.reply_by == clocks.reply_by(team, Urgency.HIGH, attended.desk.now)
