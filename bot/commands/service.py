"""Running it: `up`, `serve`, `train`, and talking to it without Telegram: `chat`, `parse`."""

import argparse
import asyncio
import sys

from bot.commands.adding import Commands
from bot.settings import Settings


def add(commands: Commands) -> None:
    commands.add_parser("up", help="instala, entrena si hace falta y pone en marcha el servicio").set_defaults(run=up)
    chat_parser = commands.add_parser("chat", help="conversa en la terminal")
    chat_parser.add_argument("--jsonl", action="store_true", help="lee y escribe un objeto JSON por línea")
    chat_parser.add_argument("--officials", action="store_true", help="con el asistente en el que aprende el servicio público")
    chat_parser.add_argument("--chat", default="terminal", help="nombre de la conversación")
    chat_parser.set_defaults(run=chat)
    commands.add_parser("parse", help="dice qué entiende de cada línea, sin guardar nada").set_defaults(run=parse)
    commands.add_parser("train", help="entrena el modelo si los ejemplos o las reglas cambiaron").set_defaults(run=train)
    serve_parser = commands.add_parser("serve", help="solo el servicio, sin Rasa ni supervisor (lo usa «up»)")
    serve_parser.add_argument("--rasa-port", type=int, required=True)
    serve_parser.set_defaults(run=serve)


def up(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.supervisor import Supervisor

    return Supervisor(settings).run()


def serve(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.serve import serve as serve_until_stopped

    asyncio.run(serve_until_stopped(settings, chosen.rasa_port))


def train(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.rasa.training import ensure_model

    print(ensure_model(settings.puente_flows, _to_stderr))


def chat(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.local_chat.command import run_chat
    from bot.local_chat.jsonl import BOT_ID, OFFICIALS_BOT_ID

    bot_id = OFFICIALS_BOT_ID if chosen.officials else BOT_ID
    asyncio.run(run_chat(settings, bot_id, chosen.chat, chosen.jsonl, _to_stderr))


def parse(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.local_chat.command import run_parse

    asyncio.run(run_parse(settings, _to_stderr))


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
