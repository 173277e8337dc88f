"""`./puente review save`: reviewed messages become tests of conversations."""

import argparse
from pathlib import Path

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, sound_content
from bot.settings import Settings


def add(commands: Commands) -> None:
    parser = commands.add_parser("review", help="lo que se revisó de lo que entendió el asistente: save escribe pruebas de conversaciones")
    parser.add_argument("action", choices=["save"])
    parser.add_argument("message", type=int, nargs="+", help="números de los mensajes, como los muestra la consola")
    parser.add_argument("--folder", type=Path, default=None, help="carpeta de las pruebas (tests/conversations/saved)")
    add_who(parser)
    parser.set_defaults(run=save)


def save(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.review import saved

    with opened(settings) as database:
        actor, content = acting(database, chosen), sound_content(settings)
        for message in chosen.message:
            made = database.call(saved.made_of, actor, message, content, now())
            print(saved.write(made, chosen.folder or saved.FOLDER))
