"""Runs Rasa as a process of its own on 127.0.0.1 and finds the one that already runs."""

import asyncio
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.errors import UnderstandingError
from bot.rasa.client import RasaClient
from bot.rasa.training import NLU, PYTHON, rasa_environment
from bot.settings import ROOT, Settings

READY_WITHIN = 90  # seconds, on a slow machine
PR_SET_PDEATHSIG = 1  # Linux, prctl(2): the child is told when its parent dies, even of SIGKILL


def die_with_parent() -> None:
    """For `preexec_fn`: no orphan keeps the port after a supervisor was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start_rasa(model: Path, port: int, var: Path) -> subprocess.Popen[bytes]:
    """The process, not yet ready; its report goes to `var/log/rasa.log`."""
    log = var / "log" / "rasa.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        str(PYTHON), "-m", "rasa", "run", "--model", str(model), "--port", str(port), "--interface", "127.0.0.1",
        "--endpoints", str(NLU / "endpoints.yml"), "--credentials", str(NLU / "credentials.yml"),
    ]  # fmt: skip
    with log.open("ab") as file:
        environment = {**rasa_environment(), "LOG_LEVEL": "WARNING", "LOG_LEVEL_LIBRARIES": "ERROR"}
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, preexec_fn=die_with_parent
        )
    note = {"port": port, "pid": process.pid, "model": model.name}
    _note(var).parent.mkdir(parents=True, exist_ok=True)
    _note(var).write_text(json.dumps(note), encoding="ascii")
    return process


def running_port(model: Path, var: Path) -> int | None:
    """The port of a live Rasa of this data folder with this model."""
    try:
        note = json.loads(_note(var).read_text(encoding="ascii"))
        os.kill(note["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return int(note["port"]) if note["model"] == model.name else None


@asynccontextmanager
async def borrowed_rasa(settings: Settings, model: Path) -> AsyncIterator[RasaClient]:
    """For commands: the Rasa that `./puente up` runs, or one of our own until the command ends."""
    port = running_port(model, settings.puente_var)
    if port is not None:
        client = RasaClient.at(port)
        if await client.is_ready():
            yield client
            await client.close()
            return
        await client.close()
    port = settings.puente_rasa_port or free_port()
    process = await asyncio.to_thread(start_rasa, model, port, settings.puente_var)
    client = RasaClient.at(port)
    try:
        await wait_until_ready(client, process)
        yield client
    finally:
        await client.close()
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 10)
        except subprocess.TimeoutExpired:
            process.kill()


async def wait_until_ready(client: RasaClient, process: subprocess.Popen[bytes]) -> None:
    """Raises UnderstandingError when the process ends or takes too long."""
    until = time.monotonic() + READY_WITHIN
    while not await client.is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise UnderstandingError("Rasa no inició; su informe está en log/rasa.log de la carpeta de datos")
        await asyncio.sleep(0.2)


def _note(var: Path) -> Path:
    return var / "run" / "rasa.json"
