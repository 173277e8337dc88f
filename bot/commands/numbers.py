"""`./puente seed` and `./puente report`: invented people for load tests, and the service's work in numbers."""

import argparse
import sys
import time
from pathlib import Path

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, sound_content
from bot.settings import Settings


def add(commands: Commands) -> None:
    seed_parser = commands.add_parser("seed", help="llena una base de datos vacía con personas inventadas, para pruebas de carga")
    seed_parser.add_argument("--chats", type=int, default=1_000, help="conversaciones (1000)")
    seed_parser.add_argument("--messages", type=int, default=20_000, help="mensajes (20000)")
    seed_parser.add_argument("--referrals", type=int, default=2_000, help="casos (2000)")
    seed_parser.add_argument("--tickets", type=int, default=60, help="peticiones abiertas, a lo más una por conversación (60)")
    seed_parser.add_argument("--officials", type=int, default=300, help="servidoras y servidores públicos que toman cursos (300)")
    seed_parser.add_argument("--seed", type=int, default=1, help="el mismo número hace las mismas personas")
    seed_parser.set_defaults(run=seed)
    report_parser = commands.add_parser("report", help="escribe el informe de meses completos: página, tabla con etiquetas HXL y JSON")
    report_parser.add_argument("folder", help="carpeta donde se escribe")
    report_parser.add_argument("--from", dest="first", metavar="FECHA", help="primer día, por ejemplo 2026-01-01; si no, un año antes")
    report_parser.add_argument("--to", dest="last", metavar="FECHA", help="último día, por ejemplo 2026-06-30; si no, el mes pasado")
    add_who(report_parser)
    report_parser.set_defaults(run=report)


def seed(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.numbers.invented import Size, fill

    content = sound_content(settings)
    size = Size(chosen.chats, chosen.messages, chosen.referrals, chosen.seed, chosen.tickets, chosen.officials)
    started = time.monotonic()
    with opened(settings) as database:
        today = now().replace(hour=0, minute=0, second=0, microsecond=0)
        fill(database, content, size, today, lambda line: print(line, file=sys.stderr, flush=True))
    print(f"Listo en {time.monotonic() - started:.0f} segundos. Esta base de datos ya no puede atender a personas por Telegram.")


def report(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot import audit
    from bot.numbers.files import write_files
    from bot.numbers.period import read_period
    from bot.numbers.reading import snapshot
    from bot.numbers.report import make_report
    from bot.permissions import Action

    with opened(settings) as database:
        actor, moment = acting(database, chosen), now()
        period = read_period(chosen.first, chosen.last, moment)
        content = sound_content(settings)
        database.call(audit.write, actor, Action.REPORT, None, moment, why=f"{period.first} {period.last}")
        with snapshot(database) as session:
            made = make_report(session, content, period, moment)
        for path in write_files(made, content, Path(chosen.folder), moment):
            print(path)
