"""Each conversation has its own office: real turn, real database, real Rasa (one process for all)."""

from collections.abc import Iterator
from functools import cache

import pytest

from bot import app
from bot.conversation.live import LiveContent
from bot.settings import Settings
from tests.people import Office, Person

content_of = cache(LiveContent)


@pytest.fixture
def office(settings: Settings, rasa_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(app, "LiveContent", content_of)  # reading it takes a second, and no conversation changes it
    opened = Office(settings, rasa_port)
    yield opened
    opened.close()


@pytest.fixture
def ana(office: Office) -> Person:
    return office.person("ana")
