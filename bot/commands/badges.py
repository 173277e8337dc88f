"""`./puente badge`: certificates of courses are verified, revoked, and their keys shown, renewed, or given up when one got out."""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened
from bot.errors import RefusedError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.records.database import Database

WHAT = "PDF o .jwt (verify); número de la constancia (revoke); nombre de la clave, «kid», o su principio (leaked)"
WHYS = ("mistake", "cheated", "asked")


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "badge",
        help="constancias: verify (comprueba un archivo), revoke, keys (claves públicas), page (comprobador sin red), renew (otra clave), "
        "leaked (una clave se filtró)",
    )
    parser.add_argument("action", choices=["verify", "revoke", "keys", "page", "renew", "leaked"])
    parser.add_argument("what", nargs="?", metavar="ARCHIVO|NÚMERO|CLAVE", help=WHAT)
    parser.add_argument("--keys", type=Path, metavar="ARCHIVO", help="claves públicas, como las da «badge keys» (verify)")
    parser.add_argument("--revoked", type=Path, metavar="ARCHIVO", help="lista de revocadas, como la da /insignias/revocadas.json (verify)")
    parser.add_argument("--on", type=_day, metavar="AAAA-MM-DD", help="día en que debe valer; hoy si no se dice (verify)")
    parser.add_argument("--name", metavar="NOMBRE", help="dice además si es de esa persona (verify)")
    parser.add_argument("--why", choices=WHYS, help="mistake: error nuestro; cheated: hizo trampa; asked: la persona lo pidió (revoke)")
    add_who(parser)
    parser.set_defaults(run=badge)


def badge(settings: Settings, chosen: argparse.Namespace) -> int:
    if chosen.action == "verify":
        return _verify(settings, chosen)
    with opened(settings) as database:
        if chosen.action == "revoke":
            _revoke(database, chosen)
        elif chosen.action == "renew":
            _renew(database, chosen)
        elif chosen.action == "leaked":
            _leaked(database, chosen)
        elif chosen.action == "keys":
            print(json.dumps(_keys(database), indent=2))
        else:
            _page(settings, database)
    return 0


def _verify(settings: Settings, chosen: argparse.Namespace) -> int:
    """0: genuine and good on that day. With both files it needs no database."""
    from bot.content.languages import MEXICO
    from bot.courses import credential
    from bot.courses.verification import Verdict, verify

    data = _read(chosen.what, "Falta el archivo: ./puente badge verify constancia.pdf")
    keys, revoked = _trusted(settings, chosen)
    found = verify(data, keys, revoked, chosen.on or now().astimezone(MEXICO).date())
    print(found.sentence)
    for label, value in found.lines:
        print(f"{label + ':':<8} {value}")
    is_theirs = True
    if chosen.name and found.payload is not None:
        is_theirs = credential.is_of(found.payload, chosen.name)
        print("Es de esa persona." if is_theirs else "NO es de una persona con ese nombre.")
    return 0 if found.verdict is Verdict.GENUINE and is_theirs else 1


def _trusted(settings: Settings, chosen: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    from bot.courses import certificates

    if chosen.keys and chosen.revoked:
        return _json(chosen.keys), _json(chosen.revoked)
    with opened(settings) as database:
        keys = _json(chosen.keys) if chosen.keys else _keys(database)
        listed = _json(chosen.revoked) if chosen.revoked else database.call(certificates.revocations, settings.puente_public_url)
    return keys, listed


def _revoke(database: "Database", chosen: argparse.Namespace) -> None:
    from bot.courses import certificates
    from bot.records.learning import Revocation

    if not chosen.what or not chosen.why:
        raise RefusedError("Faltan el número o el motivo: ./puente badge revoke NÚMERO --why mistake|cheated|asked --who NOMBRE")
    actor = acting(database, chosen)
    certificate = database.call(certificates.revoke, actor, chosen.what, Revocation(chosen.why), now())
    print(f"La constancia {certificate.number} quedó revocada. A nadie más se le avisó; la lista pública ya la trae.")
    print("Las copias de verificar.html que ya se bajaron no lo saben: vuelva a repartirla.")


def _renew(database: "Database", chosen: argparse.Namespace) -> None:
    from bot.courses import signing

    actor = acting(database, chosen)
    key = database.call(signing.renew, actor, now())
    print(f"Desde ahora firma la clave {key.name}. Lo que firmaron las anteriores sigue valiendo.")
    print("Vuelva a repartir verificar.html y las claves: las copias de antes no conocen la nueva.")


def _leaked(database: "Database", chosen: argparse.Namespace) -> None:
    from bot.courses import leaks

    if not chosen.what:
        raise RefusedError("Falta la clave: ./puente badge leaked CLAVE --who NOMBRE; los nombres («kid») los da ./puente badge keys")
    actor = acting(database, chosen)
    leak = database.call(leaks.declare, actor, chosen.what, now())
    database.call_empty_log()  # SQLite's log still holds the private part
    print(f"La clave {leak.key} quedó marcada como filtrada. Su parte privada se borró: ya no firma nada.")
    print(f"{'Desde ahora firma' if leak.was_in_use else 'Sigue firmando'} la clave {leak.signs}.")
    print(f"Constancias vigentes firmadas de nuevo: {leak.signed_anew}. A cada titular se le avisa una vez en el chat.")
    print("Vuelva a repartir hoy verificar.html y las claves: las copias de antes dan por buenas las constancias falsas.")


def _keys(database: "Database") -> dict[str, Any]:
    from bot.courses import signing

    return database.call(signing.public_keys)


def _page(settings: Settings, database: "Database") -> None:
    from bot.badge_page.checker import Trusted, single_file
    from bot.courses import certificates

    listed = database.call(certificates.revocations, settings.puente_public_url)
    print(single_file(Trusted(_keys(database), listed, now())))


def _read(path: str | None, missing: str) -> bytes:
    if not path:
        raise RefusedError(missing)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise RefusedError(f"{path}: no se puede leer ({error.strerror})") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_read(str(path), ""))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RefusedError(f"{path}: no es el archivo que debe ser; bájelo de nuevo")
    return value


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"«{written}» no es un día; escriba 2026-11-23") from None
