"""The chats on this machine: with the assistant and with the one in which officials learn; who talks to both is two people."""

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from sqlalchemy import select

from bot.app import App
from bot.conversation.live import LiveContent
from bot.conversation.replies import sentence
from bot.conversation.worker import Worker, utc_now
from bot.local_chat.jsonl import BOT_ID, OFFICIALS_BOT_ID, chat_lines
from bot.local_chat.web import BOT_IDS, CHATS, web_app
from bot.metrics import Metrics
from bot.rasa.client import RasaClient
from bot.records.conversations import OF_OFFICIALS, Conversation
from bot.records.database import Database
from bot.settings import Settings
from tests.console import NOBODY

WEB, OFFICIALS = CHATS


def talking(database: Database, live: LiveContent, folder: Path, talk: Callable[[App], Awaitable[None]], bot_ids: tuple[str, ...]) -> None:
    async def go() -> None:
        rasa, metrics = RasaClient.at(NOBODY), Metrics()
        settings = Settings(puente_var=folder, _env_file=None)  # type: ignore[call-arg]
        worker = Worker(database, live, rasa, list(bot_ids), utc_now, metrics)
        turns = asyncio.create_task(worker.run())
        await talk(App(settings, database, live, rasa, worker, metrics, None))
        worker.stop()
        await turns
        await rasa.close()

    asyncio.run(asyncio.wait_for(go(), 60))


def doors(database: Database) -> set[str]:
    return set(database.call(lambda session: session.scalars(select(Conversation.bot_id)).all()))


def test_a_browser_talks_to_each_assistant_in_a_chat_of_its_own(database: Database, live: LiveContent, tmp_path: Path) -> None:
    async def talk(app: App) -> None:
        transport = httpx.ASGITransport(web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", follow_redirects=True) as browser:
            pages = {}
            for chat in CHATS:
                once = re.search(r'name="once" value="(\w+)"', (await browser.get(chat.path)).text)
                assert once
                pages[chat.path] = (await browser.post(chat.say_at, data={"once": once[1], "text": "hola"})).text
            assert set(browser.cookies) == {WEB.cookie, OFFICIALS.cookie}
        assert "Para servidoras y servidores públicos" in pages["/oficiales"] and "Para servidoras" not in pages["/"]
        assert "se entra con una invitación" in pages["/oficiales"] and "se entra con una invitación" not in pages["/"]
        assert 'action="/oficiales/mensaje"' in pages["/oficiales"] and 'action="/mensaje"' not in pages["/oficiales"]

    talking(database, live, tmp_path, talk, BOT_IDS)
    assert doors(database) == {"web", f"web{OF_OFFICIALS}"}


def test_the_cookie_of_one_chat_opens_no_other(database: Database, live: LiveContent, tmp_path: Path) -> None:
    async def talk(app: App) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web_app(app)), base_url="http://localhost") as browser:
            await browser.get("/")
            name = browser.cookies[WEB.cookie]
            await browser.post("/mensaje", data={"once": "1", "text": "hola"})
            browser.cookies.set(OFFICIALS.cookie, name)  # the very same word
            shown = (await browser.get("/oficiales")).text
            assert "hola" not in re.sub(r"«hola»", "", shown)

    talking(database, live, tmp_path, talk, BOT_IDS)


def test_lines_go_to_the_assistant_that_was_chosen(database: Database, live: LiveContent, tmp_path: Path) -> None:
    content, answers = live.current()[0], {}

    async def talk(app: App) -> None:
        for bot_id in (BOT_ID, OFFICIALS_BOT_ID):
            out = io.StringIO()
            await chat_lines(app, io.StringIO('{"chat": "a", "text": "hola"}\n'), out, bot_id)
            answers[bot_id] = [each["text"] for each in json.loads(out.getvalue())["replies"]]

    talking(database, live, tmp_path, talk, (BOT_ID, OFFICIALS_BOT_ID))
    assert answers[OFFICIALS_BOT_ID] == [sentence(content, "utter_learning_stranger", "es")] != answers[BOT_ID]
    assert doors(database) == {"terminal", "terminal:officials"}


def test_an_official_is_not_let_into_the_chat_from_another_machine(database: Database, live: LiveContent, tmp_path: Path) -> None:
    async def talk(app: App) -> None:
        for client, host in ((("203.0.113.7", 1), "localhost"), (("127.0.0.1", 1), "puente.example.mx")):
            transport = httpx.ASGITransport(web_app(app), client=client)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as browser:
                assert (await browser.get("/oficiales")).status_code == 403
                assert (await browser.post("/oficiales/mensaje", data={"once": "1", "text": "hola"})).status_code == 403

    talking(database, live, tmp_path, talk, BOT_IDS)
    assert doors(database) == set()
