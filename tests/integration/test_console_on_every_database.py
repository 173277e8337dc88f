"""What the console asks is answered alike by SQLite and by PostgreSQL, from the same invented people, and done once by several at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import audit
from bot.audit import Sought
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.errors import RefusedError
from bot.handoff import canned, packet, presence, proposals, search
from bot.numbers import rows as exported
from bot.numbers.dashboard import Wish, make_dashboard
from bot.numbers.invented import Size, fill
from bot.permissions import Action, Actor
from bot.records.audit import AuditEntry
from bot.records.conversations import Message
from bot.records.database import Database, open_database
from bot.records.reviews import Review
from bot.records.staff import Role
from bot.records.tickets import ReplyProposal, Ticket, TicketState, Urgency, Viewing
from bot.review import agreement, reading, sample
from bot.review.sample import Wanted, Which
from bot.settings import ROOT
from tests.asking import NOW
from tests.postgresql import fresh
from tests.queue_plans import plans
from tests.queues import ticket
from tests.stores import rows

ROSA, OLGA, LUZ = Actor("rosa", Role.SUPERVISOR), Actor("olga", Role.DATA_OFFICER), Actor("luz", Role.REVIEWER)
YEAR = Wish(months=12)
AT_ONCE = 8


@pytest.fixture(scope="module")
def around() -> Surroundings:
    content, danger = LiveContent(ROOT / "flows", None, ROOT / "no such file").current()
    return Surroundings(content, danger, "console", "", NOW)


@pytest.fixture(scope="module")
def both(postgresql: str, around: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    """The same people in each."""
    folder = tmp_path_factory.mktemp("both")
    keys = folder / "puente.keys"
    opened = open_database(f"sqlite:///{folder}/puente.db", keys), open_database(fresh(postgresql), keys)
    for each in opened:
        fill(each, around.content, Size(600, 6000, 900, tickets=150), NOW.replace(hour=0, minute=0, second=0, microsecond=0))
        each.call(_reviewed)
    yield opened
    for each in opened:
        each.close()


def _reviewed(session: Session) -> None:
    """Every hundredth message by luz, most of them by mar too, who differs on some."""
    asked = session.scalars(select(Message.id).where(Message.decision.is_not(None)).order_by(Message.id)).all()[::100]
    for place, number in enumerate(asked):
        for who in ("luz", "mar") if place % 4 else ("luz",):
            intent = "shelter_find" if who == "luz" or place % 3 else "consular_passport"
            session.add(Review(message_id=number, who=who, intent=intent, is_gap=place % 2 == 0, at=NOW - timedelta(hours=1)))


def _open_ticket(session: Session) -> Ticket:
    return session.scalars(select(Ticket).where(Ticket.state == TicketState.ASSIGNED).order_by(Ticket.id.desc()).limit(1)).one()


def _read_one(session: Session, content: Content) -> object:
    item = sample.listed(session, "nora", Wanted(days=90), content, NOW)[0]
    return reading.read(session, LUZ, item.id, content, NOW)


type Asked = Callable[[Session, Surroundings], Any]
ASKED: dict[str, Asked] = {
    "dashboard": lambda session, around: make_dashboard(session, around.content, YEAR, NOW).charts,
    "dashboard, waits": lambda session, around: make_dashboard(session, around.content, YEAR, NOW).waits.lines,
    "dashboard, now": lambda session, around: [make_dashboard(session, around.content, YEAR, NOW).today],
    "dashboard of an institution": lambda session, around: (
        make_dashboard(session, around.content, Wish(12, organization="ipam", state="21"), NOW).charts
    ),
    "sample of the day": lambda session, around: sample.listed(session, "luz", Wanted(days=90), around.content, NOW),
    "sample of a topic": lambda session, around: sample.listed(session, "luz", Wanted(days=90, topic="health"), around.content, NOW),
    "sample of what one other read": lambda session, around: sample.listed(session, "mar", Wanted(Which.SECOND, 90), around.content, NOW),
    "what I have read": lambda session, around: sample.listed(session, "luz", Wanted(Which.MINE, 90), around.content, NOW),
    "a message to review": lambda session, around: [_read_one(session, around.content)],
    "how readers agree": lambda session, around: [agreement.agreement(session, NOW - timedelta(days=7))],
    "exported conversations": lambda session, around: exported.conversation_rows(session, OLGA, YEAR.period(NOW)),
    "exported cases": lambda session, around: exported.referral_rows(session, OLGA, YEAR.period(NOW), around.content, "", NOW),
    "packet": lambda session, around: [packet.packet_of(session, _open_ticket(session), ROSA, around.content, NOW)],
    "prepared replies": lambda session, around: canned.offered(session, _open_ticket(session), ROSA, around),
    "search by a number": lambda session, around: search.find(session, ROSA, str(_open_ticket(session).id), {}, NOW).lines,
    "search by a topic": lambda session, around: search.find(session, ROSA, "salud", {"health": "Salud"}, NOW).lines,
    "search by a tag": lambda session, around: search.find(session, ROSA, "albergue", {}, NOW).lines,
}


@pytest.mark.parametrize("name", ASKED)
def test_both_databases_answer_alike(name: str, both: tuple[Database, Database], around: Surroundings) -> None:
    one, other = (each.call(lambda session: ASKED[name](session, around)) for each in both)
    assert one and one == other


def _proposed(session: Session) -> tuple[int, int]:
    asked = ticket(session, state=TicketState.ASSIGNED, holder="luis", urgency=Urgency.DANGER)
    proposals.propose(session, asked, Actor("luis", Role.AGENT), "Le ayudamos", NOW)
    session.flush()
    return asked.id, session.scalars(select(ReplyProposal.id)).one()


def _at_once(what: Callable[[str], object]) -> list[bool]:
    """By several members; which of them were not refused."""
    start = threading.Barrier(AT_ONCE)

    def one(number: int) -> bool:
        start.wait(30)
        with suppress(RefusedError):
            what(f"member{number}")
            return True
        return False

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def test_of_several_who_approve_a_reply_at_once_one_does_and_it_goes_out_once(database: Database, around: Surroundings) -> None:
    number, proposal = database.call(_proposed)
    done = _at_once(lambda who: database.call(proposals.approve, number, proposal, Actor(who, Role.SUPERVISOR), around))
    assert done.count(True) == 1
    assert [each.text for each in rows(database, Message) if each.text == "Le ayudamos"] == ["Le ayudamos"]
    [decided] = rows(database, ReplyProposal)
    assert decided.decided_by == f"member{done.index(True)}"


def test_a_reply_is_approved_or_given_back_and_never_both(database: Database, around: Surroundings) -> None:
    number, proposal = database.call(_proposed)

    def decide(who: str) -> None:
        reader = Actor(who, Role.SUPERVISOR)
        if who[-1] in "0246":
            database.call(proposals.approve, number, proposal, reader, around)
        else:
            database.call(proposals.give_back, number, proposal, reader, "Falta el horario", NOW)

    assert _at_once(decide).count(True) == 1
    [decided] = rows(database, ReplyProposal)
    assert len([each for each in rows(database, Message) if each.text == "Le ayudamos"]) == (decided.state == "approved")


def test_who_has_a_page_open_in_several_tabs_is_there_once(database: Database) -> None:
    number = database.call(lambda session: ticket(session).id)
    assert all(_at_once(lambda who: [database.call(presence.mark, number, "luz", NOW, who == "member3") for _ in range(5)]))
    assert len(rows(database, Viewing)) == 1
    assert database.call(presence.others, number, "rosa", NOW) == [presence.Viewer("luz", True)]
    assert database.call(presence.others, number, "luz", NOW) == []
    database.call(presence.mark, number + 1, "luz", NOW)  # is not there
    assert len(rows(database, Viewing)) == 1


def test_the_audit_is_found_by_who_and_by_what_without_reading_all_of_it(database: Database) -> None:
    def fill_audit(session: Session) -> None:
        session.add_all(
            AuditEntry(id=number, at=NOW, who=f"member{number % 40}", role="agent", action="ticket.read", digest="x")
            for number in range(1, 8001)
        )
        session.add(AuditEntry(id=8001, at=NOW, who="olga", role="admin", action=str(Action.CASE_READ), digest="x"))

    database.call(fill_audit)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    for sought in (Sought(who="olga"), Sought(action=str(Action.CASE_READ)), Sought(who="nobody", action="none")):
        asked = plans(database, partial(audit.search, actor=OLGA, sought=sought, now=NOW, most=20), "audit")
        [plan] = [plan for statement, plan in asked if "audit.who = " in statement or "audit.action = " in statement]
        assert "ix_audit_who" in plan or "ix_audit_action" in plan, plan
    ids = [each.id for each in database.call(audit.search, OLGA, Sought(who="member3", before=4000), NOW, 2)]
    assert ids == [3963, 3923, 3883]
