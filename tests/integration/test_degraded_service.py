"""When things go wrong around the service: people are told at once, and everything is answered in order, once, when it is well again.

The process, its database and its web server are real; Telegram and Rasa are loopback servers that fail as they are told.
"""

import asyncio
import sqlite3
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.conversation import deferred, inbox
from bot.records.conversations import Message
from tests.bot_api import BAD_GATEWAY, DROPPED, Fault, until
from tests.service import Service, Serving, fill, make_room, served

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
ANA, BETO = 111_000_111, 222_000_222
LONG = "una historia larga " * 200  # takes new pages of the database
RUBBISH = ["<html>", "[]", "{}", '{"decisions": "utter_thank"}', "null"]


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    return Serving(tmp_path / "var", monkeypatch)


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 90))


def late_answer(service: Service, question: str) -> str:
    return service.text("utter_late_answer", question=question)


@pytest.mark.parametrize("mode", ["down", "hung", *RUBBISH])
def test_without_rasa_people_are_told_at_once_and_answered_in_order_when_it_is_back(serving: Serving, mode: str) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.rasa.mode = mode
            service.api.say(ANA, "primera pregunta", "segunda pregunta")
            await until(lambda: len(service.api.to(ANA)) == 2, 10)
            down = service.text("utter_understanding_down")
            assert all(said.startswith(down[:60]) for said in service.api.to(ANA))
            service.api.say(ANA, "menu")
            await until(lambda: len(service.api.to(ANA)) == 3, 5)  # what needs no Rasa goes on
            asked = len(service.rasa.asked)
            await asyncio.sleep(1.5)
            assert len(service.rasa.asked) <= asked + 2, "it is asked again and again while it fails"
            service.clock.ahead += deferred.AGAIN_AFTER  # for where Rasa looked well
            service.rasa.mode = "well"
            await until(lambda: len(service.api.to(ANA)) == 7, 10)
            late = [said for said in service.api.to(ANA)[3:] if "«" in said]
            assert late == [late_answer(service, "primera pregunta"), late_answer(service, "segunda pregunta")]
            await asyncio.sleep(0.6)
            assert len(service.api.to(ANA)) == 7

    run(go())


