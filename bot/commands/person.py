"""`./puente person`, `arco` and `holds`: what the law lets a person ask for, done by whoever looks after the data."""

import argparse
from typing import TYPE_CHECKING

from bot.commands import rights_officials
from bot.commands.adding import Commands
from bot.commands.opened import acting, add_who, now, opened, surroundings
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.records.privacy import ArcoRequest

REVIEWED_AFTER = 180  # days


def add(commands: Commands) -> None:
    person_parser = commands.add_parser(
        "person", help="los datos de una persona: export, erase, verify; de quien toma los cursos, también find, name, file, correct, quiet"
    )
    person_parser.add_argument("action", choices=["export", "erase", "verify", *rights_officials.ACTIONS])
    person_parser.add_argument(
        "folio", nargs="+",
        help="folio de un caso o de una solicitud, referencia, o de quien toma los cursos el número de una constancia; con export, "
        "también el archivo; con verify, el recibo",
    )  # fmt: skip
    rights_officials.add_options(person_parser)
    person_parser.add_argument("--dry-run", action="store_true", help="solo dice qué se borraría (erase)")
    person_parser.add_argument("--yes", action="store_true", help="borra de verdad: no se puede deshacer (erase)")
    add_who(person_parser)
    person_parser.set_defaults(run=person)
    arco_parser = commands.add_parser("arco", help="solicitudes de derechos ARCO: list, show, extend, grant, deny, done")
    arco_parser.add_argument("action", choices=["list", "show", "extend", "grant", "deny", "done"])
    arco_parser.add_argument("folio", nargs="?", help="por ejemplo ARC-26-7K3F9A")
    arco_parser.add_argument("--officials", action="store_true", help="las de quienes toman los cursos (list)")
    arco_parser.add_argument("--say", default="", metavar="TEXTO", help="lo que se le contesta a la persona")
    add_who(arco_parser)
    arco_parser.set_defaults(run=arco)
    holds_parser = commands.add_parser("holds", help="órdenes de no borrar: place, lift, list")
    holds_parser.add_argument("action", choices=["place", "lift", "list"])
    holds_parser.add_argument("folio", nargs="?", help="folio de un caso o de una solicitud, o referencia")
    holds_parser.add_argument("--why", default="", metavar="TEXTO", help="autoridad y expediente (place)")
    holds_parser.add_argument("--review", type=int, default=REVIEWED_AFTER, metavar="DÍAS", help="en cuántos días se revisa (place)")
    add_who(holds_parser)
    holds_parser.set_defaults(run=holds)


