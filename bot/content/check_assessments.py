"""The publish gate over self-assessments: who answers for them, names and priorities that are unique, texts as short as they are read."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.content.assessments import ANSWERS, ASSESSMENT, Assessment
from bot.content.check_courses import filled
from bot.content.check_texts import LONGEST_PAYLOAD, check_text
from bot.content.courses import BANK, FINAL_OF, RECALL, REFRESH
from bot.content.problems import Problem
from bot.content.published import Content

FEWEST_AREAS = 3
LONGEST_ASKED, LONGEST_STEP = 300, 200  # characters
TAKEN = (FINAL_OF, BANK, RECALL, REFRESH)  # names that mean something in a course
_ID = re.compile(r"[a-z0-9_]{1,24}")


def check_assessments(content: Content) -> Iterator[Problem]:
    for assessment in content.assessments.values():
        yield from _about(content, assessment)
        yield from _unique(assessment)
        yield from _questions(content, assessment)


def _about(content: Content, assessment: Assessment) -> Iterator[Problem]:
    where, name = assessment.where, assessment.name
    if assessment.office not in content.organizations:
        wrong = f"la oficina «{assessment.office}» de {name} no está en el directorio"
        yield where.problem(wrong, "agréguela en flows/directory/organizations")
    if assessment.review.reviewed_on > date.today() + timedelta(days=1):
        yield where.problem(f"{name} tiene una fecha de revisión que aún no llega", "corrija «reviewed_on»")
    if len(assessment.areas) < FEWEST_AREAS:
        yield where.problem(f"{name} tiene menos de {FEWEST_AREAS} áreas", "agregue las que faltan en `areas:`")
    if name in TAKEN:
        yield where.problem(f"«{name}» no puede ser el nombre de un autodiagnóstico", "cambie el nombre del archivo")
    if ASSESSMENT in content.courses:
        yield content.courses[ASSESSMENT].where.problem(
            f"«{ASSESSMENT}» no puede ser el nombre de un curso", "cambie el nombre del archivo"
        )
    yield from check_text(content, where, f"la presentación de {name}", assessment.says, set())


def _unique(assessment: Assessment) -> Iterator[Problem]:
    for kind in (assessment.areas, assessment.questions):
        seen: set[str] = set()
        for each in kind:
            if each.id in seen or not _ID.fullmatch(each.id):
                yield each.where.problem(f"el id «{each.id}» está repetido o no sirve", "use minúsculas, números y guion bajo, hasta 24")
            seen.add(each.id)
    taken: dict[int, str] = {}
    for asked in assessment.questions:
        if asked.priority in taken:
            yield asked.where.problem(
                f"{asked.id} tiene la prioridad {asked.priority}, que ya es de {taken[asked.priority]}", "dé a cada pregunta la suya"
            )
        taken.setdefault(asked.priority, asked.id)


def _questions(content: Content, assessment: Assessment) -> Iterator[Problem]:
    for asked in assessment.questions:
        for part, text, most in (
            ("la pregunta", asked.ask, LONGEST_ASKED), ("la ayuda", asked.help, LONGEST_ASKED), ("el paso", asked.step, LONGEST_STEP),
        ):  # fmt: skip
            what = f"{part} de {asked.id}"
            if len(filled(content, text)) > most:
                yield asked.where.problem(f"{what} es larga", f"deje hasta {most} caracteres")
            yield from check_text(content, asked.where, what, text, set())
        longest = max(len(f"{assessment.questionnaire}.{asked.id}={answer}".encode()) for answer in ANSWERS)
        if longest > LONGEST_PAYLOAD:
            yield asked.where.problem(f"los nombres de {asked.id} dan un payload de más de {LONGEST_PAYLOAD} bytes", "acórtelos")
