"""Danger patterns and the words that work at any point."""

from pathlib import Path

from bot.content.fields import Fields, table_items
from bot.content.problems import Problem
from bot.content.published import Safety, SafetyCategory, WordCommand
from bot.content.yaml_lines import Table


def read_safety(path: Path, table: Table, problems: list[Problem]) -> Safety:
    top = Fields(path, table, "los patrones de peligro", problems)
    top.only("categories", "harmless", "learned_above", "learned_above_if_harmless")
    categories = []
    for name, entry, line in table_items(table, "categories"):
        if not isinstance(entry, Table):
            problems.append(Problem(path, line, f"la categoría {name} está vacía", "agregue `response:` y `patterns:`"))
            continue
        fields = Fields(path, entry, f"la categoría de peligro {name}", problems)
        fields.only("response", "patterns", "unless")
        categories.append(
            SafetyCategory(name, fields.text("response"), fields.texts("patterns", required=True), fields.texts("unless"), fields.where)
        )
    return Safety(tuple(categories), top.texts("harmless"), top.share("learned_above"), top.share("learned_above_if_harmless"))


def read_commands(path: Path, table: Table, problems: list[Problem]) -> dict[str, WordCommand]:
    found = {}
    for entry in Fields(path, table, "los comandos", problems).tables("commands"):
        fields = Fields(path, entry, f"el comando {entry.get('name', '?')}", problems)
        fields.only("name", "words", "response")
        command = WordCommand(fields.text("name"), fields.texts("words"), fields.text("response", required=False), fields.where)
        found[command.name] = command
    return found
