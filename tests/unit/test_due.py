"""What has to be reviewed: from which day on, for whom, and as `./puente check --due` tells it."""

import subprocess
import sys
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

import bot.__main__
import bot.commands.content
from bot.content.due import Due, due_within, report
from bot.content.review import Where
from bot.settings import ROOT
from tests.gate import Folder
from tests.sound_content import CITY_FEES, CITY_PAPERS, FEES, FILES, PAPERS, SERVICES

DAY = timedelta(days=1)
DUE_ON = date(2026, 4, 15)  # ninety days after 15 January
ENDS_ON = date(2031, 12, 31)


@pytest.fixture(autouse=True)
def logs_of_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command sets up the logs of its process; here that would take pytest's handlers away."""
    monkeypatch.setattr(bot.__main__, "set_up_logs", lambda level: None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder()


def due(days: int, today: date) -> list[Due]:
    return due_within(Path("flows"), days, today)


def names(days: int, today: date) -> list[str]:
    return [each.name for each in due(days, today)]


@pytest.mark.parametrize(("days", "today", "is_due"), [
    (0, DUE_ON - DAY, False), (0, DUE_ON, True), (0, DUE_ON + DAY, True), (30, DUE_ON - 31 * DAY, False), (30, DUE_ON - 30 * DAY, True),
])  # fmt: skip
def test_a_review_is_listed_from_so_many_days_before_it_is_due(folder: Folder, days: int, today: date, is_due: bool) -> None:
    assert ("utter_papers_photo" in names(days, today)) is is_due
    assert ("help_phone" in names(days, today)) is is_due


def test_every_answer_and_fact_with_a_review_is_listed_once(folder: Folder) -> None:
    assert sorted(names(0, DUE_ON)) == sorted([
        "utter_papers_renew", "utter_papers_renew_cost", "utter_papers_lost", "utter_papers_lost", "utter_papers_photo",
        "utter_safety_violence", "help_phone", "photo_fee",
    ])  # fmt: skip
    assert {each.where.file for each in due(0, DUE_ON) if each.name == "utter_papers_lost"} == {Path(PAPERS), Path(CITY_PAPERS)}


def test_a_sentence_of_the_dialogue_is_never_due(folder: Folder) -> None:
    assert {each.name for each in due(99999, DUE_ON) if "papers" not in each.name and "safety" not in each.name} == {
        "renewal_fee", "help_phone", "photo_fee",
    }  # fmt: skip


def test_facts_of_an_institution_are_due_beside_those_of_the_base(folder: Folder) -> None:
    folder.write(CITY_FEES, FILES[FEES].partition("help_phone:")[0].replace("1,500 pesos", "900 pesos").replace("2026-01-15", "2025-01-15"))
    assert [(each.where.file, each.on) for each in due(0, date(2027, 1, 15)) if each.name == "renewal_fee"] == [
        (Path(CITY_FEES), date(2026, 1, 15)), (Path(FEES), date(2027, 1, 15)),
    ]  # fmt: skip


def test_a_service_that_is_shown_is_due_and_one_that_only_receives_is_not(folder: Folder) -> None:
    reviewed = "sources: [{title: Gaceta}], reviewed_on: 2026-01-15, review_in: 90, owner: directory"
    folder.append(SERVICES, f"- {{id: window, organization_id: permits, name: Ventanilla, {reviewed}}}\n")
    found = names(0, DUE_ON)
    assert "window" in found and "attention" not in found


GUIDE = """\
title: Tarjeta
intent: papers_renew
office: permits
steps:
- {id: lives, type: choice, ask: ¿Vive aquí?, help: Toque un botón., options: [{value: "yes", title: Aquí}, {value: "no", title: Lejos}]}
all:
- {step: lives, among: ["yes"], says: Vivir aquí}
documents: [Identificación]
unpublished: [Cuánto tarda]
sources: [{title: Gaceta}]
reviewed_on: 2026-01-15
review_in: 90
owner: papers
cases: [{answers: {lives: "yes"}, met: "yes"}]
"""


def test_the_guide_to_a_programme_is_due_too(folder: Folder) -> None:
    folder.write("flows/eligibility/card.yml", GUIDE)
    folder.expect()
    assert "flows/eligibility/card.yml" in [str(each.where.file) for each in due(0, DUE_ON)]


# The end of an answer


@pytest.mark.parametrize(("days", "today", "is_listed"), [
    (0, ENDS_ON - DAY, False), (0, ENDS_ON, True), (0, ENDS_ON + DAY, True),
    (30, ENDS_ON - 31 * DAY, False), (30, ENDS_ON - 30 * DAY, True),
])  # fmt: skip
def test_the_end_of_an_answer_is_listed_beside_its_review(folder: Folder, days: int, today: date, is_listed: bool) -> None:
    found = [(each.on, each.expires) for each in due(days, today) if each.name == "utter_papers_renew"]
    assert found == [(DUE_ON, False), *([(ENDS_ON, True)] if is_listed else [])]


# As it is told


def one(owner: str, on: date, name: str = "utter_papers", expires: bool = False) -> Due:
    return Due(owner, on, name, Where(Path(PAPERS), 7), expires)


@pytest.mark.parametrize(
    ("days", "expires", "told"),
    [
        (1, False, "revisión, se debe el 15/04/2026"),
        (0, False, "revisión, se debe el 15/04/2026"),
        (-1, False, "revisión, vencido desde el 15/04/2026"),
        (0, True, "deja de decirse, se debe el 15/04/2026"),
        (-1, True, "deja de decirse, vencido desde el 15/04/2026"),
    ],
)
def test_a_line_names_its_place_and_whether_the_day_is_past(days: int, expires: bool, told: str) -> None:
    assert one("papers", DUE_ON, expires=expires).line(DUE_ON - days * DAY) == f"{PAPERS}:7: utter_papers: {told}"


def test_every_owner_is_named_once_above_what_is_theirs() -> None:
    found = [one("health", DUE_ON, "utter_a"), one("health", DUE_ON + DAY, "utter_b"), one("papers", DUE_ON - DAY, "utter_c")]
    assert list(report(found, 30, DUE_ON)) == [
        "health:", f"  {found[0].line(DUE_ON)}", f"  {found[1].line(DUE_ON)}", "papers:", f"  {found[2].line(DUE_ON)}",
        "3 por revisar en 30 días o menos.",
    ]  # fmt: skip
    assert list(report([], 30, DUE_ON)) == ["Nada por revisar en 30 días."]


def test_what_is_due_is_sorted_by_owner_and_the_most_urgent_first(folder: Folder) -> None:
    old = "says: Emergencias\n  sources:\n  - title: Aviso oficial\n  reviewed_on: 2026-01-15"
    folder.replace(FEES, old, old.replace("2026-01-15", "2026-03-15"))  # the directory's own is less urgent
    found = due(99999, DUE_ON)
    assert [each.owner for each in found] == ["directory"] + ["papers"] * (len(found) - 1)
    of_papers = [each.on for each in found if each.owner == "papers"]
    assert of_papers == sorted(of_papers) and of_papers[-1] == ENDS_ON


ORDER = "from bot.content.due import *; print([each.line(date.today()) for each in due_within(Path('flows'), 99999, date.today())])"


def test_what_is_due_is_told_in_the_same_order_every_time(folder: Folder) -> None:
    def told_with(seed: int) -> str:
        environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)}
        return subprocess.run([sys.executable, "-c", ORDER], env=environment, capture_output=True, text=True, check=True).stdout

    assert len({told_with(seed) for seed in range(8)}) == 1


