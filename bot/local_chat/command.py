"""The commands `chat` and `parse`: a Rasa of their own or the one that runs, and the turn as everywhere."""

import asyncio
import sys
from collections.abc import Callable

from bot.app import compose
from bot.conversation.live import LiveContent
from bot.local_chat.jsonl import BOT_ID, chat_lines, parse_lines
from bot.local_chat.terminal import talk
from bot.rasa.process import borrowed_rasa
from bot.rasa.training import MODELS, ensure_model
from bot.settings import Settings


async def run_chat(settings: Settings, chat: str, as_json: bool, say: Callable[[str], None]) -> None:
    model = await asyncio.to_thread(ensure_model, settings.puente_flows, say)
    async with borrowed_rasa(settings, model) as rasa:
        app = compose(settings, rasa, [BOT_ID], "chat")
        turns = [asyncio.create_task(app.worker.run()), asyncio.create_task(app.content.watch())]
        try:
            await (chat_lines(app, sys.stdin, sys.stdout) if as_json else talk(app, chat))
        finally:
            app.worker.stop()
            turns[1].cancel()
            await asyncio.gather(*turns, return_exceptions=True)
            await app.close()


async def run_parse(settings: Settings, say: Callable[[str], None]) -> None:
    model = await asyncio.to_thread(ensure_model, settings.puente_flows, say)
    content = LiveContent(settings.puente_flows, settings.puente_institution, MODELS)
    async with borrowed_rasa(settings, model) as rasa:
        await parse_lines(content, rasa, sys.stdin, sys.stdout)