def test_a_question_that_fails_while_rasa_looks_well_does_not_fill_the_records(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.rasa.mode, service.rasa.status = "no model", 500
            service.api.say(ANA, "una pregunta")
            await until(lambda: len(service.api.to(ANA)) == 1, 10)
            await asyncio.sleep(3)  # fifteen rounds of housekeeping
            rows = await service.app.database.run(lambda session: session.scalar(select(func.count()).select_from(Message)))
            assert rows is not None and rows <= 4

    run(go())


def test_while_rasa_is_slow_the_person_sees_that_an_answer_is_being_written(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.rasa.mode = "slow"
            service.api.say(ANA, "cuanto cuesta")
            await until(lambda: len(service.api.to(ANA)) == 1, 10)
            [typing] = service.api.asked("sendChatAction")
            assert (typing["chat_id"], typing["action"]) == (ANA, "typing")
            methods = [method for method, _ in service.api.calls]
            assert methods.index("sendChatAction") < methods.index("sendMessage")
            service.api.say(ANA, "menu")
            await until(lambda: len(service.api.to(ANA)) == 2, 10)
            assert len(service.api.asked("sendChatAction")) == 1

    run(go())


async def nobody_is_lost(service: Service) -> None:
    """While nothing can be kept: 3 messages of Ana and one of Beto wait at Telegram, and both are told once."""
    not_kept = service.text("utter_not_kept")
    assert service.api.to(ANA) == service.api.to(BETO) == [not_kept.strip()]
    assert len(service.api.updates) == 4, "Telegram was told that we have them"


async def backlog_is_answered(service: Service) -> None:
    await until(lambda: len(service.api.sent) == 2 + 4, 20)
    texts = [f"{LONG} {number}".strip() for number in (1, 2, 3)]
    assert [asked for asked in service.rasa.asked if asked in texts] == texts
    await until(lambda: service.api.updates == [], 10)
    await asyncio.sleep(0.5)
    assert len(service.api.sent) == 2 + 4 and len(service.rasa.asked) == 4


def say_four(service: Service) -> None:
    service.api.say(ANA, *(f"{LONG} {number}" for number in (1, 2, 3)))
    service.api.say(BETO, f"{LONG} de Beto")


def test_a_database_locked_by_another_program_loses_nothing(serving: Serving) -> None:
    """With a wait of 1 s for a lock instead of 5, 8 s stand for 40."""

    async def go() -> None:
        async with served(serving) as service:
            await asyncio.sleep(0.5)
            holder = sqlite3.connect(serving.var / "puente.db", isolation_level=None, timeout=5)
            holder.execute("BEGIN EXCLUSIVE")
            say_four(service)
            await asyncio.sleep(8)
            await nobody_is_lost(service)
            assert (await service.get("/healthz")).status_code == 503
            holder.execute("ROLLBACK")
            holder.close()
            await backlog_is_answered(service)

    run(go())


def test_a_full_disk_loses_nothing(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            fill(service.app)
            say_four(service)
            await until(lambda: service.metric("puente_polls_total", result="failed") >= 4, 40)
            await nobody_is_lost(service)
            make_room(service.app)
            await backlog_is_answered(service)

    run(go())


@pytest.mark.parametrize("fault", [BAD_GATEWAY, DROPPED, Fault(429, "Too Many Requests", retry_after=1)], ids=["502", "cut", "429"])
def test_answers_queue_up_while_telegram_is_down_and_arrive_once_in_order_with_a_note_when_late(serving: Serving, fault: Fault) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.api.down, service.api.down_for = fault, {"sendMessage", "getMe"}
            service.api.say(ANA, "uno", "dos", "menu")
            service.api.say(BETO, "menu")
            await until(lambda: service.metric("puente_turns_total") == 4, 10)
            service.api.down_for.clear()
            service.clock.ahead += timedelta(minutes=11)
            await asyncio.sleep(4)
            assert service.api.sent == []
            service.api.down = None
            await until(lambda: len(service.api.sent) >= 4, 20)
            await asyncio.sleep(0.5)
            assert len(service.api.to(ANA)) == 3 and len(service.api.to(BETO)) == 1
            assert all("se entrega tarde por una falla" in said for _, said in service.api.sent)
            answers = [said.split("\n\n", 1)[1] for said in service.api.to(ANA)]
            assert answers[0] == answers[1] == service.text("utter_thank") and answers[2] == service.api.to(BETO)[0].split("\n\n", 1)[1]

    run(go())


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["forward", "back"])
def test_a_wall_clock_that_jumps_in_the_middle_leaves_nothing_stuck_or_doubled(serving: Serving, jump: timedelta) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.rasa.mode, service.rasa.seconds = "slow", 0.8
            for chat in (ANA, BETO):
                service.api.say(chat, *(f"pregunta {number} de {chat}" for number in range(5)))
            await until(lambda: len(service.rasa.asked) >= 4)
            service.clock.ahead += jump
            await until(lambda: len(service.api.sent) == 10, 25)
            await asyncio.sleep(1.2)
            assert len(service.api.to(ANA)) == len(service.api.to(BETO)) == 5
            assert await service.open_updates() == 0
            for chat in (ANA, BETO):
                texts = [f"pregunta {number} de {chat}" for number in range(5)]
                asked = list(dict.fromkeys(text for text in service.rasa.asked if text in texts))
                assert asked == texts

    run(go())


def test_a_clock_put_back_does_not_hold_the_chat_whose_turn_died_with_its_process(serving: Serving) -> None:
    """On PostgreSQL nobody releases leases at the start, and on SQLite a failed turn keeps its own."""
    failed: list[int] = []

    async def go() -> None:
        async with served(serving) as service:
            service.api.say(ANA, "menu")
            await until(lambda: len(service.api.to(ANA)) == 1)
            broken = service.app.rasa.understand

            async def breaks(*given: Any) -> Any:
                failed.append(1)
                raise ZeroDivisionError

            service.app.rasa.understand = breaks  # type: ignore[method-assign]
            service.api.say(ANA, "una pregunta", "menu")
            await until(lambda: _has_failed(service))
            service.app.rasa.understand = broken  # type: ignore[method-assign]
            service.clock.ahead -= timedelta(hours=1)
            await until(lambda: len(service.api.to(ANA)) == 3, 10)

    async def _has_failed(service: Service) -> bool:
        return await service.open_updates() == 2 and failed == [1]

    run(go())
    assert timedelta(minutes=2) > inbox.LONGEST_LEASE


def test_health_says_that_telegram_no_longer_lets_us_fetch(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            await until(lambda: service.metric("puente_polls_total", result="ok") > 0)
            state = await service.get("/healthz")
            assert (state.status_code, state.json()["status"], state.json()["telegram_silent_seconds"]) == (200, "ok", 0)
            assert "Telegram" in (await service.get("/health")).text
            service.api.down = BAD_GATEWAY
            await until(lambda: service.metric("puente_polls_total", result="failed") > 0)
            silent = service.app.silent_for
            assert silent is not None and silent() < 10
            service.app.silent_for = lambda: 91.0
            state = await service.get("/healthz")
            assert (state.status_code, state.json()["status"], state.json()["telegram_silent_seconds"]) == (503, "degraded", 91)
            page = await service.get("/health")
            assert page.status_code == 503 and "no responde" in page.text and "91 s" in page.text

    run(go())


def test_metrics_move_with_updates_turns_and_sends(serving: Serving) -> None:
    async def go() -> None:
        async with served(serving) as service:
            service.api.say(ANA, "menu", "hola buenas tardes")
            await until(lambda: len(service.api.to(ANA)) == 2)
            await until(lambda: service.metric("puente_sends_total", result="sent") == 2)
            shown = (await service.get("/metrics")).text
            assert 'puente_updates_total{kind="message"} 2.0' in shown
            assert "puente_turns_total 2.0" in shown and 'puente_sends_total{result="sent"} 2.0' in shown
            for stage in ("inbox", "begin", "understand", "finish", "outbox", "send"):
                assert service.metric("puente_turn_seconds_count", stage=stage) >= 1, stage
            for name in ("updates_waiting", "oldest_update_seconds", "sends_waiting", "people_waiting", "understanding_up"):
                assert f"\npuente_{name} " in shown
            assert "\npuente_telegram_silent_seconds 0" in shown and "puente_understanding_up 1.0" in shown

    run(go())
