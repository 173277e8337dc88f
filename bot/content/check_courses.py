"""The publish gate over courses: nothing without a source, an office and a date, no dead end, an explanation for every choice."""

import re
from collections.abc import Iterator

from bot.content import spoken
from bot.content.asking import Step
from bot.content.check_texts import LONGEST_PAYLOAD, check_text
from bot.content.courses import BANK, FINAL, READ, Course
from bot.content.fields import LONGEST_TITLE
from bot.content.problems import Problem
from bot.content.published import PLACEHOLDER, Content

LONGEST_READING, LONGEST_QUESTION, LONGEST_CHOICE, LONGEST_BECAUSE = 700, 450, 160, 300
FEWEST_LESSONS = 3
COURSE_NAME = r"[a-z0-9_]{1,32}"  # with those of the lesson and the question no more than what comes back later is called by
SPARE = 1.5  # questions for each that is drawn: who tries again is asked others


def check_courses(content: Content) -> Iterator[Problem]:
    for course in content.courses.values():
        yield from _about(content, course)
        yield from _completion(course)
        for lesson in course.lessons:
            yield from _steps(content, course, lesson.id, lesson.questionnaire.steps)
            if not lesson.questions:
                yield lesson.questionnaire.where.problem(f"la lección {lesson.id} no pregunta nada", "agregue un paso `type: question`")
            if not any(step.type in READ for step in lesson.questionnaire.steps):
                yield lesson.questionnaire.where.problem(f"la lección {lesson.id} no enseña nada", "agregue un paso `type: reading`")
        yield from _steps(content, course, BANK, course.bank)


def _about(content: Content, course: Course) -> Iterator[Problem]:
    if course.office not in content.organizations:
        yield course.where.problem(f"la oficina «{course.office}» del curso {course.name} no está en el directorio", "agréguela o corrija")
    for name in course.rests_on:
        if spoken.PROTOCOL + name not in content.responses:
            yield course.where.problem(
                f"el curso {course.name} se apoya en el protocolo {name}, que no existe",
                f"corrija `rests_on` o escriba {spoken.PROTOCOL}{name}",
            )
    if not re.fullmatch(COURSE_NAME, course.name):
        yield course.where.problem(f"el archivo {course.name} no se llama bien", "use minúsculas, números y guion bajo, hasta 32")
    if len(course.lessons) < FEWEST_LESSONS:
        yield course.where.problem(f"el curso {course.name} tiene menos de {FEWEST_LESSONS} lecciones", "agregue las que faltan")
    if len({lesson.id for lesson in course.lessons}) < len(course.lessons):
        yield course.where.problem(f"dos lecciones de {course.name} se llaman igual", "dé a cada una su propio id")
    yield from check_text(content, course.where, f"el curso {course.name}", course.says, set())


def _completion(course: Course) -> Iterator[Problem]:
    rule, questions = course.completion, len(course.items)
    if rule.has_final and questions < SPARE * rule.questions:
        yield course.where.problem(
            f"el curso {course.name} sortea {rule.questions} preguntas y solo hay {questions}",
            f"agregue preguntas a `bank:` hasta {round(SPARE * rule.questions + 0.49)}, o sortee menos",
        )
    if rule.rule == FINAL and not questions:
        yield course.where.problem(f"el curso {course.name} termina con una prueba sin preguntas", "agregue `bank:`")


def _steps(content: Content, course: Course, lesson: str, steps: tuple[Step, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for step in steps:
        what = f"el paso {step.id} de {lesson}"
        if step.id in seen or not re.fullmatch(r"[a-z0-9_]{1,24}", step.id):
            yield step.where.problem(f"{what}: el id está repetido o no sirve", "use minúsculas, números y guion bajo, hasta 24")
        seen.add(step.id)
        longest = LONGEST_QUESTION if step.is_judged else LONGEST_READING
        if len(filled(content, step.ask)) > longest:
            yield step.where.problem(f"{what} es largo", f"deje hasta {longest} caracteres")
        yield from check_text(content, step.where, what, step.ask, set())
        if step.protocol and step.protocol not in course.rests_on:
            yield step.where.problem(f"{what} es del protocolo {step.protocol}, en que el curso no se apoya", "agréguelo a `rests_on`")
        yield from _choices(content, course, lesson, step, what)


def _choices(content: Content, course: Course, lesson: str, step: Step, what: str) -> Iterator[Problem]:
    for option in step.options:
        if not option.because:
            continue  # said when it was read
        for text, most, name in ((option.title, LONGEST_CHOICE, "la opción"), (option.because, LONGEST_BECAUSE, "la explicación")):
            if len(filled(content, text)) > most:
                yield step.where.problem(f"{what}: {name} «{text[:30]}…» es larga", f"deje hasta {most} caracteres")
            yield from check_text(content, step.where, f"{what}, {name} «{text[:30]}…»", text, set())
        payload = f"{course.name}-final.{lesson}-{step.id}={option.value}"
        if len(payload.encode()) > 2 * LONGEST_PAYLOAD:
            yield step.where.problem(f"{what}: los nombres suman más de {2 * LONGEST_PAYLOAD} letras", "acórtelos")
    if step.is_judged and len({len(option.title) for option in step.options}) > 1:
        right = next(option for option in step.options if option.right)
        others = [len(option.title) for option in step.options if not option.right]
        if len(right.title) > 2.5 * max(others, default=LONGEST_CHOICE) + LONGEST_TITLE:
            yield step.where.problem(f"{what}: la respuesta correcta se nota porque es la más larga", "acórtela o alargue las otras")


def filled(content: Content, text: str) -> str:
    return PLACEHOLDER.sub(lambda found: content.facts[found[1]].value if found[1] in content.facts else found[0], text)
