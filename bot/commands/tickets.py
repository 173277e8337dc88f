"""`./puente tickets`: the desk for staff who work on the server itself."""

import argparse
from pathlib import Path

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, opened
from bot.handoff.attachments import SentFile
from bot.settings import Settings


def add(commands: Commands) -> None:
    parser = commands.add_parser("tickets", help="peticiones de hablar con una persona: list, show, claim, reply, file, close")
    parser.add_argument("action", choices=["list", "show", "claim", "reply", "file", "close"])
    parser.add_argument("ticket", type=int, nargs="?", help="número de la petición")
    parser.add_argument("text", nargs="?", default="", help="lo que se contesta (reply) o el número del archivo (file)")
    parser.add_argument("--why", default="", metavar="MOTIVO", help="para qué necesita ver el archivo (file); queda escrito")
    add_who(parser)
    parser.set_defaults(run=tickets)


def tickets(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.handoff.printed import run_tickets

    def fetch(file: SentFile, target: Path) -> None:
        from bot.telegram_adapter.files import fetch_for_staff

        fetch_for_staff(settings, file, target)

    with opened(settings) as database:
        actor = acting(database, chosen)
        run_tickets(settings, database, actor, chosen.action, chosen.ticket, chosen.text, fetch, chosen.why)
