"""`./puente cases`: the case files of programmes, for staff and for the office that decides them."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, surroundings
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.permissions import Actor
    from bot.records.cases import DocumentState, Stage
    from bot.records.database import Database


def add(commands: Commands) -> None:
    parser = commands.add_parser("cases", help="expedientes de un programa: list, show, advance, document, file")
    parser.add_argument("action", choices=["list", "show", "advance", "document", "file"])
    parser.add_argument("folio", nargs="?", default="", help="folio del caso, por ejemplo PTE-26-ABCDEF")
    parser.add_argument("name", nargs="?", default="", help="etapa a la que pasa (advance) o nombre del papel (document, file)")
    parser.add_argument("verdict", nargs="?", default="", help="accept o reject (document)")
    parser.add_argument("--stage", help="solo los de esa etapa (list)")
    parser.add_argument("--organization", help="solo los de esa oficina (list)")
    parser.add_argument("--why", help="la razón; hace falta para abrir un papel, y para pedir otro, donde se le dice a la persona")
    add_who(parser)
    parser.set_defaults(run=cases)


def cases(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.errors import RefusedError

    if chosen.action != "list" and not chosen.folio:
        raise RefusedError(f"Falta el folio: ./puente cases {chosen.action} PTE-26-ABCDEF")
    if chosen.action not in ("list", "show") and not chosen.name:
        raise RefusedError(f"Falta {'la etapa' if chosen.action == 'advance' else 'el papel'}: ./puente cases {chosen.action} FOLIO NOMBRE")
    with opened(settings) as database:
        actor = acting(database, chosen)
        print("\n".join(_done(settings, database, actor, chosen)))


def _done(settings: Settings, database: "Database", actor: "Actor", chosen: argparse.Namespace) -> list[str]:
    from bot.cases import checklist, desk, files, stages

    folio, name = chosen.folio, chosen.name
    if chosen.action == "list":
        return database.call(desk.listed, actor, _stage(chosen.stage) if chosen.stage else None, chosen.organization, now())
    if chosen.action == "advance":
        told = database.call(stages.advance, actor, folio, _stage(name), chosen.why, surroundings(settings))
        return [f"{folio}: pasó a «{name}».", _told(told)]
    if chosen.action == "document":
        state = _verdict(chosen.verdict)
        told = database.call(checklist.decide, actor, folio, name, state, chosen.why, surroundings(settings))
        return [f"{folio}: «{name}» quedó en «{state}».", _told(told)]
    around = surroundings(settings)
    if chosen.action == "show":
        return database.call(desk.shown, actor, folio, around.content, around.now)
    stored = database.call(files.open_for, actor, folio, name, chosen.why, around.content, around.now)
    return [str(files.lay_open(settings.files_folder, stored))]


def _stage(name: str) -> "Stage":
    from bot.errors import RefusedError
    from bot.records.cases import Stage

    if name not in list(Stage):
        raise RefusedError(f"«{name}» no es una etapa; use una de estas: {', '.join(Stage)}")
    return Stage(name)


def _verdict(word: str) -> "DocumentState":
    from bot.errors import RefusedError
    from bot.records.cases import DocumentState

    verdicts = {"accept": DocumentState.ACCEPTED, "reject": DocumentState.REJECTED}
    if word not in verdicts:
        raise RefusedError("Falta decir accept o reject: ./puente cases document FOLIO NOMBRE accept")
    return verdicts[word]


def _told(told: bool) -> str:
    return "La persona recibe el aviso." if told else "A la persona no se le avisa por aquí: pidió teléfono, olvidó el chat o bloqueó."
