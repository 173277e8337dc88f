"""`./puente desk`: an official asks somebody in front of them, and types what they answer. Every person is a new chat.

The same turns as everywhere, but that Rasa is not asked: the official knows what an answer is. What is asked only here, or never here,
stands in the questionnaires (`at_desk`). Nothing is sent to anybody: whoever was attended asks with their folio.
"""

import asyncio
import secrets

from bot import staff
from bot.app import App, compose
from bot.content.published import Button
from bot.conversation.incoming import text_message
from bot.conversation.transcript import DESK
from bot.local_chat.exchange import at_work
from bot.local_chat.terminal import chosen, say
from bot.permissions import Action, Actor
from bot.rasa.client import RasaClient
from bot.settings import Settings
from nlu.components.spelling import plain

BEGIN = "/start apoyo"
NEXT = "nueva"
NO_PORT = 9  # the discard service: nothing is asked there


async def run_desk(settings: Settings, official: Actor) -> None:
    app = compose(settings, RasaClient.at(NO_PORT), [DESK], DESK)
    async with at_work(app):
        await attend(app, official)


async def attend(app: App, official: Actor) -> None:
    print(f"Mesa de {official.name}. Pregunte, y escriba lo que la persona conteste o el número de un botón.")
    print(f"Cuando llegue otra persona, escriba «{NEXT}». Para salir: Ctrl-D.\n")
    offered: list[Button] = []
    chat = await _next_person(app, official, offered)
    while True:
        try:
            typed = (await asyncio.to_thread(input, "» ")).strip()
        except EOFError:
            print()
            return
        if plain(typed) == NEXT:
            chat = await _next_person(app, official, offered)
        elif typed:
            await say(app, DESK, chat, chosen(typed, offered), offered)


async def _next_person(app: App, official: Actor, offered: list[Button]) -> str:
    """Raises RefusedError when the official's account was closed meanwhile."""
    await app.database.run(staff.acting, official.name, Action.REFERRAL_CREATE)
    chat = f"{official.name}:{secrets.token_hex(8)}"
    await say(app, DESK, chat, text_message(BEGIN), offered)
    return chat
