"""The whole thing as a person runs it: `./puente up` in a process, a Telegram peer, a browser."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.rasa.process import free_port
from bot.settings import ROOT
from tests.e2e.peer import TOKEN, Peer


class Running:
    """`./puente up` in a process of its own."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var, self.port = var, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.settings = {"PUENTE_VAR": str(var), "PUENTE_PORT": str(self.port), **settings}
        self.process: subprocess.Popen[str] | None = None
        self.log = var.parent / f"{var.name}.log"

    def start(self) -> "Running":
        environment = {**os.environ, **self.settings, "PYTHONPATH": str(ROOT)}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "up"], cwd=ROOT, env=environment, stdout=log, stderr=log, text=True
            )
        return self

    def wait_until_ready(self, seconds: float = 60) -> "Running":
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


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer().running() as started:
        yield started


@pytest.fixture
def served(tmp_path: Path, model: Path, peer: Peer) -> Iterator[Running]:
    """Puente with Telegram, ready."""
    running = Running(tmp_path / "var", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=peer.url).start().wait_until_ready()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()