# ./puente check --due


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromisoformat(moment).astimezone(tz)

    monkeypatch.setattr(bot.commands.content, "datetime", Frozen)


def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    monkeypatch.setenv("PUENTE_FLOWS", "flows")
    assert bot.__main__.main(["check", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_command_tells_what_is_due_on_the_day_it_is_in_mexico(
    folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-04-16T03:00+00:00")  # still the 15th there
    line = folder.line(FEES, "help_phone:")
    printed = told(capsys, monkeypatch, "--due", "0")
    assert printed[:3] == ["directory:", f"  {FEES}:{line}: help_phone: revisión, se debe el 15/04/2026", "papers:"]
    assert printed[-1] == "8 por revisar en 0 días o menos."


def test_the_command_looks_so_many_days_ahead(folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-04-01T18:00+00:00")
    assert told(capsys, monkeypatch, "--due", "13") == ["Nada por revisar en 13 días."]
    assert told(capsys, monkeypatch, "--due", "14")[-1] == "8 por revisar en 14 días o menos."


def test_the_command_tells_of_every_institution(
    folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-04-15T18:00+00:00")
    assert [line for line in told(capsys, monkeypatch, "--due", "0") if CITY_PAPERS in line]


def test_what_is_due_is_no_problem_of_the_content(
    folder: Folder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2030-01-01T18:00+00:00")
    assert "vencido desde el" in "\n".join(told(capsys, monkeypatch, "--due", "0"))
    assert told(capsys, monkeypatch, "--nlu", "nlu")[-1] == "Sin problemas: el contenido se puede publicar."
