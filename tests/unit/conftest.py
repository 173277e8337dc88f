"""Chats without Rasa and without Telegram: see tests/chats.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.content.courses import Course
from bot.content.published import Content
from bot.conversation.live import LiveContent
from bot.conversation.surroundings import Surroundings
from bot.conversation.worker import utc_now
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.settings import ROOT, Settings
from tests.attended import NOON, Attended
from tests.badge_commands import Told
from tests.certified import course, with_course
from tests.chats import Chat
from tests.console import Desk
from tests.learning import Official
from tests.staff_group import Office


@pytest.fixture(scope="session")
def live() -> LiveContent:
    """The published content, with the patterns of danger and without what training learned."""
    return LiveContent(ROOT / "flows", None, ROOT / "no such file")


@pytest.fixture(scope="session")
def content(live: LiveContent) -> Content:
    return live.current()[0]


@pytest.fixture(scope="session")
def content_around(live: LiveContent) -> Surroundings:
    content, danger = live.current()
    return Surroundings(content, danger, "test", "", utc_now())


@pytest.fixture(scope="module")
def chats_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("chats")
    opened = open_database(f"sqlite:///{folder}/puente.db", folder / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture
def ana(chats_database: Database, content_around: Surroundings) -> Chat:
    """A chat in which nothing was said yet."""
    return Chat(chats_database, content_around)


@pytest.fixture
def stranger(chats_database: Database, content_around: Surroundings) -> Official:
    """At the door where officials learn, and nobody has invited them."""
    return Official(chats_database, content_around)


@pytest.fixture
def official(stranger: Official) -> Official:
    return stranger.joins()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start in: no `.env` of a developer's."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where photographs lie; it is made with the first of them."""
    return tmp_path / "files"


@pytest.fixture
def desk(database: Database, live: LiveContent, tmp_path: Path) -> Desk:
    """The console, on a Monday at noon; nobody has signed in."""
    return Desk(database, live, Settings(puente_var=tmp_path, _env_file=None), NOON)  # type: ignore[call-arg]


@pytest.fixture
def attended(desk: Desk, database: Database, content_around: Surroundings) -> Attended:
    """Somebody asked for a person; nobody has taken it."""
    return Attended(desk, Chat(database, content_around), desk.member(Role.AGENT, "rosa"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/puente.db", tmp_path / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture
def office(database: Database, content_around: Surroundings) -> Office:
    """The staff's group on Telegram, and a person in whose chat nothing was said yet."""
    return Office(Chat(database, content_around))


@pytest.fixture
def open_office(office: Office) -> Office:
    """Somebody waits, and their topic is there."""
    office.chat.says("quiero mi pasaporte")
    office.chat.person_waits()
    office.works()
    return office


@pytest.fixture
def taught(tmp_path: Path) -> Course:
    """A made-up course, of which tests/certified.py makes certificates."""
    return course(tmp_path)


@pytest.fixture
def published(content: Content, taught: Course) -> Content:
    return with_course(content, taught)


@pytest.fixture
def told(
    database: Database, content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Told:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PUENTE_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", str(database.engine.url))
    return Told(database, content, tmp_path, capsys)
