"""What several tests of the whole service share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.records.database import Database, open_database
from tests.postgresql import fresh, running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server; each test makes itself a database with `fresh`."""
    with running() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The address of an empty database, once of each kind, and its keys."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys"
    return fresh(request.getfixturevalue("postgresql")), tmp_path / "puente.keys"


@pytest.fixture
def database(place: tuple[str, Path]) -> Iterator[Database]:
    """Empty, once of each kind."""
    opened = open_database(*place)
    yield opened
    opened.close()
