"""«Autodiagnósticos»: what each municipality answered last, what it comes to, as a page, a table and a sheet. Who answered is not shown."""

import asyncio
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import audit
from bot.console.door import Page
from bot.console.downloads import download
from bot.console.training import CSV, TRAINING
from bot.console.visit import Visit
from bot.content.assessments import NO, PARTLY, UNKNOWN, YES
from bot.content.languages import MEXICO
from bot.conversation.replies import fill
from bot.courses import assessing, report_files
from bot.courses.assessment_text import Answered, answer_of, answered_of, closing_of, counts_of, place_of
from bot.permissions import Action

LIST = f"{TRAINING}/autodiagnostico"
ONE = f"{LIST}/{{assessment}}/{{municipality}}"

MARKS = {YES: " good", PARTLY: "", NO: " high", UNKNOWN: " off"}  # classes of what stands around an answer


@dataclass(frozen=True)
class Line:
    """A municipality in the list."""

    place: str
    path: str
    answered: Answered


async def show_list(visit: Visit) -> Response:
    known = visit.content.assessments

    def look(session: Session) -> list[Answered]:
        audit.write(session, visit.actor, Action.LEARNING_REPORT, None, visit.now, why="assessments")
        return [answered_of(known[row.name], row) for row in assessing.listed(session, visit.actor, list(known))]

    lines = [
        Line(place_of(visit.content, each.municipality), f"{LIST}/{each.assessment.name}/{each.municipality}", each)
        for each in await visit.run(look)
    ]
    return visit.page("assessments.html", lines=sorted(lines, key=lambda each: (each.place, each.path)))


async def show_one(visit: Visit) -> Response:
    answered = await _answered(visit)
    content, language = visit.content, visit.language
    return visit.page(
        "assessment.html", answered=answered, found=answered.outcome, place=place_of(content, answered.municipality),
        counts=counts_of(content, answered, language), closing=closing_of(content, answered.assessment, language, _today(visit)),
        answer=lambda question: answer_of(content, answered, question, language), marks=MARKS,
        words=lambda text: fill(content, text, language),
    )  # fmt: skip


async def take_table(visit: Visit) -> Response:
    answered = await _answered(visit)
    return download(report_files.assessment_csv(answered, visit.content).encode("utf-8-sig"), _name(answered, "csv"), CSV)


async def take_sheet(visit: Visit) -> Response:
    from bot.courses.assessment_paper import sheet  # brings a library of fonts: not at every start

    answered = await _answered(visit)
    return download(await asyncio.to_thread(sheet, answered, visit.content, visit.now), _name(answered, "pdf"), "application/pdf")


async def _answered(visit: Visit) -> Answered:
    """What the address names, if they may look at it; for anybody else there is no such page."""
    municipality = str(visit.request.path_params["municipality"])[:5]
    assessment = visit.content.assessments.get(str(visit.request.path_params["assessment"]))
    if assessment is None:
        raise HTTPException(404)

    def look(session: Session) -> Answered | None:
        row = assessing.seen_by(session, visit.actor, municipality, assessment.name)
        if row is None:
            return None
        audit.write(session, visit.actor, Action.LEARNING_REPORT, None, visit.now, why=f"assessment {assessment.name} {municipality}")
        return answered_of(assessment, row)

    found = await visit.run(look)
    if found is None:
        raise HTTPException(404)
    return found


def _today(visit: Visit) -> date:
    return visit.now.astimezone(MEXICO).date()


def _name(answered: Answered, ending: str) -> str:
    return f"autodiagnostico-{answered.assessment.name}-{answered.municipality}.{ending}"


PAGES = (
    Page(LIST, Action.LEARNING_REPORT, show_list),
    Page(ONE, Action.LEARNING_REPORT, show_one),
    Page(f"{ONE}/tabla.csv", Action.LEARNING_REPORT, take_table),
    Page(f"{ONE}/hoja.pdf", Action.LEARNING_REPORT, take_sheet),
)
