"""The content: `check`, `translations`, `directory`."""

import argparse
from datetime import datetime
from pathlib import Path

from bot.commands.adding import Commands
from bot.commands.opened import sound_content
from bot.content.languages import MEXICO
from bot.settings import ROOT, Settings


def add(commands: Commands) -> None:
    check_parser = commands.add_parser("check", help="revisa el contenido; en menos de dos segundos y sin Rasa")
    check_parser.add_argument("--nlu", help="carpeta de ejemplos; de costumbre nlu/")
    check_parser.add_argument("--due", type=int, metavar="DÍAS", help="en vez de revisar, dice qué toca confirmar en esos días, y a quién")
    check_parser.add_argument("--render", metavar="ARCHIVO", help="en vez de revisar, escribe todas las respuestas como las lee la gente")
    check_parser.set_defaults(run=check)
    translations_parser = commands.add_parser("translations", help="pone al día los archivos de flows/translations con los textos de ahora")
    translations_parser.set_defaults(run=translations)
    directory_parser = commands.add_parser("directory", help="escribe el directorio en un archivo, en el formato Open Referral HSDS 3.0")
    directory_parser.add_argument("file", help="archivo JSON que se escribe")
    directory_parser.set_defaults(run=directory)


def check(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.content.check import check_all
    from bot.content.translatable import parity
    from bot.content.yaml_lines import Tables

    if chosen.due is not None:
        return _due(settings, chosen.due)
    if chosen.render:
        return _render(settings, Path(chosen.render))
    tables = Tables()
    problems = check_all(settings.puente_flows, Path(chosen.nlu) if chosen.nlu else ROOT / "nlu", tables)
    for problem in problems:
        print(problem)
    for each in parity(settings.puente_flows, tables):
        print(each.line())
    print(f"{len(problems)} problemas." if problems else "Sin problemas: el contenido se puede publicar.")
    return 1 if problems else 0


def _due(settings: Settings, days: int) -> int:
    from bot.content.due import due_within, report

    today = datetime.now(MEXICO).date()
    for line in report(due_within(settings.puente_flows, days, today), days, today):
        print(line)
    return 0


def _render(settings: Settings, path: Path) -> int:
    from bot.conversation.report import rendered

    content = sound_content(settings)
    path.write_text("\n".join(rendered(content, datetime.now(MEXICO).date())) + "\n", encoding="utf-8")
    print(f"Las respuestas están en {path}")
    return 0


def translations(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.translatable import parity_of_courses, update_catalogues

    for each in update_catalogues(settings.puente_flows):
        print(each.line())
    for each in parity_of_courses(settings.puente_flows):
        print(each.line_of_courses())


def directory(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.hsds import export

    content = sound_content(settings)
    page = export(content, datetime.now(MEXICO).date())
    Path(chosen.file).write_text(page.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    print(f"{page.total_items} servicios en {chosen.file}")
