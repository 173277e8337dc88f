"""Danger patterns and the words that work at any point."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from bot.content import spoken_learning
from bot.content.fields import Fields, table_items
from bot.content.languages import LANGUAGES
from bot.content.problems import Problem
from bot.content.published import Safety, SafetyCategory, WordCommand
from bot.content.spoken import ACTIONS
from bot.content.yaml_lines import Table
from nlu.components.spelling import plain

IN_A_MENU = re.compile(r"[a-z0-9_]{1,32}")  # https://core.telegram.org/bots/api#botcommand


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


def add_language(safety: Safety, path: Path, table: Table, problems: list[Problem]) -> Safety:
    """The patterns of one more language (flows/safety/en.yml), added to the categories there are."""
    top = Fields(path, table, "los patrones de peligro", problems)
    top.only("categories", "harmless")
    known = {category.name: category for category in safety.categories}
    for name, entry, line in table_items(table, "categories"):
        if name not in known or not isinstance(entry, Table):
            problems.append(Problem(path, line, f"«{name}» no es una clase de peligro", f"use una de estas: {', '.join(known)}"))
            continue
        fields = Fields(path, entry, f"la categoría de peligro {name}", problems)
        fields.only("patterns", "unless")
        known[name] = replace(
            known[name],
            patterns=(*known[name].patterns, *fields.texts("patterns", required=True)),
            unless=(*known[name].unless, *fields.texts("unless")),
        )
    return replace(safety, categories=tuple(known.values()), harmless=(*safety.harmless, *top.texts("harmless")))


def _menu(fields: Fields, words: tuple[str, ...]) -> Mapping[str, str]:
    """`menu: {es: ayuda, en: help}`: one of the words for each language that Telegram's menu of commands shows."""
    table = fields.inner("menu")
    if table is None:
        return MappingProxyType({})
    asked = Fields(fields.path, table, "el menú", fields.problems)
    asked.only(*LANGUAGES)
    found = {language: asked.text(language) for language in LANGUAGES}
    for language, word in found.items():
        if word and (word not in words or not IN_A_MENU.fullmatch(word)):
            fields.complain("menu", f"«{word}» ({language}) no sirve en el menú", "use una de sus `words`, sin espacios ni acentos")
    return MappingProxyType(found)


def read_commands(path: Path, table: Table, problems: list[Problem]) -> dict[str, WordCommand]:
    return _commands(path, table, problems, ACTIONS)


def read_officials_commands(path: Path, table: Table, problems: list[Problem]) -> dict[str, WordCommand]:
    """What works anywhere at the doors where officials learn."""
    return _commands(path, table, problems, spoken_learning.ACTIONS)


def _commands(path: Path, table: Table, problems: list[Problem], actions: tuple[str, ...]) -> dict[str, WordCommand]:
    found: dict[str, WordCommand] = {}
    owners: dict[str, str] = {}
    top = Fields(path, table, "los comandos", problems)
    top.only("commands")
    for entry in top.tables("commands"):
        fields = Fields(path, entry, f"el comando {entry.get('name', '?')}", problems)
        fields.only("name", "words", "response", "menu")
        words = tuple(plain(word) for word in fields.texts("words"))  # as what people type is compared
        command = WordCommand(fields.text("name"), words, fields.text("response", required=False), fields.where, _menu(fields, words))
        if command.name in found:
            fields.complain("name", "el nombre está repetido", "dé a cada comando su propio nombre")
        for word in words:
            if word in owners:
                fields.complain("words", f"«{word}» ya es una palabra de {owners[word]}", "déjela en uno solo")
            owners[word] = command.name
        if not command.response and command.name not in actions:
            fields.complain("name", "no hace nada", f"agregue `response: utter_…` o use uno de estos nombres: {', '.join(actions)}")
        found[command.name] = command
    return found
