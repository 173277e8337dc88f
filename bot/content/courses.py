"""Courses for officials: `flows/courses/<name>.yml`. A lesson, a final and what comes back later are questionnaires like any other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bot.content.asking import Command, Option, Questionnaire, Step
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Review, Source, Where
from bot.content.yaml_lines import Table

COURSE = (
    "title", "says", "version", "office", "owner", "sources", "reviewed_on", "review_in", "expires_on", "validation", "rests_on",
    "valid_for", "completion", "lessons", "bank",
)  # fmt: skip
ALL_QUIZZES, FINAL, ALL_AND_PERCENT = "all_quizzes", "final", "all_and_percent"
RULES = (ALL_QUIZZES, FINAL, ALL_AND_PERCENT)
READ = ("reading", "case")
QUESTION = "question"
TAUGHT = (*READ, QUESTION)
FINAL_OF, BANK = "final", "bank"
RECALL, REFRESH = "recall", "refresh"
NEXT = "next"


@dataclass(frozen=True)
class Completion:
    """When a course is finished. `percent` of `questions` drawn; after `attempts` that failed within `wait_days` one waits."""

    rule: str
    percent: int
    questions: int
    attempts: int
    wait_days: int

    @property
    def has_final(self) -> bool:
        return self.rule != ALL_QUIZZES

    @property
    def needs_lessons(self) -> bool:
        return self.rule != FINAL


@dataclass(frozen=True)
class Lesson:
    id: str
    title: str
    sources: tuple[Source, ...]
    questionnaire: Questionnaire

    @property
    def questions(self) -> tuple[Step, ...]:
        return tuple(step for step in self.questionnaire.steps if step.type == QUESTION)


@dataclass(frozen=True)
class Course:
    name: str
    title: str
    says: str
    version: str
    office: str
    review: Review | None
    is_validated: bool
    rests_on: tuple[str, ...]
    valid_for: int  # days
    completion: Completion
    lessons: tuple[Lesson, ...]
    bank: tuple[Step, ...]
    where: Where

    def lesson(self, lesson_id: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)

    @property
    def items(self) -> Mapping[str, Step]:
        """Every question of the course by `lesson.question`; those of the final alone by `bank.question`."""
        found = {f"{lesson.id}-{step.id}": step for lesson in self.lessons for step in lesson.questions}
        return MappingProxyType({**found, **{f"{BANK}-{step.id}": step for step in self.bank}})

    @property
    def final(self) -> Questionnaire:
        """All questions; an attempt draws among them."""
        steps = tuple(replace(step, id=item) for item, step in self.items.items())
        return Questionnaire(f"{self.name}-{FINAL_OF}", steps, self.where, _ending("finish_final"), course=self.name)

    @property
    def texts(self) -> Iterator[str]:
        yield from (self.title, self.says, *(lesson.title for lesson in self.lessons))
        for step in (*(step for lesson in self.lessons for step in lesson.questionnaire.steps), *self.bank):
            yield step.ask
            yield from (text for option in step.options for text in (option.title, option.because))


def questionnaires_of(courses: Mapping[str, Course]) -> dict[str, Questionnaire]:
    """By name: `course-lesson`, `course-final`, and over all courses what is asked again after days or when a protocol has changed."""
    of_courses = [
        each for course in courses.values() for each in (*(lesson.questionnaire for lesson in course.lessons), course.final)
    ]  # fmt: skip
    every = tuple(
        replace(step, id=f"{course.name}-{item}") for course in courses.values() for item, step in course.items.items()
    )  # fmt: skip
    again = [
        Questionnaire(name, every, every[0].where, _ending(f"finish_{name}"), course=name) for name in (RECALL, REFRESH) if every
    ]  # fmt: skip
    return {each.name: each for each in (*of_courses, *again)}


def read_course(path: Path, table: Table, problems: list[Problem]) -> Course | None:
    fields = Fields(path, table, f"el curso {path.stem}", problems)
    fields.only(*COURSE)
    lessons = tuple(_lesson(path, entry, problems) for entry in fields.tables("lessons", required=True))
    bank = tuple(
        _step(Fields(path, entry, f"la pregunta {entry.get('id', '?')}", problems), QUESTION) for entry in fields.tables("bank")
    )  # fmt: skip
    if not lessons:
        return None
    return Course(
        path.stem, fields.title("title"), fields.text("says"), fields.text("version"), fields.text("office"), fields.review(),
        validation(fields), fields.texts("rests_on", required=True), fields.days("valid_for"), _completion(fields), lessons, bank,
        fields.where,
    )  # fmt: skip


def validation(fields: Fields) -> bool:
    """Has somebody who may, checked what is a synthesis of ours?"""
    said = fields.text("validation")
    if said not in ("", "pending", "validated"):
        fields.complain("validation", f"«{said}» no se conoce", "escriba `validation: pending` o `validation: validated`")
    return said == "validated"


def _completion(fields: Fields) -> Completion:
    inner = Fields(fields.path, fields.inner("completion") or Table(fields.table.line), fields.what, fields.problems)
    inner.only("rule", "percent", "questions", "attempts", "wait_days")
    rule = inner.text("rule")
    if rule and rule not in RULES:
        inner.complain("rule", f"«{rule}» no es una regla para terminar", f"use una de estas: {', '.join(RULES)}")
    if rule == ALL_QUIZZES:
        return Completion(rule, 100, 0, 0, 0)
    numbers = [_number(inner, key, most) for key, most in (("percent", 100), ("questions", 40), ("attempts", 20), ("wait_days", 90))]
    return Completion(rule, *numbers)


def _number(fields: Fields, key: str, most: int) -> int:
    found = fields.count(key)
    if found is None or not 1 <= found <= most:
        fields.complain(key, f"«{key}» debe ser un número de 1 a {most}", f"escriba `{key}: …`")
        return 1
    return found


def _lesson(path: Path, entry: Table, problems: list[Problem]) -> Lesson:
    lesson_id = str(entry.get("id", "?"))
    fields = Fields(path, entry, f"la lección {lesson_id}", problems)
    fields.only("id", "title", "sources", "steps")
    steps = tuple(
        _step(Fields(path, each, f"el paso {each.get('id', '?')} de {lesson_id}", problems))
        for each in fields.tables("steps", required=True)
    )
    if lesson_id in (FINAL_OF, BANK) or not re.fullmatch(r"[a-z0-9_]{1,24}", lesson_id):
        fields.complain("id", f"«{lesson_id}» no sirve como id", "use minúsculas, números y guion bajo, hasta 24")
    sources = []
    for each in fields.tables("sources"):
        source = Fields(path, each, fields.what, problems)
        source.only("title", "url", "date")
        sources.append(Source(source.text("title"), source.text("url", required=False)))
    questionnaire = Questionnaire(
        f"{path.stem}-{lesson_id}", steps, fields.where, _ending("finish_lesson"), course=path.stem, lesson=lesson_id
    )  # fmt: skip
    return Lesson(lesson_id, fields.title("title"), tuple(sources), questionnaire)


def _step(fields: Fields, kind: str = "") -> Step:
    fields.only("id", "type", "ask", "options", "protocol")
    kind = kind or fields.text("type")
    if kind and kind not in TAUGHT:
        fields.complain("type", f"«{kind}» no es parte de una lección", f"use uno de estos: {', '.join(TAUGHT)}")
    options = tuple(_option(fields, entry) for entry in fields.tables("options", required=kind == QUESTION))
    if kind == QUESTION and sum(option.right for option in options) != 1:
        fields.complain("options", "no tiene una sola respuesta correcta", "ponga `right: true` en una opción y en ninguna otra")
    if kind == QUESTION and not 2 <= len(options) <= 5:
        fields.complain("options", "tiene muy pocas opciones, o demasiadas", "deje de dos a cinco")
    if kind in READ and options:
        fields.complain("options", "una lectura no lleva opciones", "quítelas o cambie el tipo a `question`")
    if len({option.value for option in options}) < len(options) or len({option.title for option in options}) < len(options):
        fields.complain("options", "dos opciones son iguales", "dé a cada una su propio `value` y su propio `text`")
    return Step(
        fields.text("id"), kind, fields.text("ask"), fields.where, options=options, protocol=fields.text("protocol", required=False)
    )  # fmt: skip


def _option(fields: Fields, entry: Table) -> Option:
    option = Fields(fields.path, entry, fields.what, fields.problems)
    option.only("value", "text", "because", "right")
    return Option(option.text("value"), option.text("text"), because=option.text("because"), right=option.flag("right"))


def _ending(name: str) -> Command:
    return Command(name, MappingProxyType({}))
