"""Whoever holds a certificate that rests on a protocol is told once when that protocol changes, by day, and goes on from there."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.content import spoken
from bot.content.languages import MEXICO
from bot.content.published import Content, Protocol
from bot.conversation.surroundings import Surroundings
from bot.courses import certificates, learners, reminders
from bot.housekeeping import remind_officials
from bot.permissions import Actor
from bot.records.conversations import Message
from bot.records.database import Database
from bot.records.learning import Certificate, Revocation
from bot.records.staff import Role
from tests.learning import INVITES, Official

MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=MEXICO)
COURSE = "first_contact"


@pytest.fixture
def eva(database: Database, content_around: Surroundings) -> Official:
    """She finished a course and holds its certificate."""
    official = Official(database, content_around)
    official.now = MONDAY
    official.joins().goes_through(content_around.content.courses[COURSE])
    assert len(held(official)) == 1
    return official


def held(eva: Official) -> list[Certificate]:
    return eva.call(lambda session: list(session.scalars(select(Certificate).order_by(Certificate.id))))


def changed(content: Content, versions: Mapping[str, str]) -> Content:
    """Those protocols as they are now, in their own words."""
    responses = dict(content.responses)
    for name, version in versions.items():
        is_now = Protocol(version, date(2026, 11, 23), f"Cambió el paso {version} de {name}.", False)
        responses[spoken.PROTOCOL + name] = replace(responses[spoken.PROTOCOL + name], protocol=is_now)
    return replace(content, responses=responses)


def change(eva: Official, **versions: str) -> None:
    eva.around = replace(eva.around, content=changed(eva.around.content, versions))


def told(eva: Official, days: float = 0, hours: float = 0) -> list[Message]:
    """What housekeeping says of protocols after that time."""
    eva.waits(days=days, hours=hours)
    before = len(eva.transcript())
    asyncio.run(remind_officials(eva.database, replace(eva.around, now=eva.now)))
    return [each for each in eva.transcript()[before:] if (each.response or "").startswith("utter_learning_refresh_due")]


def protocols(eva: Official) -> list[str]:
    return list(held(eva)[0].protocols)


def refreshes(eva: Official, protocol: str) -> list[str]:
    said = eva.presses(f"/refresh={protocol}")
    while eva.is_asked:
        said = eva.answers()
    return eva.presses(f"/have_read={protocol}") if said[-1].startswith(spoken.PROTOCOL) else said


def test_nobody_is_told_as_long_as_nothing_changes(eva: Official) -> None:
    assert told(eva, days=1) == [] and told(eva, days=30) == []


def test_the_holder_is_told_once_what_changed_and_until_when(eva: Official) -> None:
    name = protocols(eva)[0]
    change(eva, **{name: "2"})
    [said] = told(eva, hours=1)
    title = eva.around.content.courses[COURSE].title
    assert title in said.text and f"Cambió el paso 2 de {name}." in said.text and "23/12/2026" in said.text
    assert [payload for _, payload in said.buttons or ()] == [f"/refresh={name}"]
    [certificate] = held(eva)
    assert (certificate.told_at, certificate.told, certificate.protocols[name]) == (eva.now, {name: "2"}, "1")
    for _ in range(40):
        assert told(eva, days=1) == []


def test_another_change_is_told_again_before_and_after_the_refresher(eva: Official) -> None:
    name = protocols(eva)[0]
    change(eva, **{name: "2"})
    assert len(told(eva, hours=1)) == 1
    change(eva, **{name: "3"})
    assert told(eva, hours=1) == [], "one message a day"
    [second] = told(eva, days=1)
    assert "Cambió el paso 3" in second.text
    eva.waits(minutes=5)
    assert refreshes(eva, name)[-1] == "utter_learning_refreshed"
    [certificate] = held(eva)
    assert certificate.protocols[name] == "3" and certificate.told_at is None
    assert told(eva, days=5) == []
    change(eva, **{name: "4"})
    assert "Cambió el paso 4" in told(eva, days=1)[0].text


def test_what_changed_together_is_told_together_and_each_is_read_by_itself(eva: Official) -> None:
    one, other = protocols(eva)[:2]
    change(eva, **{one: "2", other: "2"})
    [said] = told(eva, hours=1)
    assert said.response == "utter_learning_refresh_due_many" and all(f"Cambió el paso 2 de {each}." in said.text for each in (one, other))
    assert [payload for _, payload in said.buttons or ()] == [f"/refresh={one}", f"/refresh={other}"]
    refreshes(eva, one)
    [certificate] = held(eva)
    assert certificate.told_at is not None, "the other one still waits"
    assert told(eva, days=2) == [], "and is not told a second time"
    refreshes(eva, other)
    assert held(eva)[0].told_at is None


@pytest.mark.parametrize("moment", [(2026, 11, 23, 20, 0), (2026, 11, 24, 8, 59), (2026, 11, 28, 12, 0), (2026, 12, 25, 12, 0)])
def test_not_in_the_quiet_hours(moment: tuple[int, int, int, int, int], eva: Official) -> None:
    change(eva, **{protocols(eva)[0]: "2"})
    eva.now = datetime(*moment, tzinfo=MEXICO)
    assert told(eva) == []
    eva.now = datetime(2026, 12, 28, 9, 0, tzinfo=MEXICO)
    assert len(told(eva)) == 1


def test_who_wants_no_reminders_is_told_all_the_same_and_gets_no_reminder_that_day(eva: Official) -> None:
    eva.says("recordatorios")
    eva.presses("/reminders=off")
    change(eva, **{protocols(eva)[0]: "2"})
    assert len(told(eva, hours=1)) == 1
    assert eva.of_learner("reminded_at") == eva.now


def test_a_certificate_that_holds_no_more_is_not_spoken_of(eva: Official) -> None:
    [certificate] = held(eva)
    name = protocols(eva)[0]
    change(eva, **{name: "2"})
    actor = Actor("vera", Role.SUPERVISOR)
    eva.call(lambda session: certificates.revoke(session, actor, certificate.number, Revocation.MISTAKE, eva.now))
    assert told(eva, hours=1) == []


def test_an_expired_one_neither(eva: Official) -> None:
    change(eva, **{protocols(eva)[0]: "2"})
    eva.now = datetime(2029, 1, 9, 12, tzinfo=MEXICO)
    assert told(eva) == []


def test_nor_is_who_left_or_blocked_the_bot_told(eva: Official) -> None:
    change(eva, **{protocols(eva)[0]: "2"})

    def blocks(session: object, at: datetime | None) -> None:
        eva.conversation(session).blocked_at = at  # type: ignore[arg-type]

    eva.database.call(blocks, eva.now)
    assert told(eva, hours=1) == [] and held(eva)[0].told is None
    eva.database.call(blocks, None)
    eva.call(lambda session: learners.withdraw(session, INVITES, eva.learner(session).reference, eva.now))
    assert told(eva, hours=1) == [] and held(eva)[0].told is None


def test_housekeeping_looks_only_at_those_who_are_to_be_told(eva: Official, content_around: Surroundings) -> None:
    other = Official(eva.database, content_around)
    other.now = MONDAY
    other.joins()
    change(eva, **{protocols(eva)[0]: "2"})
    around = replace(eva.around, now=MONDAY + timedelta(hours=3))
    assert eva.call(lambda session: reminders.due(session, reminders.JOBS[1], around)) == [eva.of_learner("id")]
    told(eva, hours=3)
    later = replace(around, now=around.now + timedelta(days=2))
    assert eva.call(lambda session: reminders.due(session, reminders.JOBS[1], later)) == []
