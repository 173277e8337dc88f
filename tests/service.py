"""The whole bot process in the test's own loop: `serve` with its database, web server and Telegram door. Telegram is tests/bot_api.py."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from bot import housekeeping as housekeeping_module
from bot import serve as serve_module
from bot.app import App
from bot.content.languages import SOURCE
from bot.conversation.replies import sentence
from bot.conversation.worker import utc_now
from bot.rasa.process import free_port
from bot.records import database as database_module
from bot.records.deliveries import InboxUpdate
from bot.settings import Settings
from bot.telegram_adapter import door as door_module
from bot.telegram_adapter import intake as intake_module
from bot.telegram_adapter import polling as polling_module
from bot.telegram_adapter import sender as sender_module
from tests.bot_api import TOKEN, BotApi, Fault, bot_api, listening, until


class Rasa:
    """Answers in Rasa's place over HTTP, or does what `mode` says: `down`, `hung`, `slow`, or any other text as the body of an answer."""

    def __init__(self) -> None:
        self.mode, self.status, self.seconds = "well", 200, 1.5
        self.says = "utter_thank"
        self.port = 0
        self.asked: list[str] = []

    async def turn(self, request: web.Request) -> web.StreamResponse:
        question = await request.json()
        self.asked.append(question["text"])
        await self._misbehave(request)
        if self.mode not in ("well", "slow"):
            return web.Response(text=self.mode, status=self.status)
        slots = {"said_before": question["text"]}
        return web.json_response(
            {"decisions": [self.says], "state": {"slots": slots}, "intent": "thank", "confidence": 0.9, "topic": "dialogue",
             "decision": "fallback" if self.says == "utter_fallback" else "answer", "suggestions": [], "entities": []}
        )  # fmt: skip

    async def ready(self, request: web.Request) -> web.StreamResponse:
        if self.mode in ("down", "hung"):
            await self._misbehave(request)
        return web.json_response({"model": "puente-test"})

    async def _misbehave(self, request: web.Request) -> None:
        if self.mode == "down":
            assert request.transport is not None
            request.transport.abort()
        elif self.mode == "hung":
            await asyncio.Event().wait()
        elif self.mode == "slow":
            await asyncio.sleep(self.seconds)


class Clock:
    """The wall clock, which may jump."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class Service:
    api: BotApi
    rasa: Rasa
    clock: Clock
    settings: Settings
    app: App
    running: asyncio.Task[None]

    def text(self, name: str, **variables: str) -> str:
        """How a sentence of the dialogue reads."""
        return sentence(self.app.content.current()[0], name, SOURCE, variables)

    def metric(self, name: str, **labels: str) -> float:
        return self.app.metrics.registry.get_sample_value(name, labels) or 0

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.settings.puente_port}", trust_env=False) as http:
            return await http.get(path, timeout=20)

    async def open_updates(self) -> int:
        query = select(InboxUpdate.id).where(InboxUpdate.done_at.is_(None))
        return await self.app.database.run(lambda session: len(session.scalars(query).all()))

    async def stop(self) -> float:
        """SIGTERM; returns after how many seconds it had ended."""
        started = asyncio.get_running_loop().time()
        if not self.running.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(self.running, 30)
        return asyncio.get_running_loop().time() - started


class Serving:
    """Starts services on one data folder, one after the other."""

    def __init__(self, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.var, self.clock, self._composed = var, Clock(), list[App]()
        compose = serve_module.compose

        def keep(*given: Any) -> App:
            self._composed.append(compose(*given, self.clock))
            return self._composed[-1]

        monkeypatch.setattr(serve_module, "compose", keep)
        for module in (housekeeping_module, door_module, intake_module):
            monkeypatch.setattr(module, "utc_now", self.clock)
        monkeypatch.setattr(housekeeping_module, "OFTEN", 0.2)
        monkeypatch.setattr(sender_module, "AFTER_FAILURE", 0.3)
        monkeypatch.setattr(polling_module, "AFTER_FAILURE", (0.1, 0.3))
        monkeypatch.setattr(database_module, "LOCK_WAIT", 1)

    @asynccontextmanager
    async def start(self, api: BotApi, rasa: Rasa, **settings: Any) -> AsyncIterator[Service]:
        usual = {"telegram_token": TOKEN, "telegram_per_chat": 0.01, "telegram_per_second": 1000}
        made = Settings(
            puente_var=self.var, puente_port=free_port(), telegram_api_url=api.url, **{**usual, **settings}, _env_file=None,
        )  # fmt: skip
        door = "setWebhook" if "telegram_webhook_url" in settings else "getUpdates"
        calls = len(api.asked(door))
        running = asyncio.create_task(serve_module.serve(made, rasa.port))
        await until(lambda: running.done() or len(api.asked(door)) > calls, 30)
        if running.done():
            running.result()
        service = Service(api, rasa, self.clock, made, self._composed[-1], running)
        try:
            yield service
        finally:
            with suppress(TimeoutError):
                await service.stop()


@asynccontextmanager
async def served(serving: Serving, fault: tuple[str, Fault] | None = None, **settings: Any) -> AsyncIterator[Service]:
    """A service with Telegram and Rasa beside it; `fault` is how the first call of a method ends."""
    async with bot_api() as api, answering() as rasa:
        if fault:
            api.faults[fault[0]].append(fault[1])
        async with serving.start(api, rasa, **settings) as service:
            yield service


@asynccontextmanager
async def answering() -> AsyncIterator[Rasa]:
    """Something in Rasa's place, at a port of its own."""
    rasa = Rasa()
    routes = [web.post("/webhooks/puente/turn", rasa.turn), web.get("/webhooks/puente/ready", rasa.ready)]
    async with listening(routes) as address:
        rasa.port = int(address.rpartition(":")[2])
        yield rasa


def fill(app: App) -> None:
    """The disk is full."""
    app.database.call(partial(_limit, pages=1))


def make_room(app: App) -> None:
    app.database.call(partial(_limit, pages=1_000_000))


def _limit(session: Any, pages: int) -> None:
    session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
