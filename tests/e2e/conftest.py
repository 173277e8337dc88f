"""The whole thing as a person runs it: `./puente up` in a process, a Telegram peer, a browser."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

from bot.accounts import sessions
from bot.console.door import COOKIE
from bot.rasa.process import free_port
from bot.records.database import Database, open_database
from bot.records.staff import Role
from bot.settings import ROOT
from tests.console import enrolled
from tests.e2e.peer import TOKEN, Peer

NO_LIMITS = {"TELEGRAM_PER_SECOND": "1000", "TELEGRAM_PER_CHAT": "0.01"}
SECRET = "a-secret-of-the-webhook"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def telegram(peer: Peer, **more: str) -> dict[str, str]:
    """The settings of a service that has this peer for Telegram."""
    return {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": peer.url, **more}


class Running:
    """`./puente up` in a process of its own."""

    command: tuple[str, ...] = ("up",)

    def __init__(self, var: Path, **settings: str) -> None:
        self.var, self.port = var, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.settings = {"PUENTE_VAR": str(var), "PUENTE_PORT": str(self.port), **settings}
        self.process: subprocess.Popen[str] | None = None
        self.log = var.parent / f"{var.name}.log"

    def start(self) -> Self:
        environment = {**os.environ, **self.settings, "PYTHONPATH": str(ROOT)}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", *self.command], cwd=ROOT, env=environment, stdout=log, stderr=log, text=True
            )
        return self

    def wait_until_ready(self, seconds: float = 60) -> Self:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process and self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.address}/healthz", timeout=2, trust_env=False).status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready within {seconds} s: {self.log.read_text()[-2000:]}")

    def wait_until_idle(self, peer: Peer, seconds: float = 60) -> Self:
        """Until nothing waits: not at Telegram, not to be answered, not to be delivered."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                state = httpx.get(f"{self.address}/healthz", timeout=5, trust_env=False).json()
            except (httpx.HTTPError, ValueError):
                state = {}
            if peer.waiting() == state.get("updates_waiting") == state.get("sends_waiting") == 0:
                return self
            time.sleep(0.1)
        raise AssertionError(f"not idle within {seconds} s: {peer.waiting()} at Telegram, {state}; {self.log.read_text()[-2000:]}")

    @property
    def has_webhook(self) -> bool:
        return "TELEGRAM_WEBHOOK_URL" in self.settings

    def with_webhook(self) -> Self:
        """The same service, called by Telegram instead of calling it."""
        self.settings |= {"TELEGRAM_WEBHOOK_URL": f"{self.address}/telegram", "TELEGRAM_WEBHOOK_SECRET": SECRET}
        return self

    def children(self, word: str) -> list[int]:
        """Processes of this service whose command line has the word: `serve` for the bot, `rasa` for Rasa."""
        assert self.process
        found = []
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            except FileNotFoundError:
                continue
            if word in command:
                found.append(int(pid))
        return found

    def kill(self, word: str) -> bool:
        """SIGKILL that child. False: it is not running just now."""
        killed = False
        for pid in self.children(word):
            try:
                os.kill(pid, signal.SIGKILL)
                killed = True
            except ProcessLookupError:
                pass
        return killed

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        return self.process.wait(30)


class BotAlone(Running):
    """Only the bot process, beside a Rasa that runs already: nobody starts it again but the test."""

    def __init__(self, var: Path, rasa_port: int, **settings: str) -> None:
        super().__init__(var, **settings)
        self.command = ("serve", "--rasa-port", str(rasa_port))

    def kill_and_start(self) -> None:
        self.die()
        self.start()

    def die(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(10)


class Alone(Running):
    """The bot process without Rasa."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.settings["PUENTE_PUBLIC_URL"] = self.address
        self.command = ("serve", "--rasa-port", str(free_port()))

    def wait_until_ready(self, seconds: float = 60) -> "Alone":
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process and self.process.poll() is None, self.log.read_text()
            try:
                httpx.get(f"{self.address}/paginas/institucion.css", timeout=2, trust_env=False).raise_for_status()
                return self
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-2000:])

    def orders(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.settings, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff who has signed in at a running service."""

    name: str
    cookie: dict[str, str]  # as a browser of playwright takes it
    form: dict[str, str]  # what every form of theirs carries


def colleague(database: Database, address: str, name: str, role: Role, organization_id: str | None = None) -> Colleague:
    """`database`: the service's own, beside it."""
    now = datetime.now(UTC)

    def begin(session: Session) -> str:
        member = enrolled(session, name, role, now, organization_id)
        return sessions.begin(session, member, "test", now, is_confirmed=True)

    token = database.call(begin)
    return Colleague(name, {"name": COOKIE, "value": token, "url": address}, {"csrf": sessions.csrf_of(token)})


@pytest.fixture(scope="module")
def puente(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The bot process without Rasa."""
    running = Alone(tmp_path_factory.mktemp("alone") / "var")
    running.start().wait_until_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def database(puente: Running) -> Iterator[Database]:
    """The service's own, beside it."""
    opened = open_database(f"sqlite:///{puente.var}/puente.db", puente.var / "puente.keys")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer().running() as started:
        yield started


@pytest.fixture
def served(tmp_path: Path, model: Path, peer: Peer) -> Iterator[Running]:
    """Puente with Telegram, ready."""
    running = Running(tmp_path / "var", **telegram(peer)).start().wait_until_ready()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.fixture(params=["polling", "webhook"])
def alone(request: pytest.FixtureRequest, tmp_path: Path, rasa_port: int, peer: Peer) -> Iterator[BotAlone]:
    """The bot process beside Rasa, both ways that updates come, without Telegram's limits; not yet started."""
    made = BotAlone(tmp_path / "var", rasa_port, **telegram(peer, **NO_LIMITS))
    if request.param == "webhook":
        made.with_webhook()
    yield made
    if made.process and made.process.poll() is None:
        made.stop()
