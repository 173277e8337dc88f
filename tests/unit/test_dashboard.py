"""The dashboard: what is counted, what is kept back, and how its pictures and files are served."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy.orm import Session

from bot.content.published import Content
from bot.content.team import Team
from bot.conversation.live import LiveContent
from bot.numbers.cells import K
from bot.numbers.dashboard import Dashboard, Wish, make_dashboard, recent_months
from bot.records.conversations import Conversation, Direction, Message
from bot.records.database import Database
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.records.reviews import Review
from bot.records.staff import Role
from bot.records.tickets import Ticket, TicketState
from bot.settings import Settings
from tests.console import Desk

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)  # a Wednesday, noon in Mexico
MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # ten in the morning
TEAM = Team()  # nine to six on working days; two hours to reply


@pytest.fixture
def chart_of(database: Database, content: Content) -> Callable[..., dict[str, int]]:
    """The lines of a chart by their labels."""

    def lines(name: str, **wish: object) -> dict[str, int]:
        return {line.label: line.count for line in made(database, content, **wish).charts[name].list.lines}

    return lines


def made(database: Database, content: Content, **wish: object) -> Dashboard:
    return database.call(lambda session: make_dashboard(session, content, Wish(**wish), NOW))  # type: ignore[arg-type]


def people(session: Session, count: int, language: str = "es") -> list[Conversation]:
    first = session.query(Conversation).count()
    found = [
        Conversation(bot_id="b", chat=f"chat{first + n}", chat_id=str(n), reference=f"r{first + n}", language=language,
                     created_at=MONDAY, updated_at=MONDAY)
        for n in range(count)
    ]  # fmt: skip
    session.add_all(found)
    session.flush()
    return found


def asked(session: Session, count: int, replied: timedelta | None, reason: str = "asked", **more: object) -> None:
    for each in people(session, count):
        values = {"state": TicketState.RESOLVED, "changed_at": MONDAY, "opened_at": MONDAY, "reason": reason, **more}
        session.add(Ticket(conversation_id=each.id, first_replied_at=MONDAY + replied if replied else None, **values))


def sent(session: Session, count: int, steps: tuple[str, ...] = (), municipality: str = "21114", organization: str = "ipam") -> None:
    for each in people(session, count):
        state = ReferralState(steps[-1]) if steps else ReferralState.SENT
        case = Referral(
            folio=f"F{each.id}", idempotency_key=f"K{each.id}", conversation_id=each.id, organization_id=organization, state=state,
            need="work", municipality=municipality, details={}, created_at=MONDAY, changed_at=MONDAY,
        )  # fmt: skip
        session.add(case)
        session.flush()
        session.add_all(ReferralEvent(referral_id=case.id, before=None, after=ReferralState(step), who="x", at=MONDAY) for step in steps)


def test_first_replies_are_held_against_the_term_in_the_teams_hours(database: Database, chart_of: Callable[..., dict[str, int]]) -> None:
    database.call(asked, 6, timedelta(hours=1, minutes=59))
    database.call(asked, 7, timedelta(hours=2, minutes=1))
    database.call(asked, 5, None, state=TicketState.WAITING)  # since Monday: late though nobody has replied
    database.call(asked, 8, None, resolved_at=MONDAY + timedelta(minutes=5))
    database.call(asked, 2, None, opened_at=NOW - timedelta(minutes=3), state=TicketState.WAITING)  # too few to say, and in no total
    assert chart_of("first_reply") == {"in_time": 6, "late": 12, "closed": 8}


def test_who_chose_when_to_be_written_to_waits_from_then_on(
    database: Database, content: Content, chart_of: Callable[..., dict[str, int]]
) -> None:
    database.call(asked, K, timedelta(hours=4), callback_at=MONDAY + timedelta(hours=3))
    assert chart_of("first_reply") == {"in_time": K}
    assert made(database, content).waits.lines[0].median == 1.0


def test_a_reply_after_a_term_that_ended_with_the_day_is_late(database: Database, chart_of: Callable[..., dict[str, int]]) -> None:
    """The queue said so too, all evening."""
    ends = MONDAY + timedelta(hours=8) - timedelta(hours=2)
    database.call(asked, K, timedelta(hours=8), opened_at=ends)
    database.call(asked, K, timedelta(hours=8, minutes=5), opened_at=ends)
    assert chart_of("first_reply") == {"in_time": K, "late": K}


def test_how_long_it_takes_is_said_in_hours_worked_and_of_enough_people(database: Database, content: Content) -> None:
    database.call(asked, K, timedelta(days=1), resolved_at=MONDAY + timedelta(days=2))
    [first, resolved] = made(database, content).waits.lines
    assert (first.median, resolved.median, first.tail) == (9.0, 18.0, None)
    database.call(asked, 1, timedelta(days=1))
    assert made(database, content, month="2026-10").waits.lines[0].median is None


def test_the_queue_is_as_it_is_at_this_moment(database: Database, content: Content) -> None:
    database.call(asked, 2, None, state=TicketState.WAITING, waiting_since=MONDAY, reply_by=NOW - timedelta(minutes=1))
    database.call(asked, 1, None, state=TicketState.ASSIGNED, waiting_since=None, reply_by=NOW - timedelta(minutes=1))
    put_off = {"opened_at": NOW - timedelta(hours=1), "waiting_since": NOW, "reply_by": NOW - timedelta(minutes=1)}
    database.call(asked, 1, None, state=TicketState.SNOOZED, **put_off)  # it waits for its own time, as the queue says
    database.call(asked, 3, None, resolved_at=NOW, changed_at=NOW - timedelta(hours=2))
    today = made(database, content).today
    assert (today.waiting, today.held, today.snoozed, today.late, today.opened, today.resolved) == (2, 1, 1, 2, 1, 3)


def test_cases_go_step_by_step_and_a_step_passed_over_counts(database: Database, chart_of: Callable[..., dict[str, int]]) -> None:
    database.call(sent, 6)
    database.call(sent, 6, ("sent", "accepted"))
    database.call(sent, 4, ("sent", "received", "accepted", "done"))
    assert chart_of("funnel") == {"sent": 16, "received": 10, "accepted": 10}  # four in service are too few, and so are all after


def test_small_municipalities_go_together_within_their_state(database: Database, chart_of: Callable[..., dict[str, int]]) -> None:
    for count, place in ((9, "21114"), (3, "21001"), (3, "21002"), (7, "15033"), (2, "15106"), (2, "09002")):
        database.call(sent, count, (), place)
    assert chart_of("adm2") == {"21114": 9, "15*": 9, "21*": 6}  # two of Toluca take Ecatepec along; two of Mexico City say nothing
    assert chart_of("adm2", state="21") == {"21114": 9, "21*": 6}


def test_an_institution_narrows_the_cases_alone(database: Database, chart_of: Callable[..., dict[str, int]]) -> None:
    database.call(sent, 6)
    database.call(sent, 7, (), "21114", "comar")
    database.call(asked, 6, timedelta(hours=1))
    assert chart_of("funnel", organization="comar") == {"sent": 7}
    assert chart_of("first_reply", organization="comar") == {"in_time": 6}


def test_questions_are_counted_by_topic_and_by_what_was_done(database: Database, chart_of: Callable[..., dict[str, int]]) -> None:
    def write(session: Session) -> None:
        for number, each in enumerate(people(session, 12)):
            decision, intent = ("answer", "consular_passport") if number < 6 else ("fallback", "shelter_find")
            said = Message(conversation_id=each.id, direction=Direction.IN, text="x", intent=intent, decision=decision, created_at=MONDAY)
            session.add(said)
            session.flush()
            session.add(Review(message_id=said.id, who="luz", intent="shelter_find", is_gap=number >= 6, at=MONDAY))
            session.add(Message(conversation_id=each.id, direction=Direction.IN, text="x", decision="flood", created_at=MONDAY))

    database.call(write)
    assert chart_of("topic") == {"consular": 6, "shelter": 6}
    assert chart_of("decision") == {"answer": 6, "fallback": 6}  # what came in a flood is no question
    assert chart_of("missed") == {"shelter": 6} and chart_of("gap") == {"shelter_find": 6}
    assert chart_of("topic", month="2026-10") == {}


def test_no_line_of_any_chart_stands_for_fewer_than_k_people(database: Database, content: Content) -> None:
    for count, place, language in ((1, "21114", "ht"), (2, "21001", "fr"), (4, "15033", "en"), (6, "15106", "es")):
        database.call(sent, count, (), place)
        database.call(people, count, language)
        database.call(asked, count, timedelta(hours=count), f"reason{count}", rating=min(count, 3))
    found = made(database, content)
    assert any(chart.list.lines for chart in found.charts.values())
    assert all(line.count >= K for chart in found.charts.values() for line in chart.list.lines)


def test_periods_are_months_of_mexico() -> None:
    assert Wish(3).period(NOW).first == date(2026, 9, 1) and Wish(3).period(NOW).last == date(2026, 11, 25)
    assert Wish(month="2026-02").period(NOW).last == date(2026, 2, 28)
    assert recent_months(NOW, 2) == ["2026-10", "2026-09"]


@pytest.fixture
def console(database: Database, live: LiveContent, tmp_path: Path) -> Desk:
    return Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), NOW)  # type: ignore[call-arg]


def test_a_chart_is_a_picture_with_its_own_policy_a_table_and_a_file(console: Desk) -> None:
    console.database.call(sent, 6)
    reader = console.member(Role.REVIEWER)
    page = reader.get("/consola/tablero").text
    assert 'alt="Casos por municipio. Puebla, Puebla: 6."' in page and ">Puebla, Puebla</th>" in page and "<svg" not in page
    picture = reader.get("/consola/tablero/adm2.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    drawn = ElementTree.fromstring(picture.text)  # noqa: S314  our own
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg" and "<script" not in picture.text
    rows = list(csv.reader(io.StringIO(reader.get("/consola/tablero/adm2.csv").text)))
    assert rows[1][4:] == ["#adm2+name", "#indicator+num"] and rows[2] == [
        "adm2",
        "2026-11-01",
        "2026-11-25",
        "21114",
        "Puebla, Puebla",
        "6",
    ]
    assert reader.get("/consola/tablero/reason.svg").status_code == 404  # too few
    assert reader.get("/consola/tablero/nothing.csv").status_code == 404
    assert console.member(Role.AGENT).get("/consola/tablero").status_code == 403


@pytest.mark.parametrize("query", ["periodo=9999-13", "periodo=-3&institucion=<x>&estado=99", "periodo=2026-11", "periodo=1900-01"])
def test_what_an_address_asks_for_that_is_none_of_ours_is_this_month(query: str, console: Desk) -> None:
    page = console.member(Role.ADMIN).get(f"/consola/tablero?{query}")
    assert page.status_code == 200 and "Del 01/11/2026 al 25/11/2026" in page.text
