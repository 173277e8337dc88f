"""The conversation in a terminal: type, or the number of a button."""

import asyncio
import uuid

from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.content.published import Button
from bot.conversation import inbox
from bot.conversation.formatting import as_plain
from bot.conversation.incoming import Incoming, Kind, text_message
from bot.conversation.worker import utc_now
from bot.local_chat.exchange import exchange


async def talk(app: App, bot_id: str, chat: str) -> None:
    print("Escriba su mensaje, o el número de un botón. Para salir: Ctrl-D.\n")
    offered: list[Button] = []
    await say(app, bot_id, chat, text_message("/start"), offered)
    while True:
        try:
            typed = (await asyncio.to_thread(input, "» ")).strip()
        except EOFError:
            print()
            return
        if typed:
            await say(app, bot_id, chat, chosen(typed, offered), offered)


def chosen(typed: str, offered: list[Button]) -> Incoming:
    """The number of a button, or words."""
    if typed.isdecimal() and 1 <= int(typed) <= len(offered):
        return Incoming(Kind.BUTTON, payload=offered[int(typed) - 1].payload)
    return text_message(typed)


async def say(app: App, bot_id: str, chat: str, incoming: Incoming, offered: list[Button]) -> None:
    try:
        said = await exchange(app, inbox.Arrival(bot_id, uuid.uuid4().hex, chat, incoming, utc_now()))
    except TimeoutError:
        print("(La respuesta tarda; su mensaje no se perdió.)\n")
        return
    except SQLAlchemyError:
        print("(No se pudo guardar su mensaje. Mándelo otra vez en unos minutos.)\n")
        return
    if not said.replies:
        print("(Le atiende una persona; el asistente guarda silencio.)\n")
    offered.clear()
    for reply in said.replies:
        print(f"\n{as_plain(reply.text)}")
        for button in reply.buttons:
            offered.append(button)
            print(f"  [{len(offered)}] {button.title}")
    print()
