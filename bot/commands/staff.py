"""`./puente staff` and `./puente audit`: who works here, and what they read and wrote."""

import argparse

from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, sound_content
from bot.settings import Settings

STATES = {
    "active": "activa", "away": "fuera", "invited": "invitada", "expired": "sin enlace", "locked": "en espera", "revoked": "sin acceso"
}  # fmt: skip


def add(commands: Commands) -> None:
    staff_parser = commands.add_parser("staff", help="cuentas del equipo: list, add, invite, reset, revoke")
    staff_parser.add_argument("action", choices=["list", "add", "invite", "reset", "revoke"])
    staff_parser.add_argument("name", nargs="?", help="nombre de la persona, por ejemplo rosa.perez")
    staff_parser.add_argument("--role", help="agent, supervisor, editor, reviewer, data_officer, partner o admin")
    staff_parser.add_argument("--organization", help="oficina que recibe casos, para el papel «partner»")
    add_who(staff_parser)
    staff_parser.set_defaults(run=staff)
    audit_parser = commands.add_parser("audit", help="registro de accesos: verify, show")
    audit_parser.add_argument("action", choices=["verify", "show"])
    audit_parser.add_argument("reference", nargs="?", help="referencia de una conversación (show)")
    audit_parser.add_argument("--head", help="el último sello que anotó: comprueba que no falte nada desde entonces (verify)")
    add_who(audit_parser)
    audit_parser.set_defaults(run=audit)


def staff(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot import staff as accounts
    from bot.accounts import roster
    from bot.content.languages import MEXICO
    from bot.errors import RefusedError
    from bot.records.staff import Role

    with opened(settings) as database:
        if chosen.action == "add" and not database.call(accounts.has_administrator):
            actor = accounts.OPERATOR  # the first one: nobody could be asked
            if chosen.role != Role.ADMIN:
                raise RefusedError("La primera cuenta debe ser «admin»: ./puente staff add NOMBRE --role admin")
        else:
            actor = acting(database, chosen)
        if chosen.action == "list":
            for each in database.call(accounts.every):
                office = f"  {each.organization_id}" if each.organization_id else ""
                state = STATES[roster.state_of(each, now())]
                print(f"{each.name:<24} {each.role:<13} {state:<11} {each.created_at.astimezone(MEXICO):%d/%m/%Y}{office}")
            return
        if not chosen.name:
            raise RefusedError(f"Falta el nombre: ./puente staff {chosen.action} rosa.perez")
        if chosen.action == "revoke":
            database.call(accounts.revoke, actor, chosen.name, now())
            print(f"{chosen.name} ya no tiene acceso.")
            return
        if chosen.action in ("invite", "reset"):
            again = accounts.invite_again if chosen.action == "invite" else accounts.reset
            _, token = database.call(again, actor, chosen.name, now())
            print(_said_of_link(settings, token))
            return
        if chosen.role not in list(Role):
            raise RefusedError(f"Falta el papel: agregue --role y uno de estos: {', '.join(Role)}")
        if chosen.organization and chosen.organization not in sound_content(settings).organizations:
            raise RefusedError(f"«{chosen.organization}» no está en el directorio (flows/directory/organizations)")
        _, token = database.call(accounts.invite, actor, chosen.name, Role(chosen.role), chosen.organization, now())
        print(f"{chosen.name} ya puede usar las órdenes de su papel ({chosen.role}).")
        print(_said_of_link(settings, token))


def _said_of_link(settings: Settings, token: str) -> str:
    return f"Con este enlace elige su contraseña para la consola; sirve una sola vez, tres días: {settings.address}/invitacion/{token}"


def audit(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import audit as log
    from bot.content.languages import MEXICO
    from bot.errors import RefusedError

    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.action == "verify":
            count, wrong = database.call(log.verify, chosen.head)
            if wrong is not None:
                print(f"El registro de accesos NO está completo: {_what_is_wrong(wrong)}.")
                return 1
            print(
                f"El registro de accesos está completo: {count} renglones. Anote su sello fuera de este equipo: {database.call(log.head)}"
            )
            return 0
        if not chosen.reference:
            raise RefusedError("Falta la referencia de la conversación: ./puente audit show REFERENCIA")
        for each in database.call(log.read, actor, chosen.reference, now()):
            print(f"{each.at.astimezone(MEXICO):%d/%m/%Y %H:%M}  {each.who:<24} {each.role:<13} {each.action:<16} {each.why or ''}")
        return 0


def _what_is_wrong(row: int) -> str:
    return (
        f"el renglón {row} fue cambiado, o falta el anterior" if row else "falta el sello que usted anotó: se borraron renglones del final"
    )
