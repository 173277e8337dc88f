"""What people complained about in other bots, each with its link: here it does not happen.

The process, its database and its web server are real; Telegram and Rasa are loopback servers that answer as they are told.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from bot.conversation import worker as worker_module
from bot.errors import RefusedError
from bot.handoff import order, tickets
from bot.handoff.attending import close_ticket, reply_to
from bot.permissions import Actor
from bot.records.staff import Role
from bot.telegram_adapter.webhook import PROOF
from tests.bot_api import Fault, message, until
from tests.service import Service, Serving, served

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
ANA = 111_000_111
ROSA = Actor("rosa", Role.AGENT)
SECRET = "s3cret-of-the-webhook_0123456789"
WEBHOOK = {"telegram_webhook_url": "http://127.0.0.1/telegram", "telegram_webhook_secret": SECRET}
FILE = {"file_id": "f1", "file_unique_id": "u1", "file_size": 1000}
PICTURE = {**FILE, "width": 90, "height": 90}
PLACE = {"latitude": 19.04, "longitude": -98.2}
KINDS: dict[str, dict[str, Any]] = {
    "photo": {"photo": [PICTURE]},
    "photo with a caption": {"photo": [PICTURE], "caption": "¿esto sirve?"},
    "sticker": {"sticker": {**PICTURE, "type": "regular", "is_animated": False, "is_video": False}},
    "voice": {"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**FILE, "duration": 3, "mime_type": "audio/mpeg"}},
    "video": {"video": {**PICTURE, "duration": 3, "mime_type": "video/mp4"}},
    "video note": {"video_note": {**FILE, "length": 240, "duration": 3}},
    "animation": {"animation": {**PICTURE, "duration": 3}, "document": FILE},
    "document": {"document": {**FILE, "file_name": "acta.pdf", "mime_type": "application/pdf"}},
    "program": {"document": {**FILE, "file_name": "acta.exe", "mime_type": "application/x-msdownload"}},
    "location": {"location": PLACE},
    "live location": {"location": {**PLACE, "live_period": 900}},
    "venue": {"location": PLACE, "venue": {"location": PLACE, "title": "x", "address": "y"}},
    "contact": {"contact": {"phone_number": "+522221234567", "first_name": "x", "user_id": ANA}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "poll": {
        "poll": {
            "id": "1", "question": "x", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
            "allows_multiple_answers": False,
        }
    },
    "something of tomorrow": {"hologram": {"of": "somebody"}},
}  # fmt: skip


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    return Serving(tmp_path / "var", monkeypatch)


def run(conversation: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(conversation, 90))


def open_ones(session: Session) -> list[int]:
    return [row.id for row in order.in_order(session, order.OPEN, (), 9)]


async def answers(service: Service, count: int, quiet: float = 0.4) -> list[str]:
    """What Ana got, once it is so much and nothing more comes."""
    await until(lambda: len(service.api.to(ANA)) >= count, 15)
    await asyncio.sleep(quiet)
    assert len(service.api.to(ANA)) == count
    return service.api.to(ANA)


async def says(service: Service, text: str) -> str:
    """Ana says it; its one answer."""
    service.api.say(ANA, text)
    return (await answers(service, len(service.api.to(ANA)) + 1, 0))[-1]


async def post(service: Service, update: dict[str, Any]) -> int:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.settings.puente_port}", trust_env=False) as http:
        return (await http.post("/telegram", json=update, headers={PROOF: SECRET}, timeout=20)).status_code


def test_an_update_delivered_ten_times_at_once_is_answered_once(serving: Serving) -> None:
    """https://github.com/chatwoot/chatwoot/issues/15450"""

    async def go() -> None:
        async with served(serving, **WEBHOOK) as service:
            update = message(7, ANA, text="cuanto cuesta el pasaporte")
            assert await asyncio.gather(*(post(service, update) for _ in range(10))) == [200] * 10
            await answers(service, 1)
            assert await post(service, update) == 200
            await answers(service, 1)
            assert service.rasa.asked == ["cuanto cuesta el pasaporte"]

    run(go())


