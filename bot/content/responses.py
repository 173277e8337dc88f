"""Responses: Rasa's domain format, with the review and the command beside the text."""

from pathlib import Path
from types import MappingProxyType

from bot.content.asking import Command
from bot.content.fields import Fields, table_items
from bot.content.problems import Problem
from bot.content.published import Button, Protocol, Response
from bot.content.review import Review, Where
from bot.content.yaml_lines import Table

METADATA = ("kind", "protocol", "office", "sources", "reviewed_on", "review_in", "expires_on", "owner", "followups", "variables")
VALIDATIONS = ("pending", "validated")


def read_responses(path: Path, table: Table, problems: list[Problem]) -> dict[str, Response]:
    Fields(path, table, f"el tema {path.stem}", problems).only("version", "intents", "responses")
    found = {}
    for name, variants, line in table_items(table, "responses"):
        if not isinstance(variants, list) or len(variants) != 1 or not isinstance(variants[0], Table):
            problems.append(Problem(path, line, f"{name} debe tener un solo texto", "escriba uno solo, que empiece con `- text: |`"))
            continue
        fields = Fields(path, variants[0], name, problems)
        fields.only("text", "buttons", "custom", "metadata")
        found[name] = _read(name, fields, Where(path, line))
    return found


def _read(name: str, fields: Fields, where: Where) -> Response:
    metadata = fields.inner("metadata")
    text = fields.text("text", required="custom" not in fields.table)
    buttons, command = _buttons(fields), read_command(fields, "custom")
    if metadata is None:
        fields.complain(None, "falta «metadata»", "agregue owner, office, sources, reviewed_on y review_in, o `kind: service`")
        return Response(name, text, where, buttons, command)
    about = Fields(fields.path, metadata, name, fields.problems)
    about.only(*METADATA)
    variables = about.texts("variables")
    if about.table.get("kind") == "service":
        return Response(name, text, where, buttons, command, variables=variables)
    review: Review | None = about.review()
    followups = Fields(fields.path, about.inner("followups") or Table(), name, fields.problems)
    return Response(
        name, text, where, buttons, command, review, about.text("office"),
        MappingProxyType({kind: followups.text(kind) for kind in followups.table}), variables, _protocol(about),
    )  # fmt: skip


def _protocol(about: Fields) -> Protocol | None:
    table = about.inner("protocol")
    if table is None:
        return None
    fields = Fields(about.path, table, about.what, about.problems)
    fields.only("version", "changed_on", "what", "validation")
    version, changed_on, what = fields.text("version"), fields.day("changed_on"), fields.text("what")
    validation = fields.text("validation")
    if validation and validation not in VALIDATIONS:
        fields.complain("validation", f"«validation: {validation}» no se conoce", f"use uno de estos: {', '.join(VALIDATIONS)}")
    return Protocol(version, changed_on, what, validation == "validated") if changed_on else None


def _buttons(fields: Fields) -> tuple[Button, ...]:
    buttons = []
    for table in fields.tables("buttons"):
        button = Fields(fields.path, table, fields.what, fields.problems)
        button.only("title", "payload")
        buttons.append(Button(button.title("title"), button.text("payload")))
    return tuple(buttons)


def read_command(fields: Fields, key: str) -> Command | None:
    custom = fields.inner(key)
    if custom is None:
        return None
    if not custom.get("do"):
        fields.complain(key, f"«{key}» no dice qué hacer", "escriba `do: request_person` o quítelo")
        return None
    asked = Fields(fields.path, custom, fields.what, fields.problems)
    return Command(asked.text("do"), MappingProxyType({name: asked.text(name) for name in custom if name != "do"}))
