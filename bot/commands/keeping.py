"""`./puente keys`: the keys of what is stored encrypted."""

import argparse

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened
from bot.settings import Settings


def add(commands: Commands) -> None:
    keys_parser = commands.add_parser("keys", help="claves de cifrado: rotate (cambia la clave sin parar el servicio), check")
    keys_parser.add_argument("action", choices=["rotate", "check"])
    keys_parser.add_argument("--dry-run", action="store_true", help="dice cuánto pasaría a la clave nueva y no cambia nada (rotate)")
    keys_parser.add_argument("--keep-old", action="store_true", help="deja la clave anterior en el archivo (rotate)")
    add_who(keys_parser)
    keys_parser.set_defaults(run=keys)


def keys(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.keeping import rotation

    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.action == "rotate" and not chosen.dry_run:
            files = settings.puente_var / "files"
            renewed = rotation.rotate(database, settings.keys_file, files, actor, now(), print, chosen.keep_old)
            print(f"Listo: {renewed} valores tienen clave nueva. Guarde ya una copia de {settings.keys_file} donde guardaba la anterior.")
            print("Conserve la clave anterior, aparte, mientras conserve respaldos hechos con ella.")
            return 0
        checked = rotation.check(database)
        for name, count in sorted(checked.values.items()):
            print(f"{name:<16} {count:>9} valores  {checked.old[name]:>9} con clave anterior  {checked.unreadable[name]:>6} ilegibles")
        if chosen.action == "rotate":
            print(f"Pasarían a la clave nueva {checked.values.total()} valores. No se cambió nada.")
        if checked.unreadable:
            print("Hay valores que ninguna clave lee: vuelva a poner la clave con que se escribieron.")
        return 1 if checked.unreadable else 0