def test_nine_messages_in_fifty_milliseconds_keep_their_order_and_number(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://github.com/chatwoot/chatwoot/issues/9306"""
    monkeypatch.setattr(worker_module, "LOOK_AGAIN", 60.0)  # each is begun because the one before it has ended

    async def go() -> None:
        async with served(serving) as service:
            for number in range(1, 10):
                service.api.say(ANA, f"mensaje {number}")
                await asyncio.sleep(0.005)
            await answers(service, 9)
            assert service.rasa.asked == [f"mensaje {number}" for number in range(1, 10)]

    run(go())


def test_a_photo_as_first_contact_is_answered(serving: Serving) -> None:
    """https://github.com/zammad/zammad/issues/774"""

    async def go() -> None:
        async with served(serving) as service:
            service.api.deliver(message(1, ANA, **KINDS["photo"]))
            [answer] = await answers(service, 1)
            assert "foto" in answer.lower()

    run(go())


def test_everything_that_is_no_text_is_answered(serving: Serving) -> None:
    """https://github.com/RasaHQ/rasa/issues/5864"""

    async def go() -> None:
        async with served(serving) as service:
            for number, (kind, content) in enumerate(KINDS.items()):
                service.api.deliver(message(number + 1, 1000 + number, **content))
                await until(partial(_is_answered, service, 1000 + number), 10)
                assert service.api.to(1000 + number)[0].strip(), kind

    def _is_answered(service: Service, chat: int) -> bool:
        return bool(service.api.to(chat))

    run(go())


def test_a_webhook_refused_with_429_at_the_start_does_not_stop_the_service(serving: Serving) -> None:
    """https://github.com/RasaHQ/rasa/issues/4128"""

    async def go() -> None:
        async with served(serving, ("setWebhook", Fault(429, "Too Many Requests: retry after 1", retry_after=1)), **WEBHOOK) as service:
            assert await post(service, message(1, ANA, text="menu")) == 200
            await answers(service, 1)
            await until(lambda: len(service.api.asked("setWebhook")) == 2)
            assert (await service.get("/healthz")).status_code == 200

    run(go())


def test_ten_messages_nobody_understands_never_loop_and_the_last_fallback_speaks(serving: Serving) -> None:
    """https://github.com/lappis-unb/tais/issues/212 and https://github.com/RasaHQ/rasa/issues/7510"""

    async def go() -> None:
        async with served(serving) as service:
            service.rasa.says = "utter_fallback"
            got = [await says(service, text) for text in ("asd", "qwe", "zxc", "poi", "lkj", "mnb", "rty", "fgh", "vbn", "uio")]
            assert len(set(got)) == 10 and all(said.strip() for said in got)
            assert len(await service.app.database.run(open_ones)) == 1

    run(go())


async def handed_over(service: Service) -> int:
    """Ana asked for a person and Rosa has taken her."""
    await says(service, "persona")
    [number] = await service.app.database.run(open_ones)
    await service.app.database.run(tickets.claim, number, "rosa", service.clock())
    return number


async def staff(service: Service, action: Any, *given: Any) -> bool:
    """False: it is refused."""
    try:
        await service.app.database.run(action, *given, service.app.worker.around())
    except RefusedError:
        return False
    return True


def test_the_assistant_is_silent_while_a_person_has_the_chat(serving: Serving) -> None:
    """rasa-agent-bot-demo#12"""

    async def go() -> None:
        async with served(serving) as service:
            ticket = await handed_over(service)
            service.api.say(ANA, "gracias", "cuanto cuesta", "menu")
            service.api.deliver(message(service.api.next_id(), ANA, **KINDS["photo"]))
            await until(lambda: service.metric("puente_turns_total") == 5)
            await answers(service, 1)
            assert await staff(service, reply_to, ticket, ROSA, "Soy Rosa, le ayudo")
            assert "Soy Rosa, le ayudo" in (await answers(service, 2))[-1]

    run(go())


def test_the_closing_text_is_said_once_when_the_last_reply_and_the_closing_race(serving: Serving) -> None:
    """fazer-ai/agents#158"""

    async def go() -> None:
        async with served(serving) as service:
            ticket = await handed_over(service)
            service.api.say(ANA, "y eso es todo")
            done = await asyncio.gather(
                staff(service, reply_to, ticket, ROSA, "Con esto terminamos"),
                *(staff(service, close_ticket, ticket, ROSA) for _ in range(3)),
            )
            assert done == [True, True, False, False]
            await until(lambda: len(service.api.to(ANA)) >= 3)
            await asyncio.sleep(0.6)
            closing = service.text("utter_ticket_closed")
            assert [said for said in service.api.to(ANA) if said == closing] == [closing]
            assert sum("Con esto terminamos" in said for said in service.api.to(ANA)) == 1

    run(go())


def test_after_the_chat_is_handed_back_the_assistant_answers_again(serving: Serving) -> None:
    """fazer-ai/agents#457"""

    async def go() -> None:
        async with served(serving) as service:
            ticket = await handed_over(service)
            assert await staff(service, close_ticket, ticket, ROSA)
            await answers(service, 2)
            assert await says(service, "gracias") == service.text("utter_thank")
            assert await says(service, "menu")
            assert service.api.to(ANA)[0] == await says(service, "persona"), "a second request is a new one"

    run(go())


def test_a_formatting_error_neither_drops_nor_doubles_the_answer_and_a_flood_limit_is_none(serving: Serving) -> None:
    """openab#957"""

    async def go() -> None:
        async with served(serving) as service:
            service.api.faults["sendMessage"].append(Fault(400, "Bad Request: can't parse entities: unsupported start tag"))
            await says(service, "menu")
            formatted, plain = service.api.asked("sendMessage")
            assert formatted["parse_mode"] == "HTML" and "parse_mode" not in plain and plain["reply_markup"] == formatted["reply_markup"]
            service.api.faults["sendMessage"].append(Fault(429, "Too Many Requests: retry after 1", retry_after=1))
            await says(service, "menu")
            assert [asked.get("parse_mode") for asked in service.api.asked("sendMessage")[2:]] == ["HTML", "HTML"]
            await answers(service, 2)

    run(go())
