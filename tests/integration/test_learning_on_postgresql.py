"""The reports of the courses say the same on PostgreSQL as on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.content.load import load_content
from bot.courses import offices, reach
from bot.numbers.reading import snapshot
from bot.records.database import Database, open_database
from bot.settings import ROOT
from tests.officials import NOW, PUEBLA, SOFIA, certificate, enrolment, official, result, with_courses
from tests.postgresql import fresh


@pytest.fixture
def both(postgresql: str, tmp_path: Path) -> Iterator[list[Database]]:
    made = [open_database(url, tmp_path / "keys") for url in (f"sqlite:///{tmp_path}/puente.db", fresh(postgresql))]
    yield made
    for each in made:
        each.close()


def records(session: Session) -> None:
    """The dates differ by hours, so that a middle is no whole number of days."""
    for number in range(13):
        learner = official(session, "21019" if number % 3 else "21114", organization="ipam" if number % 2 else None, left=number == 4)
        enrolled = enrolment(session, learner, days=None if number > 10 else number + 0.3)
        result(session, enrolled, "danger", number % 4)
        if number % 2:
            certificate(session, learner)
    certificate(session, None)
    official(session, joined=False)
    official(session, joined=False, expires_at=NOW.replace(year=2025))


def test_both_databases_count_the_same(both: list[Database]) -> None:
    content = with_courses(load_content(ROOT / "flows", None)[0])
    found = []
    for database in both:
        database.call(records)
        with snapshot(database) as session:
            found.append((reach.read(session, SOFIA, content, PUEBLA, NOW, "first"), offices.read(session, SOFIA, content)))
    assert found[0] == found[1]
    counts, report = found[0]
    assert counts.total.people == 6 and counts.total.of_erased == 1
    assert [line.cells["first"] and line.cells["first"].days for line in report.table.lines] == [6, 6] and len(report.lessons) == 1
