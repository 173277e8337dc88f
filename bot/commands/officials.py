"""`./puente officials` and `./puente learning`: inviting officials to the courses, and who is trained where."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.adding import Commands
from bot.commands.learning import add_assessment, assessment
from bot.commands.opened import acting, add_who, now, opened, sound_content
from bot.errors import RefusedError
from bot.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.content.published import Content
    from bot.courses.reach import Reach
    from bot.permissions import Actor
    from bot.records.database import Database

STANDINGS = {"waiting": "enlace sin usar", "lapsed": "enlace vencido", "joined": "inscrita", "left": "sin acceso"}


def add(commands: Commands) -> None:
    parser = commands.add_parser("officials", help="quién toma los cursos: invite, list, link (otro enlace), withdraw (quita el acceso)")
    parser.add_argument("action", choices=["invite", "list", "link", "withdraw"])
    parser.add_argument("reference", nargs="?", help="referencia de una invitación, de «list» (link, withdraw)")
    parser.add_argument("--office", help="cómo se llama la oficina (invite)")
    parser.add_argument("--municipality", help="clave del INEGI o nombre, por ejemplo 21019 o Atlixco (invite)")
    parser.add_argument("--post", help="puesto, de flows/learning.yml (invite)")
    parser.add_argument("--organization", help="la oficina en el directorio, si está (invite)")
    parser.add_argument(
        "--from", dest="file", type=Path, metavar="ARCHIVO", help="tabla CSV: oficina, municipio, puesto, organizacion (invite)"
    )
    parser.add_argument("--links", type=Path, metavar="ARCHIVO", help="archivo CSV nuevo en que se escriben los enlaces (invite --from)")
    add_who(parser)
    parser.set_defaults(run=officials)
    learning_parser = commands.add_parser(
        "learning", help="informes de los cursos: report (municipios), offices, assessment (autodiagnóstico)"
    )
    learning_parser.add_argument("action", choices=["report", "offices", "assessment"])
    learning_parser.add_argument("--state", default="21", help="clave del estado: 21 Puebla, 15 Estado de México (report)")
    learning_parser.add_argument("--course", default="", help="solo este curso (report)")
    learning_parser.add_argument("--csv", action="store_true", help="tabla CSV en lugar de texto")
    add_assessment(learning_parser)
    add_who(learning_parser)
    learning_parser.set_defaults(run=learning)


def officials(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot.courses import learners
    from bot.courses.links import invitation_link

    with opened(settings) as database:
        actor = acting(database, chosen)
        if chosen.action == "invite":
            _invite(settings, database, actor, chosen)
        elif chosen.action == "list":
            _list(settings, database, actor)
        elif not chosen.reference:
            raise RefusedError(f"Falta la referencia: ./puente officials {chosen.action} REFERENCIA (vea «./puente officials list»)")
        elif chosen.action == "link":
            _, token = database.call(learners.invite_again, actor, chosen.reference, now())
            print(invitation_link(_bot_name(settings), token))
        else:
            database.call(learners.withdraw, actor, chosen.reference, now())
            print("Esa persona ya no tiene acceso a los cursos. Lo que ganó se queda.")


def _invite(settings: Settings, database: "Database", actor: "Actor", chosen: argparse.Namespace) -> None:
    from bot.courses import inviting
    from bot.courses.learners import Place

    content = sound_content(settings)
    if chosen.file is not None:
        _invite_many(settings, database, actor, chosen, content)
        return
    if not (chosen.office and chosen.municipality and chosen.post):
        raise RefusedError("Faltan datos: ./puente officials invite --office «Oficina» --municipality 21019 --post first_contact")
    municipality = inviting.municipality_of(content.municipalities, chosen.municipality)
    place = Place(chosen.office, municipality.key, chosen.post, chosen.organization)
    [made] = database.call(inviting.invite, actor, content, [place], _bot_name(settings), now())
    print(made.link)
    print(f"Sirve una sola vez, 30 días, para una persona de {municipality.title}. Referencia: {made.learner.reference}")


def _invite_many(settings: Settings, database: "Database", actor: "Actor", chosen: argparse.Namespace, content: "Content") -> None:
    from bot.courses import inviting

    if chosen.links is None:
        raise RefusedError("Falta dónde escribir los enlaces: agregue --links enlaces.csv")
    try:
        text = inviting.text_of(chosen.file.read_bytes())
    except OSError as error:
        raise RefusedError(f"{chosen.file}: no se puede leer ({error.strerror})") from None
    places = inviting.read_places(text, content)

    def invite_and_write(session: "Session") -> int:
        """In one transaction: whose links cannot be written is not invited."""
        made = inviting.invite(session, actor, content, places, _bot_name(settings), now())
        with os.fdopen(os.open(chosen.links, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8-sig", newline="") as file:
            file.write(inviting.as_csv(made, content))
        return len(made)

    try:
        count = database.call(invite_and_write)
    except OSError as error:
        raise RefusedError(f"{chosen.links}: no se puede escribir ({error.strerror}); escriba otro nombre") from None
    print(f"{count} invitaciones. Los enlaces están en {chosen.links}: mande a cada persona el suyo y borre el archivo.")


def _list(settings: Settings, database: "Database", actor: "Actor") -> None:
    from bot.courses import invitations

    content = sound_content(settings)
    for each in database.call(invitations.listed, actor, now(), most=100_000).invited:
        place = content.municipalities.get(each.municipality)
        print(f"{each.reference}  {STANDINGS[each.standing]:<15} {each.municipality} {place.name if place else '':<24} {each.office}")


def learning(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot import audit
    from bot.courses import offices, reach, report_files
    from bot.doors import DOORS
    from bot.numbers.reading import snapshot

    if chosen.action == "assessment":
        assessment(settings, chosen)
        return
    with opened(settings) as database:
        actor, content, moment = acting(database, chosen), sound_content(settings), now()
        why = f"reach {chosen.state} {chosen.course}".strip() if chosen.action == "report" else actor.organization_id or "offices"
        database.call(audit.write, actor, DOORS[f"learning {chosen.action}"], None, moment, why=why)
        with snapshot(database) as session:
            if chosen.action == "offices":
                print(report_files.offices_csv(offices.read(session, actor, content)), end="")
                return
            found = reach.read(session, actor, content, chosen.state, moment, chosen.course)
    if chosen.csv:
        print(report_files.reach_csv(found, reach.chosen(found.rows)), end="")
    else:
        _print(found)


def _print(found: "Reach") -> None:
    from bot.courses.reach import chosen
    from bot.courses.report_files import day

    goal = ""
    if found.target:
        goal = f" de {found.wanted} de la meta{' (meta pendiente)' if found.target.pending else ''}"
    print(f"{'municipio':<44} invitadas inscritas con constancia constancias desde")
    for row in chosen(found.rows):
        each = row.counts
        name = f"{row.key} {row.name}"[:44]
        print(f"{name:<44} {each.invited:>9} {each.joined:>9} {each.people:>14} {each.certificates:>11} {day(each.since)}")
    total = found.total
    print(f"{found.title:<44} {total.invited:>9} {total.joined:>9} {total.people:>14} {total.certificates:>11} {day(total.since)}")
    print(f"Lugares cubiertos: {found.met}{goal}." if found.target else "Este estado no tiene una meta.")
    print(f"Constancias: {total.theirs} de quien sigue, {total.of_left} de quien ya no tiene acceso, {total.of_erased} de quien se borró.")


def _bot_name(settings: Settings) -> str | None:
    return settings.telegram_officials_name
