"""`./puente up`: trains if needed, then keeps Rasa and the bot running until it is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import httpx

from bot.errors import SettingsError
from bot.rasa.process import die_with_parent, free_port, start_rasa
from bot.rasa.training import ensure_model
from bot.settings import ROOT, Settings

STOP_WITHIN = 15  # seconds for a child to end on SIGTERM
CALM_AFTER = 60  # seconds without a crash after which restarts are quick again
WAITS = (0.1, 0.2, 0.5, 1, 3)  # seconds before a restart
GIVE_UP = 2  # exit code of a bot that cannot work as it is set up


class Child:
    """One process that is started again when it dies."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.started = self.next_start = 0.0
        self.crashes = 0

    def died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def plan_restart(self, now: float) -> None:
        self.crashes = self.crashes + 1 if now - self.started < CALM_AFTER else 1
        self.next_start = now + WAITS[min(self.crashes - 1, len(WAITS) - 1)]
        self.process = None


class Supervisor:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = False
        self.rasa, self.bot = Child("Rasa"), Child("bot")
        self.rasa_port = settings.puente_rasa_port or free_port()
        self.model = Path()

    def run(self) -> int:
        """0: stopped as asked. Raises a PuenteError when it cannot start."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        _port_is_free(self.settings)
        try:
            self.model = ensure_model(self.settings.puente_flows, _say)
            _say("Iniciando …")
            announced = False
            while not self.stopping:
                code = self._look_after()
                if code is not None:
                    return code
                announced = announced or self._announce()
                time.sleep(0.2)
            return 0
        except KeyboardInterrupt:
            return 0
        finally:
            self._stop_children()

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self.model == Path():  # training: nothing is served yet
            raise KeyboardInterrupt
        self.stopping = True

    def _look_after(self) -> int | None:
        """Start what does not run. An exit code when the bot says that it can never work."""
        now = time.monotonic()
        for child in (self.rasa, self.bot):
            if child.died():
                assert child.process is not None
                if child is self.bot and child.process.returncode == GIVE_UP:
                    return GIVE_UP
                _say(f"{child.name} se detuvo (código {child.process.returncode}); se inicia otra vez.")
                child.plan_restart(now)
            if child.process is None and now >= child.next_start:
                child.process, child.started = self._start(child), now
        return None

    def _start(self, child: Child) -> subprocess.Popen[bytes]:
        if child is self.rasa:
            return start_rasa(self.model, self.rasa_port, self.settings.puente_var)
        command = [sys.executable, "-m", "bot", "serve", "--rasa-port", str(self.rasa_port)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def _announce(self) -> bool:
        address = f"http://{_reachable(self.settings.puente_host)}:{self.settings.puente_port}"
        try:
            state = httpx.get(f"{address}/healthz", timeout=1, trust_env=False)
        except httpx.HTTPError:
            return False
        if state.status_code != httpx.codes.OK:
            return False
        telegram = " y Telegram" if self.settings.telegram_token or self.settings.telegram_officials_token else ""
        _say(f"Puente está listo{telegram}.\n  Chat local: {address}/\n  Estado:     {address}/health\nPara detenerlo: Ctrl-C")
        return True

    def _stop_children(self) -> None:
        children = [child.process for child in (self.bot, self.rasa) if child.process and child.process.poll() is None]
        for process in children:  # Rasa last: the bot answers what came before the stop
            process.terminate()
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if children:
            _say("Puente se detuvo.")


def _port_is_free(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.puente_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.puente_host, settings.puente_port))
        except OSError as error:
            raise SettingsError(
                f"PUENTE_PORT: {settings.puente_host}:{settings.puente_port} no se puede usar ({error.strerror}); ponga otro puerto"
            ) from None


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104


def _say(text: str) -> None:
    print(text, flush=True)
