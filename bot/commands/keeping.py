"""Keeping and throwing away: `./puente retention`, `keys`, `backup` and `restore`."""

import argparse
from pathlib import Path

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, sound_content
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
    backup_parser = commands.add_parser("backup", help="hace un respaldo cifrado: en una carpeta, o en un archivo .age")
    backup_parser.add_argument("target", type=Path, nargs="?", metavar="CARPETA|ARCHIVO")
    backup_parser.add_argument(
        "--new-identity", type=Path, metavar="ARCHIVO", help="hace la clave privada que abre los respaldos, y nada más"
    )
    backup_parser.add_argument("--keep-days", type=int, metavar="DÍAS", help="borra de la carpeta los respaldos más viejos")
    add_who(backup_parser)
    backup_parser.set_defaults(run=backup)
    restore_parser = commands.add_parser("restore", help="recupera un respaldo; el servicio debe estar detenido")
    restore_parser.add_argument("file", type=Path, metavar="ARCHIVO")
    restore_parser.add_argument("--identity", type=Path, required=True, metavar="ARCHIVO", help="clave privada que abre los respaldos")
    restore_parser.add_argument("--dry-run", action="store_true", help="lo abre, lo revisa y no cambia nada")
    restore_parser.add_argument("--replace", action="store_true", help="cambia por el respaldo una base de datos que ya tiene registros")
    add_who(restore_parser)
    restore_parser.set_defaults(run=restore)


def retention(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.content.languages import MEXICO
    from bot.keeping.retention import Run, run_now

    kept = sound_content(settings).retention
    with opened(settings) as database:
        actor = acting(database, chosen)
        report = run_now(database, Run(kept, now(), settings.files_folder, chosen.dry_run), actor)
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
            renewed = rotation.rotate(database, settings.keys_file, settings.files_folder, actor, now(), print, chosen.keep_old)
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


def backup(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot import audit
    from bot.errors import RefusedError
    from bot.keeping import backup as backups
    from bot.permissions import Action

    if chosen.new_identity:
        public = backups.new_identity(chosen.new_identity)
        print(f"La identidad está en {chosen.new_identity}: llévela fuera de este equipo, aparte de los respaldos y de las claves.")
        print(f"Ponga en .env: PUENTE_BACKUP_RECIPIENT={public}")
        return
    if chosen.target is None:
        raise RefusedError("Falta dónde: ./puente backup CARPETA --who NOMBRE")
    if chosen.keep_days is not None and (chosen.keep_days < 1 or not chosen.target.is_dir()):
        raise RefusedError("--keep-days necesita una carpeta y por lo menos 1 día")
    with opened(settings) as database:
        actor = acting(database, chosen)
        recipient = settings.puente_backup_recipient
        path, facts = backups.make(database, settings.files_folder, chosen.target, recipient, settings.puente_var, now())
        old = backups.throw_away_old(chosen.target, chosen.keep_days, now()) if chosen.keep_days else []
        database.call(audit.write, actor, Action.BACKUP_MAKE, None, now(), path.name)
    print(f"{path}: {sum(facts.counts.values())} renglones, {len(facts.stored)} documentos, {path.stat().st_size} bytes.")
    print(f"Sin las claves no dice nada: guarde {settings.keys_file} aparte. Sello del registro de accesos: {facts.audit_head or 'vacío'}")
    for each in old:
        print(f"Se borró {each.name}, de hace más de {chosen.keep_days} días.")


def restore(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import staff
    from bot.keeping import restore as restoring

    settings.puente_var.mkdir(parents=True, exist_ok=True)
    actor = staff.OPERATOR  # who has the server, the keys and the identity; where there are people, somebody of the team
    if restoring.has_people(settings.url):
        with opened(settings) as database:
            actor = acting(database, chosen)
    with restoring.unpacked(chosen.file, chosen.identity, settings.puente_var) as found:
        print(f"Respaldo de {found.made_at:%d/%m/%Y %H:%M} UTC, versión {found.manifest['revision']}, {found.rows} renglones:")
        print("  " + ", ".join(f"{name} {count}" for name, count in found.manifest["counts"].items() if count))
        files, locks = settings.files_folder, settings.puente_var / "run"
        if chosen.dry_run:
            restoring.may_restore(found, settings.url, settings.keys_file, chosen.replace)
            print("Está completo y las claves son las suyas. No se cambió nada.")
            return 0
        done = restoring.restore(found, settings.url, settings.keys_file, files, locks, chosen.replace, actor, now())
    print(f"Recuperado. Se volvieron a borrar {done.erased_again} conversaciones que se habían borrado después del respaldo.")
    if done.audit_wrong_at is not None:
        print("El registro de accesos NO está completo: vea «./puente audit verify».")
        return 1
    print(f"El registro de accesos está completo: {done.audit_rows} renglones.")
    return 0
