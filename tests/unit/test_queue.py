"""The queue: in which order staff see who waits, what a line shows of a ticket, and that nobody falls out of it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.handoff import queue
from bot.handoff.order import Place
from bot.handoff.queue import STATES, Found, Tab, Wanted
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Direction, Message
from bot.records.database import Database, open_database
from bot.records.staff import Role, Staff
from bot.records.tickets import Ticket, TicketState, TicketTag, Urgency, Viewing
from tests.asking import NOW
from tests.queues import tag, ticket
from tests.stores import rows

ROSA = Actor("rosa", Role.AGENT)
WAITING, ASSIGNED, SNOOZED, RESOLVED = TicketState


def hours(count: float) -> datetime:
    return NOW - timedelta(hours=count)


def found(database: Database, **wanted: Any) -> Found:
    return database.call(queue.show, ROSA, Wanted(**wanted), NOW)


def listed(database: Database, **wanted: Any) -> list[int]:
    return [line.id for line in found(database, **wanted).lines]


def made(database: Database, **fields: Any) -> int:
    return database.call(lambda session: ticket(session, **fields).id)


def test_the_most_urgent_come_first_and_among_equals_who_waits_longest(database: Database) -> None:
    normal, high, danger, older, answered = (
        made(database, urgency=2, waiting_since=hours(9)), made(database, urgency=1, waiting_since=hours(2)),
        made(database, urgency=0, waiting_since=hours(1)), made(database, urgency=1, waiting_since=hours(3)),
        made(database, urgency=1, waiting_since=None),
    )  # fmt: skip
    assert listed(database) == [danger, older, high, answered, normal]


def test_what_was_closed_last_stands_first_among_the_closed(database: Database) -> None:
    first = made(database, state=RESOLVED, changed_at=hours(3), urgency=0)
    last = made(database, state=RESOLVED, changed_at=hours(1))
    assert listed(database, tab=Tab.RESOLVED) == [last, first]


def test_each_tab_shows_and_counts_its_own(database: Database) -> None:
    of_state = {state: made(database, state=state, holder=None if state is WAITING else "luis") for state in TicketState}
    mine = [made(database, state=ASSIGNED, holder="rosa"), made(database, state=SNOOZED, holder="rosa")]
    made(database, state=RESOLVED, holder="rosa")
    shown = {tab: set(listed(database, tab=tab)) for tab in Tab}
    assert shown[Tab.WAITING] == {of_state[WAITING]} and shown[Tab.MINE] == set(mine)
    assert shown[Tab.ASSIGNED] == {of_state[ASSIGNED], mine[0]} and shown[Tab.SNOOZED] == {of_state[SNOOZED], mine[1]}
    assert shown[Tab.ALL] == {of_state[WAITING], of_state[ASSIGNED], of_state[SNOOZED], *mine}
    assert dict(found(database).counts) == {tab: len(lines) for tab, lines in shown.items()}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"topic": "health"}, {"topic": "health"}), ({"urgency": Urgency.DANGER}, {"urgency": 0}), ({"language": "ht"}, {"language": "ht"}),
        ({"municipality": "21114"}, {"municipality": "21114"}), ({"longer_than": timedelta(hours=4)}, {"waiting_since": hours(4)}),
        ({"holder": "luis"}, {"holder": "luis"}), ({"only_late": True}, {"reply_by": hours(0.1)}),
    ],
)  # fmt: skip
def test_a_filter_leaves_those_it_fits(wanted: dict[str, Any], fits: dict[str, Any], database: Database) -> None:
    made(database)
    made(database, **{**dict.fromkeys(fits), "urgency": 2, "language": "es"})
    fitting = made(database, **fits)
    assert listed(database, **wanted) == [fitting]


def test_a_tag_leaves_those_that_have_it(database: Database) -> None:
    made(database)
    with_tag = made(database)
    database.call(lambda session: tag(session, session.get_one(Ticket, with_tag), "papeles", "albergue"))
    assert listed(database, tag="papeles") == [with_tag] and listed(database, tag="salud") == []
    [line] = found(database, tag="papeles").lines
    assert line.tags == ("albergue", "papeles")


@pytest.mark.parametrize(("state", "is_late"), [(WAITING, True), (ASSIGNED, True), (SNOOZED, False), (RESOLVED, False)])
def test_late_is_who_should_have_had_a_word_by_now(state: TicketState, is_late: bool, database: Database) -> None:
    made(database, state=state, holder="rosa", reply_by=hours(0.1))
    made(database, state=state, holder="rosa", reply_by=hours(-0.1))
    tab = Tab.RESOLVED if state is RESOLVED else Tab.ALL
    assert sorted(line.is_late for line in found(database, tab=tab).lines) == [False, is_late]
    assert database.call(queue.late, NOW) == int(is_late) == len(listed(database, tab=tab, only_late=True))


def test_a_line_says_who_looks_at_it_now_but_not_that_one_does_oneself(database: Database) -> None:
    number = made(database)

    def look(session: Session) -> None:
        for who, ago in (("luis", 5), ("ana", 29), ("gone", 31), ("rosa", 1)):
            session.add(Viewing(ticket_id=number, who=who, seen_at=NOW - timedelta(seconds=ago)))

    database.call(look)
    assert found(database).lines[0].viewers == ("ana", "luis")


def test_no_line_holds_a_word_of_a_person(database: Database) -> None:
    number = made(database)

    def say(session: Session) -> None:
        conversation_id = session.get_one(Ticket, number).conversation_id
        session.add(Message(conversation_id=conversation_id, direction=Direction.IN, text="me llamo Ana Secreta", created_at=NOW))

    database.call(say)
    assert "Secreta" not in repr(found(database))


def test_who_opens_the_queue_stands_in_the_audit_once_and_its_refreshing_does_not(database: Database) -> None:
    database.call(queue.show, ROSA, Wanted(), NOW)
    database.call(queue.show, ROSA, Wanted(), NOW, is_again=True)
    assert [(each.who, each.action) for each in rows(database, AuditEntry)] == [("rosa", Action.TICKET_LIST)]


def test_what_says_that_it_refreshes_and_was_never_opened_is_an_opening(database: Database) -> None:
    """Whoever asks can say so."""
    database.call(queue.show, ROSA, Wanted(), NOW, is_again=True)
    assert [(each.who, each.action) for each in rows(database, AuditEntry)] == [("rosa", Action.TICKET_LIST)]


def test_those_who_came_since_the_page_was_opened_are_counted(database: Database) -> None:
    made(database)
    first = found(database)
    assert (first.fresh, first.newest) == (0, first.lines[0].id)
    made(database)
    made(database, state=ASSIGNED, holder="rosa")
    assert database.call(queue.show, ROSA, Wanted(), NOW, first.newest).fresh == 1


def test_a_large_tab_is_not_counted_to_its_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_COUNTED", 3)
    for _ in range(5):
        made(database)
    assert found(database).counts[Tab.WAITING] == 3


def test_who_is_away_keeps_what_they_hold_and_nobody_leaves_the_queue(database: Database) -> None:
    held = made(database, state=ASSIGNED, holder="rosa")
    waits = made(database)

    def toggle(session: Session, is_away: bool) -> None:
        member = session.scalar(select(Staff).where(Staff.name == "rosa"))
        member = member or Staff(name="rosa", role=Role.AGENT, created_at=NOW, created_by="operator")
        session.add(member)
        member.is_away = is_away

    for is_away in (True, False, True):
        database.call(toggle, is_away)
        assert (listed(database, tab=Tab.MINE), listed(database)) == ([held], [waits])
        assert set(listed(database, tab=Tab.ALL)) == {held, waits}
    assert {(each.id, each.state, each.holder) for each in rows(database, Ticket)} == {(held, ASSIGNED, "rosa"), (waits, WAITING, None)}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("queue")
    database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield database
    database.close()


TICKETS = st.lists(
    st.tuples(st.sampled_from(list(TicketState)), st.integers(0, 2), st.none() | st.integers(0, 4), st.integers(0, 4)), max_size=14
)


@given(drawn=TICKETS, size=st.integers(1, 5), tab=st.sampled_from(list(Tab)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_page_after_page_shows_everybody_once_and_in_order(drawn: list[Any], size: int, tab: Tab, shared: Database) -> None:
    def fill(session: Session) -> None:
        session.execute(delete(TicketTag))
        session.execute(delete(Ticket))
        for state, urgency, since, changed in drawn:
            moment = None if since is None else hours(since)
            ticket(session, state=state, urgency=urgency, waiting_since=moment, changed_at=hours(changed), holder="rosa")

    shared.call(fill)
    expected = [each for each in rows(shared, Ticket) if each.state in STATES[tab]]
    expected.sort(key=lambda each: (each.urgency, each.waiting_since is None, each.waiting_since or NOW, each.id))
    if tab is Tab.RESOLVED:
        expected.sort(key=lambda each: (each.changed_at, each.id), reverse=True)
    seen: list[int] = []
    after: Place | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "SHOWN", size)
        for _ in range(len(drawn) + 1):
            page = found(shared, tab=tab, after=after)
            seen += [line.id for line in page.lines]
            after = page.after and Place.read(str(page.after))
            if after is None:
                break
    assert seen == [each.id for each in expected]


@given(text=st.text(max_size=30) | st.from_regex(r"[0-9]{1,18}\.[0-9]{0,18}\.[0-9]{1,18}", fullmatch=True))
def test_whatever_stands_in_an_address_is_a_place_or_none(text: str) -> None:
    place = Place.read(text)
    assert place is None or Place.read(str(place)) == place