def person(settings: Settings, chosen: argparse.Namespace) -> int:
    if chosen.action == "verify":
        return _verify(settings, " ".join(chosen.folio))
    if chosen.action in rights_officials.ACTIONS:
        return rights_officials.ACTIONS[chosen.action](settings, chosen)
    from pathlib import Path

    from bot.errors import RefusedError
    from bot.privacy import copies, erasure, officer

    word = str(chosen.folio[0])
    if chosen.action == "export":
        if len(chosen.folio) != 2:
            raise RefusedError(f"Falta el archivo que se escribe: ./puente person export {word} copia.json --who …")
        with opened(settings) as database:
            found = database.call(officer.export, acting(database, chosen), word, surroundings(settings))
        path = Path(chosen.folio[1])
        copies.write_to(path, found)
        print(f"La copia está en {path}. Tiene datos personales: entréguela y bórrela.")
        return 0
    if not chosen.dry_run and not chosen.yes:
        raise RefusedError("Borrar no se puede deshacer: vea primero qué se borra con --dry-run y repita con --yes")
    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.dry_run:
            whose, counts = database.call(officer.would_erase, actor, word, surroundings(settings))
            print("De quien toma los cursos." if whose.is_official else "De una persona que atiende el asistente.")
            print("Se borraría: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
            return 0
        done = database.call(officer.erase, actor, word, surroundings(settings))
    print(f"Borrado. Recibo: {erasure.receipt_of(done).line}")
    for office in done.left["offices"]:
        print(f"Ya había recibido un caso: {office}. Pídale que destruya sus copias.")
    return 0


def _verify(settings: Settings, pasted: str) -> int:
    from bot.content.languages import MEXICO
    from bot.errors import RefusedError
    from bot.privacy import receipts

    receipt = receipts.read(pasted)
    if receipt is None:
        raise RefusedError("Eso no es un recibo completo: pegue el renglón que empieza con BOR- hasta el final, entre comillas")
    with opened(settings):
        genuine = receipts.is_genuine(receipt)
    if not genuine:
        print("El recibo NO es auténtico: no lo firmó este Puente, o alguien lo cambió.")
        return 1
    print(f"El recibo es auténtico: {receipt.folio}, borrado el {receipt.erased_at.astimezone(MEXICO):%d/%m/%Y %H:%M}.")
    print(", ".join(f"{name} {count}" for name, count in sorted(receipt.counts.items())))
    return 0


def arco(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.errors import RefusedError
    from bot.privacy import officer
    from bot.records.privacy import ArcoState

    becomes = {"extend": ArcoState.EXTENDED, "grant": ArcoState.GRANTED, "deny": ArcoState.DENIED, "done": ArcoState.DONE}
    with opened(settings) as database:
        actor, around = acting(database, chosen), surroundings(settings)
        if chosen.action == "list":
            for each in database.call(officer.register_of_officials if chosen.officials else officer.register, actor, around):
                print(_line(each))
            return
        if not chosen.folio:
            raise RefusedError(f"Falta el folio: ./puente arco {chosen.action} ARC-26-7K3F9A --who …")
        if chosen.action == "show":
            request = database.call(officer.show, actor, chosen.folio, around)
            print(_line(request))
            print(f"Pide: {request.asked or '—'}\nRespuesta: {request.answer or '—'} ({request.who or '—'})")
            return
        request = database.call(officer.answer, actor, chosen.folio, becomes[chosen.action], chosen.say, around)
        print(_line(request))


def _line(request: "ArcoRequest") -> str:
    from bot.content.languages import MEXICO
    from bot.privacy.arco import due_at, is_overdue

    due = due_at(request)
    until = f"{'VENCIDA' if is_overdue(request, now()) else 'hasta'} {due.astimezone(MEXICO):%d/%m/%Y}" if due else "—"
    return f"{request.folio}  {request.right:<14} {request.state:<9} {request.received_at.astimezone(MEXICO):%d/%m/%Y}  {until}"


def holds(settings: Settings, chosen: argparse.Namespace) -> None:
    from datetime import timedelta

    from sqlalchemy.orm import Session

    from bot.content.languages import MEXICO
    from bot.errors import RefusedError
    from bot.privacy import holds as orders
    from bot.privacy import person as people

    def place(session: Session) -> None:
        review = now() + timedelta(days=chosen.review)
        orders.place(session, actor, people.of_word(session, chosen.folio), chosen.why, review, now())

    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.action == "list":
            listed = database.call(lambda session: (orders.every(session, actor, now()), orders.of_officials(session)))
            for rows, whose in zip(listed, ("", "  (toma los cursos)"), strict=True):
                for hold, reference in rows:
                    print(f"{reference}  revisar {hold.review_at.astimezone(MEXICO):%d/%m/%Y}  {hold.placed_by:<16} {hold.why}{whose}")
            return
        if not chosen.folio:
            raise RefusedError(f"Falta el folio: ./puente holds {chosen.action} PTE-26-… --who …")
        if chosen.action == "place":
            database.call(place)
            print("Anotado: mientras valga la orden, nada de eso se borra.")
        else:
            count = database.call(lambda session: orders.lift(session, actor, people.of_word(session, chosen.folio), now()))
            print(
                f"Órdenes levantadas: {count}. Si la persona había pedido que se borre, conteste ahora su solicitud (./puente arco list)."
            )
