"""What all tests share: a private data folder, the clock's real now, and no sockets but loopback."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from bot.rasa.client import RasaClient
from bot.rasa.process import free_port, start_rasa, wait_until_ready
from bot.rasa.training import ensure_model
from bot.records import database
from bot.settings import ROOT, Settings

for name in list(os.environ):
    if name.startswith(("PUENTE_", "TELEGRAM_", "DATABASE_")):
        del os.environ[name]  # a developer's own settings must not reach a test


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """A test that reaches for the network fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"A test reached for {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty SQLite file gets a copy of one that went through every migration: two thousand tests have a database of their own."""
    migrate, template = database._migrate, tmp_path_factory.mktemp("migrated") / "puente.db"

    def copied(engine: Engine) -> None:
        if engine.dialect.name == "sqlite" and engine.url.database and not inspect(engine).get_table_names():
            if not template.exists():
                made = database.engine_of(f"sqlite:///{template}")
                migrate(made)
                made.dispose()
                with closing(sqlite3.connect(template)) as compact:
                    compact.execute("VACUUM")  # free pages would let a full disk take more
            with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(engine.url.database)) as target:
                source.backup(target)
        migrate(engine)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_migrate", copied)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(puente_var=tmp_path / "var", _env_file=None)


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of the repository's content, trained if it is not there yet."""
    return ensure_model(ROOT / "flows", print)


@pytest.fixture(scope="session")
def rasa_port(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Real Rasa, once for the whole run."""
    import asyncio

    port = free_port()
    process = start_rasa(model, port, tmp_path_factory.mktemp("rasa"))

    async def ready() -> None:
        client = RasaClient.at(port)
        await wait_until_ready(client, process)
        await client.close()

    asyncio.run(ready())
    yield port
    process.terminate()
    process.wait(15)
