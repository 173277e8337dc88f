"""`./puente learning assessment`: what a municipality answered last about itself."""

import argparse

from bot.commands.opened import acting, now, opened, sound_content
from bot.errors import RefusedError
from bot.settings import Settings


def add_assessment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--municipality", help="clave del INEGI o nombre, por ejemplo 21114 o Puebla (assessment)")
    parser.add_argument("--name", default="", help="cuál autodiagnóstico, si hay varios: su archivo en flows/assessments (assessment)")


def assessment(settings: Settings, chosen: argparse.Namespace) -> None:
    from bot import audit
    from bot.content.languages import MEXICO, SOURCE
    from bot.courses import assessing, report_files
    from bot.courses.assessment_text import answered_of, told
    from bot.courses.inviting import municipality_of
    from bot.permissions import Action

    if not chosen.municipality:
        raise RefusedError("Falta el municipio: ./puente learning assessment --municipality 21114")
    with opened(settings) as database:
        actor, content, moment = acting(database, chosen), sound_content(settings), now()
        place = municipality_of(content.municipalities, chosen.municipality)
        known = content.assessments
        asked = known.get(chosen.name) or (next(iter(known.values())) if len(known) == 1 and not chosen.name else None)
        if asked is None:
            raise RefusedError(f"Diga cuál autodiagnóstico con --name: {', '.join(known) or 'no hay ninguno'}")
        database.call(audit.write, actor, Action.LEARNING_REPORT, None, moment, why=f"assessment {asked.name} {place.key}")
        row = database.call(assessing.seen_by, actor, place.key, asked.name)
        if row is None:
            raise RefusedError(f"{place.title} no ha contestado este autodiagnóstico, o a su oficina no le toca verlo")
        answered = answered_of(asked, row)
        if chosen.csv:
            print(report_files.assessment_csv(answered, content), end="")
        else:
            print(told(content, answered, SOURCE, moment.astimezone(MEXICO).date()))
