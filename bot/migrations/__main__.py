"""`python -m bot.migrations 0003`: take the database back to an earlier version, before an earlier Puente is put in its place.

What that version does not know is lost. Nothing does this by itself: docs/operating.md says when and how.
"""

import sys

import alembic.command
from sqlalchemy import Engine

from bot.errors import PuenteError
from bot.records.database import migrating, open_database
from bot.settings import read_settings


def take_back(engine: Engine, version: str) -> None:
    with migrating(engine) as config:
        alembic.command.downgrade(config, version)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("puente: indique la versión, por ejemplo: .venv/bin/python -m bot.migrations 0003", file=sys.stderr)
        return 2
    try:
        settings = read_settings()
        database = open_database(settings.url, settings.keys_file)
        take_back(database.engine, arguments[0])
        database.close()
        print(f"La base de datos está en la versión {arguments[0]}. No inicie este Puente: la volvería a actualizar.")
        return 0
    except PuenteError as error:
        print(f"puente: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
