"""`./puente desk`: requests taken down by an official, for the person in front of them."""

import argparse
import asyncio

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, opened
from bot.settings import Settings


def add(commands: Commands) -> None:
    parser = commands.add_parser("desk", help="registra en la mesa la solicitud de una persona que está presente, con su permiso")
    add_who(parser)
    parser.set_defaults(run=desk)


def desk(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.local_chat.desk import run_desk

    with opened(settings) as database:
        official = acting(database, chosen)
    asyncio.run(run_desk(settings, official))
