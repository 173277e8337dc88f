"""`./puente person find|name|file|correct|quiet`: the rights of officials who learn and cannot ask in their chat."""

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.commands.opened import acting, now, opened, surroundings
from bot.errors import RefusedError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.content.published import Content
    from bot.courses.learners import Place
    from bot.privacy.officials import Found


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--why", default="", metavar="TEXTO", help="para qué se necesita el nombre (name)")
    parser.add_argument("--right", choices=["access", "rectification", "cancellation", "opposition"], help="lo que pide (file)")
    parser.add_argument("--asked", default="", metavar="TEXTO", help="lo que pide, con sus palabras (file)")
    parser.add_argument("--arrived", default="", metavar="DÍA", help="día en que llegó, por ejemplo 2026-11-21; si falta, hoy (file)")
    parser.add_argument("--name", default="", help="nombre correcto (correct)")
    parser.add_argument("--office", help="cómo se llama la oficina (correct)")
    parser.add_argument("--municipality", help="clave del INEGI o nombre (correct)")
    parser.add_argument("--post", help="puesto, de flows/learning.yml (correct)")
    parser.add_argument("--organization", help="la oficina en el directorio; vacío: no está (correct)")


def find(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.privacy import officials

    with opened(settings) as database:
        _print(database.call(officials.find, acting(database, chosen), _word(chosen), surroundings(settings)))
    return 0


def name(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.privacy import officials

    with opened(settings) as database:
        print(database.call(officials.open_name, acting(database, chosen), _word(chosen), chosen.why, surroundings(settings)))
    return 0


def file(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.content.languages import MEXICO
    from bot.privacy import officials
    from bot.records.privacy import Right

    with opened(settings) as database:
        actor, word, arrived = acting(database, chosen), _word(chosen), officials.arrived(chosen.arrived, now())
        if not chosen.right:
            raise RefusedError("Falta qué pide: --right access, rectification, cancellation u opposition")
        made = database.call(officials.file, actor, word, Right(chosen.right), chosen.asked, arrived, surroundings(settings))
    print(f"{made.folio}: contestar a más tardar el {made.answer_by.astimezone(MEXICO):%d/%m/%Y}.")
    return 0


def correct(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.privacy import officials
    from bot.privacy.officials import Correction

    with opened(settings) as database:
        actor, word, around = acting(database, chosen), _word(chosen), surroundings(settings)
        before = database.call(officials.find, actor, word, around).place
        wanted = Correction(chosen.name, _place(chosen, before, around.content))
        done = database.call(officials.correct, actor, word, wanted, around, settings.puente_public_url)
    print("Se corrigió.")
    for course, number, token in done.links:
        print(f"{course}: constancia {number}, {settings.address}/constancia/{token}")
    if done.links:
        print("Los enlaces se dan solo esta vez: mándelos solo a esa persona. Las constancias de antes están revocadas.")
    return 0


def quiet(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot.privacy import officials

    with opened(settings) as database:
        database.call(officials.keep_quiet, acting(database, chosen), _word(chosen), surroundings(settings))
    print("Ya no se le mandan recordatorios.")
    return 0


ACTIONS: Mapping[str, Callable[[Settings, argparse.Namespace], int]] = {
    "find": find, "name": name, "file": file, "correct": correct, "quiet": quiet
}  # fmt: skip


def _word(chosen: argparse.Namespace) -> str:
    return str(chosen.folio[0])


def _place(chosen: argparse.Namespace, before: "Place | None", content: "Content") -> "Place | None":
    """What is not said stays as it is."""
    from dataclasses import replace

    from bot.courses import inviting

    if before is None:
        return None
    said = {"office": chosen.office, "post": chosen.post, "organization_id": chosen.organization}
    if chosen.municipality:
        said["municipality"] = inviting.municipality_of(content.municipalities, chosen.municipality).key
    return replace(before, **{field: value for field, value in said.items() if value is not None})


def _print(found: "Found") -> None:
    """No name."""
    from bot.content.languages import MEXICO

    if found.place:
        print(f"{found.reference}  {found.place.office}, {found.place.municipality}, {found.place.post}")
    else:
        print(f"{found.reference}  sin invitación")
    print(f"Entró: {found.joined_at.astimezone(MEXICO):%d/%m/%Y}" if found.joined_at else "Todavía no entra")
    for certified in found.certificates:
        print(f"Constancia {certified.number}  {certified.course}  {certified.state}  {certified.issued_at.astimezone(MEXICO):%d/%m/%Y}")
    for request in found.requests:
        print(f"Solicitud {request.folio}  {request.right}  {request.state}")
    if found.is_held:
        print("Hay una orden de no borrar.")
