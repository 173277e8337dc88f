"""Each conversation has its own office: real turn, real database, real Rasa (one process for all)."""

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.people import Office, Person


@pytest.fixture
def office(settings: Settings, rasa_port: int) -> Iterator[Office]:
    opened = Office(settings, rasa_port)
    yield opened
    opened.close()


@pytest.fixture
def ana(office: Office) -> Person:
    return office.person("ana")
