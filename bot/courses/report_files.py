"""The reports and the list of invitations as tables for spreadsheets: names, HXL tags, one row a line. https://hxlstandard.org"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.content.languages import MEXICO, SOURCE
from bot.content.published import Content
from bot.conversation.replies import fill
from bot.courses.assessment_text import Answered, answer_of
from bot.courses.invitations import Invited
from bot.courses.offices import Report
from bot.courses.reach import Reach, Row
from bot.numbers.rows import harmless

REACH = (
    ("clave_municipio", "#adm2+code"), ("municipio", "#adm2+name"), ("poblacion", "#population"), ("invitadas", "#reached+invited"),
    ("inscritas", "#reached+joined"), ("sin_entrar", "#reached+waiting"), ("enlace_vencido", "#reached+lapsed"),
    ("retiradas", "#reached+left"),
    ("personas_con_constancia", "#reached+people"), ("constancias_vigentes", "#indicator+certificates+num"),
    ("de_quien_se_fue", "#indicator+certificates+left"), ("de_quien_borro_sus_datos", "#indicator+certificates+erased"),
    ("desde", "#date+start"), ("meta", "#targeted"), ("meta_pendiente", "#meta+pending"), ("faltan", "#indicator+missing"),
)  # fmt: skip
OFFICES = (
    ("oficina", "#org+name"), ("inscritas", "#reached+joined"), ("curso", "#activity+name"), ("empezaron", "#reached+begun"),
    ("terminaron", "#reached+finished"), ("porcentaje", "#indicator+percent"), ("dias", "#indicator+days"), ("oculto", "#meta+hidden"),
)  # fmt: skip
LESSONS = (("curso", "#activity+name"), ("leccion", "#activity+lesson"), ("bien_de_cada_10", "#indicator+right"))
INVITED = (
    ("referencia", "#meta+id"), ("oficina", "#org+name"), ("organizacion", "#org+code"), ("clave_municipio", "#adm2+code"),
    ("municipio", "#adm2+name"), ("puesto", "#meta+post"), ("invitada_el", "#date+start"), ("vence", "#date+end"), ("estado", "#status"),
)  # fmt: skip
ASSESSMENT = (
    ("clave_municipio", "#adm2+code"), ("municipio", "#adm2+name"), ("autodiagnostico", "#activity+name"), ("version", "#meta+version"),
    ("fecha", "#date"), ("area", "#sector"), ("pregunta", "#indicator+name"), ("respuesta", "#indicator+value"),
    ("prioridad", "#indicator+priority"), ("paso", "#activity+step"), ("siguiente", "#activity+order"),
)  # fmt: skip


def reach_csv(reach: Reach, rows: Iterable[Row]) -> str:
    """A column more for each course: people who hold its certificate."""
    is_pending = "sí" if reach.target and reach.target.pending else "no"
    names = [*(name for name, _ in REACH), *(f"curso_{name}" for name in reach.courses)]
    tags = [*(tag for _, tag in REACH), *("#reached+people+course" for _ in reach.courses)]
    lines = []
    for row in rows:
        each = row.counts
        lines.append(
            [
                row.key, row.name, row.population, each.invited, each.joined, each.waiting, each.lapsed, each.left, each.people,
                each.certificates, each.of_left, each.of_erased, day(each.since), row.target or "", is_pending if row.target else "",
                row.missing if row.target else "", *(each.by_course.get(name, 0) for name in reach.courses),
            ]
        )  # fmt: skip
    return _written(names, tags, lines)


def offices_csv(report: Report) -> str:
    lines: list[list[Any]] = []
    for line in report.table.lines:
        for course in report.table.courses:
            cell, names = line.cells[course], [report.titles[line.label], line.joined, report.titles[course]]
            shown = ["", "", "", ""] if cell is None else [cell.begun, cell.finished, cell.share, "" if cell.days is None else cell.days]
            lines.append([*names, *shown, "sí" if cell is None else "no"])
        if not report.table.courses:
            lines.append([report.titles[line.label], line.joined, "", "", "", "", "", "no"])
    return _written([name for name, _ in OFFICES], [tag for _, tag in OFFICES], lines)


def lessons_csv(report: Report) -> str:
    lines = [[report.titles.get(each.course, each.course), each.title, each.tenths] for each in report.lessons]
    return _written([name for name, _ in LESSONS], [tag for _, tag in LESSONS], lines)


def invitations_csv(invited: Iterable[Invited], content: Content, words: dict[str, str]) -> str:
    """`words`: how each standing reads."""
    lines = []
    for each in invited:
        place = content.municipalities.get(each.municipality)
        lines.append(
            [
                each.reference, each.office, each.organization_id or "", each.municipality, place.title if place else "",
                content.learning.posts.get(each.post, each.post), day(each.invited_at), day(each.expires_at), words[each.standing],
            ]
        )  # fmt: skip
    return _written([name for name, _ in INVITED], [tag for _, tag in INVITED], lines)


def assessment_csv(answered: Answered, content: Content) -> str:
    """One row a question; `siguiente`: 1 to 3 where its step is one of the next ones."""
    assessment, place = answered.assessment, content.municipalities.get(answered.municipality)
    order = {question.id: number for number, question in enumerate(answered.outcome.next_steps, 1)}
    about = [answered.municipality, place.title if place else "", assessment.title, answered.version, day(answered.at)]
    lines = [
        [
            *about, area.title, fill(content, each.ask, SOURCE), answer_of(content, answered, each.id), each.priority,
            fill(content, each.step, SOURCE), order.get(each.id, ""),
        ]
        for area in assessment.areas for each in area.questions
    ]  # fmt: skip
    return _written([name for name, _ in ASSESSMENT], [tag for _, tag in ASSESSMENT], lines)


def day(moment: datetime | None) -> str:
    return f"{moment.astimezone(MEXICO):%Y-%m-%d}" if moment else ""


def _written(names: Sequence[str], tags: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerows([names, tags])
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return made.getvalue()
