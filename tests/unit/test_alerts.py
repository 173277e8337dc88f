"""Alerts to staff: to whom, until when, and what they do not say."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.handoff import alerts, tickets
from bot.handoff.alerts import GAPS, raise_alert
from bot.handoff.wording import alert_text
from bot.health import health, measure
from bot.permissions import Actor
from bot.records.database import Database
from bot.records.staff import Role, Staff
from bot.records.tickets import Alert, AlertState, Channel, Ticket, TicketState
from bot.settings import Settings
from tests.console import app_of
from tests.outgoing import conversation_of

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
ROSA = Actor("rosa", Role.AGENT)
SECRET = "Ana Secreta"


def member(session: Session, name: str, role: Role = Role.AGENT, email: str | None = "x@example.org", **more: object) -> Staff:
    found = Staff(name=name, role=role, created_at=NOW, created_by="operator", email=email, **more)
    session.add(found)
    session.flush()
    return found


def ticket(session: Session, chat: str = "ana") -> Ticket:
    return tickets.open_ticket(session, conversation_of(session, chat), "asked", NOW)


def told(session: Session, kind: str) -> list[str]:
    """The members who are to be told of that kind by mail."""
    query = select(Alert.recipient).where(Alert.kind == kind, Alert.channel == Channel.EMAIL).order_by(Alert.id)
    return list(session.scalars(query))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with Session(database.engine) as opened, opened.begin():
        yield opened


def test_a_new_request_is_told_to_the_group_and_to_members_of_the_desk_who_are_here(session: Session) -> None:
    member(session, "rosa")
    member(session, "luis", Role.SUPERVISOR)
    member(session, "away", is_away=True)
    member(session, "gone", revoked_at=NOW)
    member(session, "no address", email=None)
    for role in (Role.EDITOR, Role.REVIEWER, Role.DATA_OFFICER, Role.ADMIN, Role.PARTNER):
        member(session, str(role), role)
    ticket(session)
    assert told(session, "new") == ["rosa", "luis"]
    assert [each.ticket_id for each in alerts.due(session, Channel.GROUP, NOW)] == [1]


def test_what_nobody_took_is_told_to_supervisors_also_when_all_of_them_are_away(session: Session) -> None:
    member(session, "rosa")
    luis = member(session, "luis", Role.SUPERVISOR)
    member(session, "eva", Role.SUPERVISOR, is_away=True)
    opened = ticket(session)
    raise_alert(session, opened, "escalated", NOW)
    assert told(session, "escalated") == ["luis"]
    luis.is_away = True
    raise_alert(session, opened, "escalated", NOW)
    assert told(session, "escalated") == ["luis", "luis", "eva"], "the second round"


@pytest.mark.parametrize(
    ("kind", "end", "stops"),
    [
        ("new", "claimed", True), ("escalated", "claimed", True), ("danger", "claimed", False), ("late", "claimed", False),
        ("new", "closed", True), ("danger", "closed", True), ("silent", "closed", True), ("survey", "closed", False),
        ("new", "seen", True), ("danger", "seen", True), ("late", "seen", True),
    ],
)  # fmt: skip
def test_an_alert_is_tried_until_it_is_needed_no_more(kind: str, end: str, stops: bool, session: Session) -> None:
    opened = ticket(session)
    if kind != "new":
        raise_alert(session, opened, kind, NOW)
    [number] = [each.id for each in alerts.due(session, Channel.GROUP, NOW) if each.kind == kind]
    later = NOW + timedelta(minutes=1)
    if end == "claimed":
        tickets.claim(session, opened.id, "rosa", later)
    elif end == "closed":
        tickets.close(session, opened.id, "rosa", later)
    else:
        assert alerts.acknowledge(session, opened, ROSA, later)
    left = [each.kind for each in alerts.due(session, Channel.GROUP, later)]
    assert (kind not in left) is stops
    assert session.get_one(Alert, number).state is (AlertState.FAILED if stops else AlertState.QUEUED)


def test_what_happens_after_somebody_saw_it_is_told_again(session: Session) -> None:
    opened = ticket(session)
    assert alerts.acknowledge(session, opened, ROSA, NOW + timedelta(minutes=1))
    assert not alerts.acknowledge(session, opened, ROSA, NOW + timedelta(minutes=2)), "nothing was called for since"
    raise_alert(session, opened, "danger", NOW + timedelta(minutes=3))
    assert [each.kind for each in alerts.due(session, Channel.GROUP, NOW + timedelta(minutes=3))] == ["danger"]
    assert alerts.acknowledge(session, opened, ROSA, NOW + timedelta(minutes=4))


def test_a_closed_request_is_not_acknowledged(session: Session) -> None:
    opened = ticket(session)
    opened.state = TicketState.RESOLVED
    assert not alerts.acknowledge(session, opened, ROSA, NOW)


def test_the_most_urgent_goes_first(session: Session) -> None:
    ticket(session)
    tickets.alert(session, ticket(session, "beto"), "trafficking", NOW)
    assert [(each.ticket_id, each.kind) for each in alerts.due(session, Channel.GROUP, NOW)] == [(2, "new"), (2, "danger"), (1, "new")]


def test_each_failure_makes_the_next_wait_longer_and_none_ends_the_trying(session: Session) -> None:
    ticket(session)
    now = NOW
    for count in range(20):
        [found] = alerts.due(session, Channel.GROUP, now)
        alerts.failed(session, [found.id], "network", now)
        gap = GAPS[min(count, len(GAPS) - 1)]
        assert not alerts.due(session, Channel.GROUP, now + gap - timedelta(milliseconds=1))
        now += gap
    assert alerts.waiting(session) == 1
    [found] = alerts.due(session, Channel.GROUP, now)
    alerts.sent(session, [found.id], now, "77")
    assert alerts.waiting(session) == 0
    told_of = alerts.of_group_message(session, "77")
    assert told_of is not None and told_of.id == found.ticket_id


def test_a_channel_nobody_has_set_up_leaves_nothing_waiting(session: Session) -> None:
    member(session, "rosa")
    ticket(session)
    assert alerts.waiting(session) == 2
    alerts.turn_off(session, Channel.EMAIL)
    assert [each.channel for each in session.scalars(select(Alert).where(Alert.state == AlertState.QUEUED))] == [Channel.GROUP]


@given(minutes=st.integers(0, 10**6), kind=st.sampled_from(["new", "danger", "late", "silent", "escalated", "survey"]))
def test_an_alert_says_number_urgency_topic_and_wait_and_nothing_the_person_said(minutes: int, kind: str, content: Content) -> None:
    notice = alerts.Notice(1, kind, 4711, alerts.Urgency.DANGER, "health", minutes)
    text = alert_text(content, notice, "https://puente.example.mx")
    assert "4711" in text and "Salud" in text and "peligro" in text and text.endswith("https://puente.example.mx/consola/peticiones/4711")
    assert str(minutes if minutes < 120 else minutes // 60) in text


def test_no_column_of_an_alert_holds_what_was_said(session: Session) -> None:
    conversation = conversation_of(session, "ana")
    conversation.state = {"slots": {"name": SECRET, "topic": "health"}}
    tickets.open_ticket(session, conversation, "asked", NOW)
    [alert] = session.scalars(select(Alert))
    assert SECRET not in str({column.name: getattr(alert, column.name) for column in Alert.__table__.columns})


def test_the_health_page_counts_what_has_not_gone_out(database: Database, live: LiveContent, tmp_path: Path) -> None:
    database.call(ticket)
    app = app_of(database, live, Settings(puente_var=tmp_path, _env_file=None), lambda: NOW)

    async def look() -> int:
        await measure(app)
        return (await health(app)).alerts_waiting

    assert asyncio.run(look()) == 1
    assert app.metrics.registry.get_sample_value("puente_alerts_waiting") == 1
    database.call(lambda session: alerts.sent(session, [1], NOW, "5"))
    assert asyncio.run(look()) == 0
