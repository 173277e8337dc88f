"""Stopping: what was taken in is answered and sent, nothing waits for what cannot come, and what is left is there at the next start."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.accounts import sessions
from bot.console.door import COOKIE
from bot.records.staff import Role
from tests.bot_api import HANGS, bot_api, until
from tests.console import enrolled
from tests.service import Rasa, Serving, served

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
ANA = 111_000_111


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    return Serving(tmp_path / "var", monkeypatch)


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 90))


def test_an_idle_service_stops_at_once(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            await asyncio.sleep(1)
            assert await service.stop() < 2

    run(go())


def test_a_service_that_has_worked_stops_at_once(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.api.say(ANA, "menu", "hola buenas tardes")
            await until(lambda: len(service.api.sent) >= 2)
            await asyncio.sleep(0.5)
            assert await service.stop() < 2

    run(go())


def test_pages_that_wait_for_news_are_let_go_at_once(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            now = service.clock()
            token = await service.app.database.run(
                lambda session: sessions.begin(session, enrolled(session, "rosa", Role.AGENT, now), "", now, is_confirmed=True)
            )
            address = f"http://127.0.0.1:{service.settings.puente_port}"
            http = httpx.AsyncClient(base_url=address, cookies={COOKIE: token}, trust_env=False)
            async with http, http.stream("GET", "/consola/vivo", timeout=20) as response:
                lines = response.aiter_lines()
                assert [await anext(lines) for _ in range(3)][-1] == "event: inbox"
                assert await service.stop() < 2
                assert "event: stopped" in [line async for line in lines]

    run(go())


@pytest.mark.parametrize("settings", [{}, {"telegram_per_chat": 1.0}])
def test_a_stop_in_the_middle_of_fifty_updates_answers_and_sends_all_that_was_taken_in(serving: Serving, settings: dict[str, Any]) -> None:
    async def go() -> None:
        async with served(serving, **settings) as service:
            service.rasa.mode, service.rasa.seconds = "slow", 0.3
            for number in range(50):
                service.api.say(1000 + number // 2, f"pregunta {number}")
            await until(lambda: len(service.rasa.asked) >= 10)
            assert await service.stop() < 15
            assert sorted(service.rasa.asked) == sorted(f"pregunta {number}" for number in range(50))
            assert all(len(service.api.to(1000 + number)) == 2 for number in range(25))

    run(go())


def test_what_was_written_down_at_the_very_end_is_answered_too(serving: Serving) -> None:
    """The update is on the disk, and the stop comes before anybody was told."""

    async def go() -> None:
        async with served(serving) as service:
            durable = service.app.database.run_durable

            async def then_stops(*given: Any) -> Any:
                result = await durable(*given)
                if given[1]:
                    await asyncio.sleep(3600)
                return result

            service.app.database.run_durable = then_stops  # type: ignore[method-assign]
            service.api.say(ANA, "menu")
            await until(lambda: _one_open(service))
            assert await service.stop() < 5
            assert len(service.api.to(ANA)) == 1

    async def _one_open(service: Any) -> bool:
        return bool(await service.open_updates() == 1) or bool(service.api.sent)

    run(go())


def test_a_telegram_that_hangs_holds_up_the_end_only_so_long_and_nothing_is_lost(serving: Serving) -> None:
    async def go() -> None:
        async with bot_api() as api:
            async with serving.start(api, Rasa()) as service:
                api.faults["sendMessage"].append(HANGS)
                api.say(ANA, "menu")
                api.say(ANA + 1, "menu")
                await until(lambda: len(api.asked("sendMessage")) >= 2)
                assert await service.stop() < 15
                assert len(api.sent) == 1
            async with serving.start(api, Rasa()):
                await until(lambda: len(api.sent) == 2)
                await asyncio.sleep(1)
            assert {chat for chat, _ in api.sent} == {ANA, ANA + 1}

    run(go())
