"""`./puente seed` and `./puente report`: invented people for load tests, and the service's work in numbers."""

import argparse
import sys
import time

from bot.commands.adding import Commands
from bot.commands.opened import now, opened
from bot.settings import Settings


def add(commands: Commands) -> None:
    seed_parser = commands.add_parser("seed", help="llena una base de datos vacía con personas inventadas, para pruebas de carga")
    seed_parser.add_argument("--chats", type=int, default=1_000, help="conversaciones (1000)")
    seed_parser.add_argument("--messages", type=int, default=20_000, help="mensajes (20000)")
    seed_parser.add_argument("--referrals", type=int, default=2_000, help="casos (2000)")
    seed_parser.add_argument("--seed", type=int, default=1, help="el mismo número hace las mismas personas")
    seed_parser.set_defaults(run=seed)


def seed(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.load import load_content
    from bot.numbers.invented import Size, fill

    content = load_content(settings.puente_flows, settings.puente_institution)[0]
    size = Size(chosen.chats, chosen.messages, chosen.referrals, chosen.seed)
    started = time.monotonic()
    with opened(settings) as database:
        today = now().replace(hour=0, minute=0, second=0, microsecond=0)
        fill(database, content, size, today, lambda line: print(line, file=sys.stderr, flush=True))
    print(f"Listo en {time.monotonic() - started:.0f} segundos. Esta base de datos ya no puede atender a personas por Telegram.")
