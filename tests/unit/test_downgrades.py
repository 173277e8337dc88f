"""An operator can go back to an earlier version: what that version knows is kept, and coming forward again finds it."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.errors import StorageError
from bot.records.database import Database, open_database
from tests import downgrades
from tests.every_table import fill


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Of each version, made from nothing."""
    folder = tmp_path_factory.mktemp("versions")
    found = {}
    for version in downgrades.VERSIONS:
        engine = create_engine(f"sqlite:///{folder}/{version}.db")
        downgrades.to_version(engine, version)
        found[version] = downgrades.shape(engine)
        engine.dispose()
    return found


def test_going_back_to_the_first_version_and_forward_again_keeps_what_it_knows(database: Database, shapes: dict[str, object]) -> None:
    database.call(fill)
    downgrades.goes_back_and_forth(database.engine, shapes)  # type: ignore[arg-type]
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize(
    ("statement", "table", "version"),
    [
        ("UPDATE legal_hold SET conversation_id = NULL WHERE id = 2", "legal_hold", "0005"),
        ("UPDATE arco_request SET of_official = (id = 2)", "arco_request", "0005"),
        ("UPDATE consent SET referral_id = NULL WHERE id = 2", "consent", "0003"),
        ("UPDATE outbox SET message_id = NULL WHERE id = 2", "outbox", "0002"),
        ("UPDATE outbox SET message_id = 1, part = 1 WHERE id = 2", "outbox", "0002"),
    ],
)
def test_what_an_earlier_version_cannot_know_is_left_behind(statement: str, table: str, version: str, database: Database) -> None:
    database.call(fill)
    database.call(lambda session: session.execute(text(statement)))
    downgrades.to_version(database.engine, version)
    assert [row["id"] for row in downgrades.stored(database.engine)[table]] == [1]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database, tmp_path: Path) -> None:
    database.call(fill)
    database.call(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    before = downgrades.stored(database.engine)
    with pytest.raises(StorageError, match="versión"):
        open_database(str(database.engine.url), tmp_path / "puente.keys")
    assert downgrades.stored(database.engine) == before
