"""Questionnaires: what is asked step by step."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.content.asking import NEVER, ONLY, Command, Option, Questionnaire, Step
from bot.content.consent_steps import check_consents
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.responses import read_command
from bot.content.yaml_lines import Table
from nlu.components.spelling import plain

STEP_TYPES = ("choice", "municipality", "number", "telephone", "date", "text", "photo", "location", "toggles", "permission", "consent")
STEP_FIELDS = ("id", "type", "ask", "help", "label", "options", "only_if", "optional", "shared", "needed", "without", "permits", "at_desk")
PERMITS = ("write",)


def read_questionnaire(path: Path, table: Table, problems: list[Problem]) -> Questionnaire | None:
    fields = Fields(path, table, f"el cuestionario {path.stem}", problems)
    fields.only("steps", "done", "consent_version", "consent_expires_in")
    command = read_command(fields, "done")
    if "done" not in table:
        fields.complain("done", "al final no pasa nada", "agregue `done:` con `do: …`")
    steps = read_steps(fields)
    if not steps:
        return None
    questionnaire = Questionnaire(
        path.stem, steps, fields.where, command or Command("", MappingProxyType({})), fields.text("consent_version", required=False),
        fields.days("consent_expires_in", required=False),
    )  # fmt: skip
    _check_order(questionnaire, fields)
    problems += check_consents(questionnaire)
    return questionnaire


def read_steps(fields: Fields) -> tuple[Step, ...]:
    return tuple(
        _step(Fields(fields.path, entry, f"el paso {entry.get('id', '?')}", fields.problems))
        for entry in fields.tables("steps", required=True)
    )


def _step(fields: Fields) -> Step:
    fields.only(*STEP_FIELDS)
    kind = fields.text("type")
    if kind and kind not in STEP_TYPES:
        fields.complain("type", f"«{kind}» no es un tipo de paso", f"use uno de estos: {', '.join(STEP_TYPES)}")
    options = tuple(
        Option(option.text("value"), option.title("title"), _at_desk(option), read_command(option, "done"))
        for option in (Fields(fields.path, entry, fields.what, fields.problems) for entry in fields.tables("options"))
    )
    if kind in ("choice", "toggles") and len(options) < 2:
        fields.complain("options", "necesita dos opciones o más", "agregue `- value: …` con `title: …`")
    if len({option.value for option in options}) < len(options) or len({plain(option.title) for option in options}) < len(options):
        fields.complain("options", "dos opciones son iguales", "dé a cada una su propio `value` y su propio `title`")
    if kind != "consent":
        fields.text("help")
    if fields.flag("shared"):
        fields.text("label")
    elif "needed" in fields.table or "without" in fields.table:
        fields.complain("needed" if "needed" in fields.table else "without", "no se comparte", "agregue `shared: true` o quite la línea")
    if "needed" in fields.table and "without" in fields.table:
        fields.complain("without", "es un dato que hace falta y no se puede quitar", "deje «needed» o «without»")
    if (kind == "permission") != (fields.text("permits", required=False) in PERMITS):
        fields.complain("permits", "no se sabe qué permite", f"un paso `permission` lleva `permits:` con: {', '.join(PERMITS)}")
    return Step(
        fields.text("id"), kind, fields.text("ask"), fields.where, fields.text("help", required=False),
        fields.text("label", required=False), options, _answers(fields, "only_if"),
        fields.flag("optional"), fields.flag("shared"), fields.text("needed", required=False), _answers(fields, "without"),
        fields.text("permits", required=False), _at_desk(fields),
    )  # fmt: skip


def _at_desk(fields: Fields) -> str:
    where = fields.text("at_desk", required=False)
    if where not in ("", ONLY, NEVER):
        fields.complain("at_desk", f"«{where}» no se conoce", f"use {ONLY} o {NEVER}, o quite la línea")
    return where


def _answers(fields: Fields, key: str) -> Mapping[str, list[str]]:
    """Answers, by the step that asks."""
    wanted = Fields(fields.path, fields.inner(key) or Table(), fields.what, fields.problems)
    return MappingProxyType({asked: list(wanted.one_or_several(asked)) for asked in wanted.table})


def _check_order(questionnaire: Questionnaire, fields: Fields) -> None:
    """No dead end: names are used once, and a condition looks back at an answer that can be given."""
    seen: dict[str, Step] = {}
    for step in questionnaire.steps:
        place = Fields(step.where.file, Table(step.where.line), f"el paso {step.id}", fields.problems)
        if step.id in seen:
            place.complain(None, "el nombre está repetido", "dé a cada paso su propio id")
        for asked, wanted in step.only_if.items():
            earlier = seen.get(asked)
            if earlier is None:
                place.complain(None, f"«only_if» depende de {asked}, que no se pregunta antes", "ponga antes ese paso o corrija el nombre")
            elif earlier.type == "toggles":
                place.complain(None, f"«only_if» depende de {asked}, donde se marcan varias", "dependa de un paso `choice`")
            elif earlier.options:
                possible = {option.value for option in earlier.options}
                for value in wanted:
                    if value not in possible:
                        place.complain(
                            None,
                            f"«only_if» espera {asked} = {value}, que nadie puede contestar",
                            f"use uno de estos: {', '.join(sorted(possible))}",
                        )
        seen[step.id] = step
