"""The database of one machine: a file for its owner alone."""

from pathlib import Path

from bot.records.database import Database


def test_nobody_else_on_the_machine_may_read_the_database(database: Database, tmp_path: Path) -> None:
    database.call(lambda session: None)
    files = [path for path in tmp_path.iterdir() if path.name.startswith("puente.")]
    assert {path.stat().st_mode & 0o077 for path in files} == {0} and len(files) >= 2
