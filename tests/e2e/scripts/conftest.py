"""A browser on two pages made as the console's are (pages_to_try.py); Rasa need not run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from bot.conversation.live import LiveContent
from bot.conversation.worker import utc_now
from bot.rasa.process import free_port
from bot.records.database import Database, open_database
from bot.settings import ROOT, Settings
from tests.console import Desk
from tests.e2e.scripts.pages_to_try import Tried, signed_in, trying


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    var = tmp_path_factory.mktemp("scripts")
    opened = open_database(f"sqlite:///{var}/puente.db", var / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def content() -> LiveContent:
    return LiveContent(ROOT / "flows", None, ROOT / "no such file")


@pytest.fixture
def desk(database: Database, content: LiveContent, tmp_path: Path) -> Desk:
    return Desk(database, content, Settings(puente_var=tmp_path, _env_file=None), utc_now())  # type: ignore[call-arg]


@pytest.fixture
def tried(desk: Desk) -> Iterator[Tried]:
    with trying(desk, free_port()) as started:
        yield started


@pytest.fixture
def context(browser: Browser, tried: Tried) -> Iterator[BrowserContext]:
    opened = signed_in(browser, tried)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert not failures
