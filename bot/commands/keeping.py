"""`./puente retention` and `./puente keys`: what is thrown away by age, and the keys of what is stored encrypted."""

import argparse

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened
from bot.settings import Settings


def add(commands: Commands) -> None:
    retention_parser = commands.add_parser(
        "retention", help="borra lo que ya cumplió su plazo (flows/retention.yml); el servicio lo hace cada noche"
    )
    retention_parser.add_argument("--dry-run", action="store_true", help="dice qué se borraría y no borra nada")
    add_who(retention_parser)
    retention_parser.set_defaults(run=retention)
    keys_parser = commands.add_parser("keys", help="claves de cifrado: rotate (cambia la clave sin parar el servicio), check")
    keys_parser.add_argument("action", choices=["rotate", "check"])
    keys_parser.add_argument("--dry-run", action="store_true", help="dice cuánto pasaría a la clave nueva y no cambia nada (rotate)")
    keys_parser.add_argument("--keep-old", action="store_true", help="deja la clave anterior en el archivo (rotate)")
    add_who(keys_parser)
    keys_parser.set_defaults(run=keys)


def retention(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.languages import MEXICO
    from bot.content.load import load_content
    from bot.keeping.retention import Run, run_now

    kept = load_content(settings.puente_flows, settings.puente_institution)[0].retention
    with opened(settings) as database:
        actor = acting(database, chosen)
        report = run_now(database, Run(kept, now(), settings.puente_var / "files", chosen.dry_run), actor)
    for name, each in report.items():
        oldest = f"{each.oldest.astimezone(MEXICO):%d/%m/%Y}" if each.oldest else "nada"
        what = ", ".join(f"{table} {count}" for table, count in sorted(each.gone.items())) or "nada"
        print(f"{name:<11} {each.days:>5} días  {'se borraría' if chosen.dry_run else 'se borró'}: {what}")
        print(f"{'':<23} lo más antiguo que queda: {oldest}; con orden de no borrarse: {each.held}; abierto: {each.open}")
    if chosen.dry_run:
        print("No se borró nada. Las conversaciones y avisos que queden vacíos se borrarían además.")


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
