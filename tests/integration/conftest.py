"""What several tests of the whole service share."""

from collections.abc import Iterator

import pytest

from tests.postgresql import running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server; each test makes itself a database with `fresh`."""
    with running() as address:
        yield address
