"""The commands `chat` and `parse`: a Rasa of their own or the one that runs, and the turn as everywhere."""

import asyncio
import sys
from collections.abc import Callable

from bot.app import compose
from bot.conversation.live import LiveContent
from bot.local_chat.exchange import at_work
from bot.local_chat.jsonl import chat_lines, parse_lines
from bot.local_chat.terminal import talk
from bot.rasa.process import borrowed_rasa
from bot.rasa.training import MODELS, ensure_model
from bot.settings import Settings


async def run_chat(settings: Settings, bot_id: str, chat: str, as_json: bool, say: Callable[[str], None]) -> None:
    model = await asyncio.to_thread(ensure_model, settings.puente_flows, say)
    async with borrowed_rasa(settings, model) as rasa:
        app = compose(settings, rasa, [bot_id], f"chat-{bot_id.replace(':', '-')}")
        async with at_work(app):
            await (chat_lines(app, sys.stdin, sys.stdout, bot_id) if as_json else talk(app, bot_id, chat))


async def run_parse(settings: Settings, say: Callable[[str], None]) -> None:
    model = await asyncio.to_thread(ensure_model, settings.puente_flows, say)
    content = LiveContent(settings.puente_flows, settings.puente_institution, MODELS)
    async with borrowed_rasa(settings, model) as rasa:
        await parse_lines(content, rasa, sys.stdin, sys.stdout)
