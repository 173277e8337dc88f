"""Eligibility guides: the questions and the rule over their answers, one programme a file."""

from pathlib import Path
from types import MappingProxyType

from bot.content.asking import Command, Questionnaire
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.programmes import Case, Condition, EligibilityRule
from bot.content.questionnaires import read_steps
from bot.content.yaml_lines import Table

FIELDS = (
    "title", "intent", "office", "steps", "all", "any", "documents", "unpublished", "sources", "reviewed_on", "review_in", "expires_on",
    "owner", "cases",
)  # fmt: skip
STEP_TYPES = ("choice", "number", "date", "municipality")


def read_eligibility(path: Path, table: Table, problems: list[Problem]) -> Questionnaire | None:
    """A questionnaire named `check_<file>`, with the rule that its answers are held against."""
    fields = Fields(path, table, f"la guía {path.stem}", problems)
    fields.only(*FIELDS)
    steps = read_steps(fields)
    for step in steps:
        if step.type not in STEP_TYPES:
            Fields(path, Table(step.where.line), f"el paso {step.id}", problems).complain(
                None, f"una guía no pregunta «{step.type}»", f"use uno de estos: {', '.join(STEP_TYPES)}"
            )
    known = {step.id: step for step in steps}
    every, some = (tuple(_condition(fields, entry, set(known)) for entry in fields.tables(key)) for key in ("all", "any"))
    review = fields.review()
    if not every and not some:
        fields.complain("all", "la guía no tiene condiciones", "agregue `all:` con `- {step: …, says: …}`")
    asked = {condition.step for condition in (*every, *some)}
    for step in steps:
        if step.id not in asked:
            fields.complain("steps", f"{step.id} se pregunta y ninguna condición lo usa", "quite el paso o agregue su condición")
    if review is None or not steps:
        return None
    rule = EligibilityRule(
        path.stem, fields.text("title"), fields.text("intent"), fields.text("office"), every, some, fields.texts("documents"),
        fields.texts("unpublished"), review, fields.where, tuple(_case(fields, entry) for entry in fields.tables("cases")),
    )  # fmt: skip
    return Questionnaire(f"check_{path.stem}", steps, fields.where, Command("say_eligibility", MappingProxyType({})), rule=rule)


def _case(fields: Fields, entry: Table) -> Case:
    case = Fields(fields.path, entry, fields.what, fields.problems)
    case.only("answers", "met")
    answers = Fields(fields.path, case.inner("answers") or Table(), fields.what, fields.problems)
    return Case(MappingProxyType({step: answers.text(step) for step in answers.table}), case.text("met"))


def _condition(fields: Fields, entry: Table, steps: set[str]) -> Condition:
    condition = Fields(fields.path, entry, fields.what, fields.problems)
    condition.only("step", "says", "among", "unknown", "at_least", "at_most", "within_working_days", "otherwise")
    step = condition.text("step")
    if step and step not in steps:
        condition.complain("step", f"la condición depende de «{step}», que no se pregunta", "corrija el nombre o agregue el paso")
    found = Condition(
        step, condition.text("says"), condition.texts("among"), condition.texts("unknown"), condition.count("at_least"),
        condition.count("at_most"), condition.count("within_working_days") or 0,
        condition.text("otherwise", required=False),
    )  # fmt: skip
    if not found.among and not found.unknown and found.at_least is None and found.at_most is None and not found.within_working_days:
        condition.complain(None, "la condición no dice qué la cumple", "agregue among, at_least, at_most o within_working_days")
    return found
