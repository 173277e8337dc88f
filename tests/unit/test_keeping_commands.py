"""`./puente retention` as it is typed, where the terms cannot be read."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import staff
from bot.__main__ import main
from bot.records.database import Database
from bot.records.staff import Role
from bot.settings import ROOT
from bot.staff import OPERATOR
from tests.old_records import NOW, person, rows

YESTERDAY = (NOW - datetime.now(UTC)) / timedelta(days=1) + 1  # as `person` counts


@pytest.fixture
def flows(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of content that the commands read, and somebody who may give them."""
    database.call(staff.invite, OPERATOR, "olga", Role.DATA_OFFICER, None, NOW)
    for name, value in (("PUENTE_VAR", tmp_path), ("DATABASE_URL", database.engine.url), ("PUENTE_FLOWS", tmp_path / "flows")):
        monkeypatch.setenv(name, str(value))
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    return tmp_path / "flows"


@pytest.mark.parametrize("wrong", ["days: 18O", "days: "])
def test_nothing_is_thrown_away_while_a_term_cannot_be_read(
    wrong: str, flows: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    database.call(person, "ana", YESTERDAY)
    terms = flows / "retention.yml"
    terms.write_text(terms.read_text().replace("days: 180", wrong))
    assert main(["retention", "--who", "olga"]) == 2
    assert rows(database)["message"] == 2 and "retention.yml" in capsys.readouterr().err


def test_what_is_old_enough_goes(flows: Path, database: Database) -> None:
    for name, days in (("old", 5000), ("ana", YESTERDAY)):
        database.call(person, name, days)
    assert main(["retention", "--who", "olga"]) == 0
    assert rows(database)["message"] == 2
