"""What several tests of the whole service share."""

from collections.abc import Iterator

import pytest

from tests.postgresql import server


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server; each test makes itself a database with `fresh`."""
    with server(tmp_path_factory.mktemp("postgresql")) as address:
        yield address
