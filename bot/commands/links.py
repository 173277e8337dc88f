"""`./puente links`: a case by link or on paper, for an institution without an account."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, sound_content
from bot.errors import RefusedError, SettingsError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.permissions import Actor
    from bot.records.database import Database

DAYS = 14


def add(commands: Commands) -> None:
    parser = commands.add_parser("links", help="un caso por enlace o en papel, para una oficina sin cuenta: make, list, revoke, paper")
    parser.add_argument("action", choices=["make", "list", "revoke", "paper"])
    parser.add_argument("folio", help="folio del caso, por ejemplo PTE-26-ABCDEF")
    parser.add_argument("file", nargs="?", help="archivo PDF que se escribe (paper)")
    parser.add_argument("--days", type=int, default=DAYS, metavar="DÍAS", help=f"cuánto dura el enlace; {DAYS} si no se dice")
    add_who(parser)
    parser.set_defaults(run=links)


def links(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.referrals import partner_links

    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.action == "list":
            _list(database, actor, chosen.folio)
        elif chosen.action == "revoke":
            count = database.call(partner_links.revoke, actor, chosen.folio, now())
            print(f"Enlaces anulados: {count}." if count else "Ese caso no tiene enlaces vigentes.")
        elif chosen.action == "make":
            link, token = database.call(partner_links.make, actor, chosen.folio, now(), _days(settings, chosen))
            print(_address(settings, token))
            print(f"Vence el {_day(link.expires_at)}. Mándelo solo a la oficina que recibe el caso: quien lo tiene, ve el caso.")
        else:
            _paper(settings, database, actor, chosen)


def _list(database: "Database", actor: "Actor", folio: str) -> None:
    from bot.referrals import partner_links

    at = now()
    found = database.call(partner_links.of_case, actor, folio, at)
    for each in found:
        state = "anulado" if each.revoked_at else "vencido" if each.expires_at <= at else "vigente"
        last = f", la última vez el {_day(each.opened_at)}" if each.opened_at else ""
        print(f"{each.id:>5}  {state:<8} vence {_day(each.expires_at)}  lo hizo {each.created_by:<20} abierto {each.opened} veces{last}")
    if not found:
        print("Ese caso no tiene enlaces.")


def _paper(settings: Settings, database: "Database", actor: "Actor", chosen: argparse.Namespace) -> None:
    from bot.referrals import partner_links
    from bot.referrals.paper import sheet

    if not chosen.file:
        raise RefusedError(f"Falta el archivo: ./puente links paper {chosen.folio} caso.pdf")
    path, days, at = Path(chosen.file), _days(settings, chosen), now()
    if path.exists():
        raise RefusedError(f"{path} ya existe; escriba otro nombre")
    content = sound_content(settings)
    link, token = database.call(partner_links.make, actor, chosen.folio, at, days)
    case = database.call(partner_links.look, token, content, at)
    assert case is not None, "the link was made a moment ago"
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(sheet(case, content, _address(settings, token), at))
    except OSError as error:
        database.call(partner_links.revoke, actor, chosen.folio, at, link.id)
        raise RefusedError(f"{path}: no se pudo escribir ({error.strerror}); el enlace quedó anulado") from None
    print(f"La hoja está en {path}. Su enlace vence el {_day(case.expires_at)}. Imprímala y borre el archivo.")


def _days(settings: Settings, chosen: argparse.Namespace) -> int:
    if not settings.puente_public_url:
        raise SettingsError(
            "PUENTE_PUBLIC_URL: falta la dirección con que se abre este servicio desde fuera, por ejemplo https://puente.gob.mx"
        )
    return int(chosen.days)


def _address(settings: Settings, token: str) -> str:
    return f"{settings.puente_public_url}/caso/{token}"


def _day(at: datetime) -> str:
    from bot.content.languages import MEXICO

    return f"{at.astimezone(MEXICO):%d/%m/%Y %H:%M}"
