"""What a command that works on records needs: the database, the content, the moment, and leave to do it."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.errors import ContentError, RefusedError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.content.published import Content
    from bot.conversation.surroundings import Surroundings
    from bot.permissions import Actor
    from bot.records.database import Database


@contextmanager
def opened(settings: Settings) -> "Iterator[Database]":
    from bot.records.database import open_database

    database = open_database(settings.url, settings.keys_file)
    try:
        yield database
    finally:
        database.close()


def now() -> datetime:
    return datetime.now(UTC)


def sound_content(settings: Settings) -> "Content":
    """Raises ContentError while anything in it cannot be read: a number of days that cannot be is none."""
    from bot.content.load import load_content

    content, problems = load_content(settings.puente_flows, settings.puente_institution)
    if problems:
        raise ContentError(f"{sorted(problems)[0]} (use ./puente check para ver todos)")
    return content


def surroundings(settings: Settings) -> "Surroundings":
    """What a service needs that tells the person what was done. Raises ContentError."""
    from bot.conversation.live import LiveContent
    from bot.conversation.surroundings import Surroundings

    content, detector = LiveContent(settings.puente_flows, settings.puente_institution, None).current()
    return Surroundings(content, detector, "desk", "", now(), folder=settings.files_folder)


def acting(database: "Database", chosen: argparse.Namespace) -> "Actor":
    """Who gave the command, if their role may: the table in `doors.DOORS` says what it needs. Raises RefusedError."""
    from bot import staff
    from bot.doors import DOORS
    from bot.permissions import Action

    action = DOORS[words_of(chosen)]
    if not isinstance(action, Action):
        raise RefusedError(f"«{words_of(chosen)}» no pide permiso y no debe preguntarlo")
    return database.call(staff.acting, chosen.who, action)


def words_of(chosen: argparse.Namespace) -> str:
    """`tickets list` for `./puente tickets list …`."""
    return " ".join(word for word in (chosen.command, getattr(chosen, "action", None)) if word)


def add_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--who", metavar="NOMBRE", help="quién lo hace: su nombre en el equipo (vea «./puente staff»)")
