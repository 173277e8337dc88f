"""The page of the audit: found by whom it is about, by who did it, by what and when; and whether the chain is whole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot import audit
from bot.permissions import Action, Actor, may
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.staff import Role
from tests.cases_made import FOLIO, make_case
from tests.console import Desk, Member
from tests.stores import drop_triggers

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ROSA, INES = Actor("rosa", Role.AGENT), Actor("ines", Role.PARTNER, "ipam")
PATH = "/consola/registro"


@pytest.fixture
def officer(desk: Desk) -> Member:
    return desk.member(Role.DATA_OFFICER, name="olga")


def wrote(desk: Desk, count: int, actor: Actor = ROSA, action: Action = Action.TICKET_READ, subject: str = "abc", **ago: float) -> None:
    def fill(session: Session) -> None:
        for _ in range(count):
            audit.write(session, actor, action, subject, NOW - timedelta(**ago), "<i>motivo</i>")

    desk.database.call(fill)


def rows(page: str) -> int:
    return page.count('class="number">')


@pytest.mark.parametrize("role", Role)
def test_the_audit_is_read_and_verified_by_whom_it_is_for(role: Role, desk: Desk) -> None:
    wrote(desk, 1)
    member = desk.member(role)
    assert ("rosa" in member.get(PATH).text) is may(role, Action.AUDIT_READ)
    assert (member.send(f"{PATH}/verificar").status_code == 200) is may(role, Action.AUDIT_VERIFY)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 6), ("quien=rosa", 5), ("quien=ines", 1), ("accion=referral.read", 1), ("persona=abc", 5), ("persona=xyz", 1),
        ("dia=2026-11-23", 4), ("dia=2026-11-21", 2), ("dia=2026-11-20", 0), ("quien=rosa&dia=2026-11-21", 2), ("quien=nobody", 0),
    ],
)  # fmt: skip
def test_rows_are_found_by_person_member_action_and_day(query: str, count: int, desk: Desk, officer: Member) -> None:
    wrote(desk, 2, days=2)
    wrote(desk, 3)
    wrote(desk, 1, INES, Action.REFERRAL_READ, "xyz")
    page = officer.get(f"{PATH}?{query}").text
    assert rows(page) == count and "<i>" not in page


def test_a_case_leads_to_what_was_done_to_its_person(desk: Desk, officer: Member) -> None:
    desk.database.call(lambda session: make_case(session).id)
    desk.member(name="rosa").get(f"/consola/casos/{FOLIO}")
    assert rows(officer.get(f"{PATH}?persona={FOLIO}").text) == 1


def test_reading_the_audit_is_a_row_of_it(desk: Desk, officer: Member) -> None:
    for _ in range(3):
        officer.get(PATH)
    mine = select(func.count()).select_from(AuditEntry).where(AuditEntry.who == "olga", AuditEntry.action == Action.AUDIT_READ)
    assert desk.database.call(lambda session: session.scalar(mine)) == 3


def test_its_pages_hold_every_row_once_however_many_come_meanwhile(desk: Desk, officer: Member) -> None:
    wrote(desk, 120)
    seen: list[str] = []
    path = f"{PATH}?quien=rosa"
    while path:
        page = officer.get(path).text
        seen += [part.split("<")[0] for part in page.split('class="number">')[1:]]
        wrote(desk, 7)
        last = seen[-1] if "Más antiguos" in page else ""
        path = f"{PATH}?quien=rosa&antes={last}" if last else ""
    assert len(seen) == len(set(seen)) == 120


def test_an_altered_row_is_named_and_a_cut_off_end_is_noticed(desk: Desk, officer: Member) -> None:
    wrote(desk, 5)
    page = officer.send(f"{PATH}/verificar").text
    assert "está completo" in page and "Renglones: 6" in page
    noted = page.split('id="cabeza" readonly value="')[1].split('"')[0]
    assert "está completo" in officer.send(f"{PATH}/verificar", noted=noted).text
    assert "faltan renglones" in officer.send(f"{PATH}/verificar", noted="0" * 32).text
    desk.database.call(drop_triggers)
    desk.database.call(lambda session: session.execute(text("UPDATE audit SET who = 'luis' WHERE id = 3")))
    assert "El renglón 3 no concuerda" in officer.send(f"{PATH}/verificar", noted=noted).text


@pytest.mark.parametrize("query", ["dia=mañana", "dia=2026-13-40", "dia=0001-01-01", "persona=PTE-26-ZZZZZZ"])
def test_what_cannot_be_searched_is_refused_in_words(query: str, officer: Member) -> None:
    assert officer.get(f"{PATH}?{query}").status_code == 409


@runs(max_examples=40, deadline=None)
@given(rows=st.integers(0, 9), step=st.integers(1, 4), broken=st.none() | st.integers(1, 9))
def test_in_steps_the_chain_is_verified_as_at_once(rows: int, step: int, broken: int | None, chats_database: Database) -> None:
    def try_it(session: Session) -> None:
        drop_triggers(session)
        session.execute(text("DELETE FROM audit"))
        for _ in range(rows):
            audit.write(session, ROSA, Action.TICKET_READ, "abc", NOW, "why")
        if broken is not None and broken <= rows:
            session.execute(text("UPDATE audit SET who = 'luis' WHERE id = :id"), {"id": broken})
            session.expire_all()
        checked, steps = audit.Checked(), 0
        while not checked.is_done:
            checked, steps = audit.verify_some(session, checked, None, step), steps + 1
        wrong = broken if broken is not None and broken <= rows else None
        assert (checked.count, checked.wrong(None)) == audit.verify(session) == (wrong or rows, wrong)
        assert steps == (wrong - 1 if wrong else rows) // step + 1

    chats_database.call(try_it)
