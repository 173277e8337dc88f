"""Self-assessments in the console and on the command line: who sees which, what the table and the sheet hold, and that nobody is named."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import staff
from bot.__main__ import main
from bot.content.assessments import ANSWERS, NO, YES, Assessment
from bot.content.published import Content
from bot.courses import assessing, report_files
from bot.courses.assessing import outcome
from bot.courses.assessment_paper import sheet
from bot.courses.assessment_text import Answered
from bot.permissions import MAY, Action
from bot.records.audit import AuditEntry
from bot.records.database import Database
from bot.records.staff import Role
from bot.staff import OPERATOR
from tests.console import Desk
from tests.officials import NOW, official

LIST = "/consola/capacitacion/autodiagnostico"
PUEBLA, ATLIXCO = "21114", "21019"
ONE = f"{LIST}/entrepreneurship/{PUEBLA}"
FILES = ("", "/tabla.csv", "/hoja.pdf")


@pytest.fixture
def assessment(content: Content) -> Assessment:
    return content.assessments["entrepreneurship"]


@pytest.fixture
def given(assessment: Assessment) -> dict[str, str]:
    """Each of the four answers in turn."""
    return {question.id: ANSWERS[number % len(ANSWERS)] for number, question in enumerate(assessment.questions)}


@pytest.fixture
def answered(database: Database, assessment: Assessment, given: dict[str, str]) -> None:
    def save(session: Session) -> None:
        puebla = official(session, PUEBLA, organization="ipam")
        assessing.save(session, puebla, assessment, dict.fromkeys(given, NO), NOW - timedelta(days=90))
        assessing.save(session, puebla, assessment, given, NOW)
        assessing.save(session, official(session, ATLIXCO), assessment, dict.fromkeys(given, YES), NOW)

    database.call(save)


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.usefixtures("answered")
def test_the_list_shows_the_last_answers_of_each_municipality(desk: Desk) -> None:
    page = desk.member(Role.SUPERVISOR).get(LIST).text
    assert page.index("Atlixco, Puebla") < page.index("Puebla, Puebla") and page.count(f'href="{ONE}"') == 1
    row = page[page.index(f'href="{ONE}"') :].split("</tr>")[0]
    assert re.findall(r'class="number">(\d+)<', row) == ["5", "5", "4", "4"]


@pytest.mark.usefixtures("answered")
def test_the_page_of_one_shows_every_answer_the_steps_and_where_it_comes_from(
    desk: Desk, assessment: Assessment, given: dict[str, str]
) -> None:  # fmt: skip
    page = desk.member(Role.SUPERVISOR).get(ONE).text
    for question in assessment.questions:
        row = page[page.index(question.ask) :].split("</tr>")[0]
        assert {"yes": ">Sí<", "partly": ">En parte<", "no": ">No<", "unknown": ">No sé<"}[given[question.id]] in row
    steps = page[page.index("<ol>") : page.index("</ol>")]
    assert [steps.count(each.step) for each in outcome(assessment, given).next_steps] == [1, 1, 1] and steps.count("<li>") == 3
    assert "síntesis propia" in page and "Pendiente de validar" in page and assessment.review.sources[0].url in page


@pytest.mark.usefixtures("answered")
def test_nobody_who_answered_is_named(desk: Desk) -> None:
    member = desk.member(Role.SUPERVISOR)
    shown = [member.get(LIST).text, member.get(ONE).text, member.get(f"{ONE}/tabla.csv").text, words(member.get(f"{ONE}/hoja.pdf").content)]
    assert not [each for each in shown if "Tomasa" in each or "DIF municipal" in each] and all("Puebla" in each for each in shown)


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize("file", FILES)
def test_a_partner_finds_no_page_of_a_municipality_where_their_office_has_no_learners(desk: Desk, file: str) -> None:
    partner = desk.member(Role.PARTNER, organization_id="ipam")
    assert partner.get(f"{ONE}{file}").status_code == 200
    assert partner.get(f"{LIST}/entrepreneurship/{ATLIXCO}{file}").status_code == 404
    assert "Atlixco" not in partner.get(LIST).text and "Puebla, Puebla" in partner.get(LIST).text


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize("role", Role)
def test_a_role_sees_them_as_its_cell_says(desk: Desk, role: Role) -> None:
    member = desk.member(role, organization_id="ipam" if role is Role.PARTNER else None)
    expected = 200 if role in MAY[Action.LEARNING_REPORT] else 403
    assert {member.get(path).status_code for path in (LIST, *(f"{ONE}{file}" for file in FILES))} == {expected}


@pytest.mark.parametrize("path", [f"{LIST}/entrepreneurship/{PUEBLA}", f"{LIST}/nothing/{PUEBLA}", f"{LIST}/entrepreneurship/21114000"])
def test_what_nobody_answered_is_not_found(desk: Desk, path: str) -> None:
    member = desk.member(Role.SUPERVISOR)
    assert [member.get(f"{path}{file}").status_code for file in FILES] == [404, 404, 404]
    assert "Ningún municipio" in member.get(LIST).text


@pytest.mark.usefixtures("answered")
def test_a_look_is_written_down(desk: Desk, database: Database) -> None:
    desk.member(Role.SUPERVISOR, "sofia").get(f"{ONE}/tabla.csv")
    query = select(AuditEntry).where(AuditEntry.action == Action.LEARNING_REPORT)
    [row] = database.call(lambda session: list(session.scalars(query)))
    assert (row.who, row.why) == ("sofia", f"assessment entrepreneurship {PUEBLA}")


@pytest.mark.usefixtures("answered")
def test_the_table_has_a_row_for_each_question_and_numbers_the_next_steps(
    desk: Desk, assessment: Assessment, given: dict[str, str]
) -> None:  # fmt: skip
    names, tags, *lines = csv.reader(io.StringIO(desk.member(Role.SUPERVISOR).get(f"{ONE}/tabla.csv").content.decode("utf-8-sig")))
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    assert [row["pregunta"] for row in rows] == [question.ask for question in assessment.questions] and all(tags)
    assert [row["respuesta"] for row in rows][:4] == ["Sí", "En parte", "No", "No sé"]
    order = sorted((row["siguiente"], row["paso"]) for row in rows if row["siguiente"])
    assert order == [(str(number), each.step) for number, each in enumerate(outcome(assessment, given).next_steps, 1)]
    assert {row["clave_municipio"] for row in rows} == {PUEBLA} and "learner" not in " ".join(names)


def test_a_spreadsheet_takes_nothing_for_a_formula(content: Content, assessment: Assessment) -> None:
    made = Answered(assessment, "=1+1", {}, NOW, "@1")
    row = list(csv.reader(io.StringIO(report_files.assessment_csv(made, content))))[2]
    assert row[0] == "'=1+1" and row[3] == "'@1"


def test_the_sheet_holds_all_that_the_page_does(content: Content, assessment: Assessment, given: dict[str, str]) -> None:
    said = words(sheet(Answered(assessment, PUEBLA, given, NOW, "1"), content, NOW))
    flat = said.replace(" ", "")
    for text in (*(each.ask for each in assessment.questions), *(each.step for each in outcome(assessment, given).next_steps),
                 *(area.title for area in assessment.areas), *(each.url for each in assessment.review.sources)):  # fmt: skip
        assert text.replace(" ", "") in flat
    for part in ("Puebla, Puebla · 23/11/2026", "síntesis propia", "Pendiente de validar", "Revisado el 22/11/2026"):
        assert part in said
    assert "?" not in said.replace("?", "", said.count("¿"))  # every letter could be shown


@pytest.fixture
def typed(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line on that database, with a supervisor, a partner and somebody at the desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", str(database.engine.url))
    for name, role in (("sofia", Role.SUPERVISOR), ("rosa", Role.AGENT), ("pablo", Role.PARTNER)):
        database.call(staff.invite, OPERATOR, name, role, "ipam" if role is Role.PARTNER else None, NOW)
    return tmp_path


def command(*more: str, who: str = "sofia") -> int:
    return main(["learning", "assessment", *more, "--who", who])


@pytest.mark.usefixtures("answered", "typed")
def test_the_command_says_what_the_chat_says_or_the_table(
    capsys: pytest.CaptureFixture[str], assessment: Assessment, given: dict[str, str]
) -> None:  # fmt: skip
    assert command("--municipality", PUEBLA) == 0
    said = capsys.readouterr().out
    assert "Puebla, Puebla, 23/11/2026" in said and f"1. {outcome(assessment, given).next_steps[0].step}" in said and "Tomasa" not in said
    assert command("--municipality", "Atlixco", "--csv") == 0
    assert len(list(csv.reader(io.StringIO(capsys.readouterr().out)))) == 2 + len(assessment.questions)


@pytest.mark.usefixtures("answered", "typed")
@pytest.mark.parametrize(("who", "more", "named"), [
    ("sofia", (), "--municipality"), ("sofia", ("--municipality", "99999"), "99999"), ("sofia", ("--municipality", "15057"), "Naucalpan"),
    ("sofia", ("--municipality", PUEBLA, "--name", "nothing"), "entrepreneurship"), ("pablo", ("--municipality", ATLIXCO), "Atlixco"),
    ("rosa", ("--municipality", PUEBLA), "permiso"),
])  # fmt: skip
def test_the_command_says_in_one_line_what_is_wrong(
    capsys: pytest.CaptureFixture[str], who: str, more: tuple[str, ...], named: str
) -> None:  # fmt: skip
    assert command(*more, who=who) == 2
    said = capsys.readouterr()
    assert named in said.err and said.err.count("\n") == 1 and not said.out
