"""The report says true numbers of whole months and nothing about a person."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.__main__ import main
from bot.content.published import Content
from bot.conversation.surroundings import Surroundings
from bot.conversation.transcript import new_conversation
from bot.errors import RefusedError
from bot.numbers import names
from bot.numbers.cells import REST, K
from bot.numbers.files import as_json, write_files
from bot.numbers.invented import Size, fill
from bot.numbers.period import Period, read_period
from bot.numbers.reading import snapshot
from bot.numbers.report import Report, make_report
from bot.records.audit import AuditEntry
from bot.records.conversations import Conversation
from bot.records.database import Database, open_database
from bot.records.referrals import Referral, ReferralEvent, ReferralState
from bot.referrals import followups, lifecycle
from bot.settings import ROOT

TODAY = datetime(2026, 11, 1, tzinfo=UTC)
NOW = TODAY + timedelta(hours=12)
YEARS = Period(date(2024, 11, 1), date(2026, 10, 31))
JULY = Period(date(2026, 7, 1), date(2026, 7, 31))


def personal(session: Session) -> set[str]:
    found = {value for row in session.execute(select(Conversation.chat, Conversation.reference, Conversation.chat_id)) for value in row}
    for folio, details in session.execute(select(Referral.folio, Referral.details)):
        found |= {folio, details["story"]}
    return found


@dataclass
class Office:
    database: Database
    content: Content
    personal: frozenset[str] = frozenset()  # what must not be in a report

    def report(self, period: Period = YEARS) -> Report:
        with snapshot(self.database) as session:
            return make_report(session, self.content, period, NOW)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, content_around: Surroundings) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("busy")
    database = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    fill(database, content_around.content, Size(chats=150, messages=1500, referrals=400), TODAY)
    yield Office(database, content_around.content, frozenset(database.call(personal)))
    database.close()


@pytest.fixture
def office(database: Database, content_around: Surroundings) -> Office:
    return Office(database, content_around.content)


def person(session: Session, number: int) -> Conversation:
    return new_conversation(session, "telegram:1", f"hash {number}", str(number), "es", datetime(2026, 7, 3, tzinfo=UTC))


def case_of(
    session: Session, conversation: Conversation, *states: tuple[ReferralState, float], number: int = 0, town: str = "21114"
) -> None:
    """Sent on the sixth of July; each state so many hours later."""
    at = datetime(2026, 7, 6, 16, tzinfo=UTC)
    key = str(conversation.id)
    last = states[-1][0] if states else ReferralState.SENT
    referral = Referral(
        folio=f"PTE-{key}", idempotency_key=key, conversation_id=conversation.id, organization_id="ipam", state=last, need="work",
        municipality="21114", details={}, created_at=at, changed_at=at,
    )  # fmt: skip
    session.add(referral)
    session.flush()
    before = ReferralState.DRAFT
    for state, hours in ((ReferralState.SENT, 0.0), *states):
        moment = at + timedelta(hours=hours)
        session.add(ReferralEvent(referral_id=referral.id, before=before, after=state, who="rosa", why="full", at=moment))
        before = state


# Small numbers


def test_every_number_stands_for_five_people_or_more(busy: Office) -> None:
    report = busy.report()
    for shown in report.lists:
        assert all(line.count >= K for line in shown.lines), shown
    for grid in report.grids:
        assert all(line.count >= K for line in (*grid.lines, *grid.columns))
        assert all(count is None or count == 0 or count >= K for count in (grid.cells or {}).values())
    assert any(None in (grid.cells or {}).values() for grid in report.grids), "nothing was small: the test shows nothing"


def test_totals_add_up(busy: Office) -> None:
    report = busy.report()
    [total] = [line.count for line in report.list_of("total").lines]
    assert total == busy.database.call(lambda session: session.scalar(select(func.count()).select_from(Referral)))
    for name in ("need", "adm1", "organization", "month", "status", "late", "attended"):
        assert sum(line.count for line in report.list_of(name).lines) == total, name
    towns = report.list_of("adm2").lines
    for state in report.list_of("adm1").lines:
        assert state.label == REST or sum(line.count for line in towns if line.label[:2] == state.label) == state.count
    for grid in report.grids:
        for line in grid.lines:
            row = [grid.shown(line.label, column.label) for column in grid.columns]
            assert grid.cells is None or None in row or sum(count or 0 for count in row) == line.count


def test_four_people_are_not_reported_and_five_are(office: Office) -> None:
    for number in range(4):
        office.database.call(lambda session, number=number: case_of(session, person(session, number)))
    assert [shown.lines for shown in office.report(JULY).lists if shown.name == "total"] == [()]
    office.database.call(lambda session: case_of(session, person(session, 4)))
    assert [line.count for line in office.report(JULY).list_of("total").lines] == [5]


def test_one_person_with_many_cases_is_one_person(office: Office) -> None:
    """Also when the chat was forgotten between them."""

    def begin(session: Session) -> None:
        for number in range(8):
            conversation = person(session, number)
            conversation.former_chat = "the same telephone"
            case_of(session, conversation)

    office.database.call(begin)
    assert [shown.name for shown in office.report(JULY).lists if shown.lines] == []


# What is said


def test_every_label_has_its_words(office: Office) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    written = set(re.findall(r'\b(?:open_ticket|open_for|alert)\([^"\n]*, "(\w+)"', code))
    steps = [step for each in office.content.questionnaires.values() for step in each.steps]
    asked = {
        option.done.arguments["reason"] for step in steps for option in step.options if option.done and option.done.do == "call_person"
    }
    assert written and asked
    assert set(names.REASONS) == written | asked | {"asked", followups.NOT_ATTENDED}
    assert set(names.TOPICS) == {*office.content.topics, ""}
    assert set(names.REFUSALS) == {*lifecycle.REASONS[ReferralState.REJECTED], ""}


def test_the_wait_is_from_sent_to_the_first_time_in_a_state(office: Office) -> None:
    def begin(session: Session) -> None:
        for number, hours in enumerate((2.0, 4.0, 10.0, 30.0, 50.0)):
            case_of(session, person(session, number), (ReferralState.RECEIVED, 1), (ReferralState.ACCEPTED, hours))

    office.database.call(begin)
    report = office.report(JULY)
    waits = {wait.title: (wait.median, wait.tail) for wait in report.waits[0].lines}
    assert waits["Hasta que la oficina lo recibe"] == (1, None)
    assert waits["Hasta que contesta si lo acepta o no"] == (10, None)
    assert waits["Hasta que termina"] == (None, None)


def test_a_case_counts_in_the_month_it_has_in_mexico(office: Office) -> None:
    def begin(session: Session) -> None:
        for number in range(5):
            case_of(session, person(session, number))
        for referral in session.scalars(select(Referral)):
            referral.created_at = datetime(2026, 8, 1, 5, 59, tzinfo=UTC)

    office.database.call(begin)
    assert [line.label for line in office.report(JULY).list_of("month").lines] == ["2026-07"]


def test_the_files_hold_nothing_of_a_person(busy: Office, tmp_path: Path) -> None:
    paths = write_files(busy.report(), busy.content, tmp_path / "report", NOW)
    written = "".join(path.read_text(encoding="utf-8") for path in paths)
    assert len(busy.personal) > 1000
    assert not [each for each in busy.personal if each in written]


def test_the_table_has_tags_of_the_standard_and_keys_of_the_census(busy: Office, tmp_path: Path) -> None:
    report = busy.report()
    path = write_files(report, busy.content, tmp_path / "report", NOW)[1]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in rows[1])
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]
    towns = [row for row in found if row["clave_municipio"]]
    assert towns and all(busy.content.municipalities.get(row["clave_municipio"]) for row in towns)
    assert all(row["clave_municipio"][:2] == row["clave_estado"] for row in towns)
    assert sum(int(row["casos"]) for row in found if row["tabla"] == "need") == report.list_of("total").lines[0].count
    assert all((row["oculto"] == "sí") == (row["casos"] == "") for row in found)


def test_the_page_needs_nothing_else_and_says_each_chart_in_words(busy: Office, tmp_path: Path) -> None:
    report = busy.report()
    page = write_files(report, busy.content, tmp_path / "report", NOW)[0].read_text(encoding="utf-8")
    assert "<script" not in page and "@import" not in page
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    charts = re.findall(r"<svg [^>]*>", page)
    assert len(charts) == sum(1 for shown in report.lists if shown.lines and shown.name != "total")
    assert all('role="img"' in chart and 'aria-label="' in chart for chart in charts)
    for section in re.findall(r"<section.*?</section>", page, re.DOTALL):
        assert ("<svg" not in section) or "<table" in section


def test_the_json_is_the_same_report(busy: Office, tmp_path: Path) -> None:
    report = busy.report()
    stored = json.loads(write_files(report, busy.content, tmp_path / "report", NOW)[2].read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(as_json(report)))
    assert stored["k"] == K and stored["period"] == {"first": "2024-11-01", "last": "2026-10-31"}


# The period and the command


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-07-02", "2026-07-31"), ("2026-07-01", "2026-07-30"), ("2026-08-01", "2026-07-31"), ("2026-11-01", "2026-11-30"),
     ("2026-07-01", "2026-02-30"), ("julio", None)],
)  # fmt: skip
def test_only_whole_months_that_are_over_are_reported(first: str, last: str | None) -> None:
    with pytest.raises(RefusedError):
        read_period(first, last, NOW)


def test_without_dates_it_is_the_year_up_to_last_month() -> None:
    assert read_period(None, None, NOW) == Period(date(2025, 11, 1), date(2026, 10, 31))
    assert read_period("2026-01-01", None, NOW) == Period(date(2026, 1, 1), date(2026, 10, 31))
    assert read_period(None, "2025-12-31", NOW) == Period(date(2025, 1, 1), date(2025, 12, 31))


def test_a_report_is_written_down_in_the_audit_and_not_made_for_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("PUENTE_FLOWS", str(ROOT / "flows"))
    assert main(["staff", "add", "ines", "--role", "admin"]) == 0
    assert main(["staff", "add", "rosa", "--role", "agent", "--who", "ines"]) == 0
    target = str(tmp_path / "report")
    assert main(["report", target, "--who", "rosa"]) == 2 and not Path(target).exists()
    assert "no tiene permiso" in capsys.readouterr().err
    assert main(["report", target, "--who", "ines"]) == 0 and (Path(target) / "index.html").exists()
    database = open_database(f"sqlite:///{tmp_path}/var/puente.db", tmp_path / "var" / "puente.keys")
    entries = database.call(lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.action == "report"))))
    database.close()
    assert [(each.who, each.subject) for each in entries] == [("ines", None)]
