"""Replies that staff pick instead of writing them anew: `flows/replies.yml` and, over it, `flows/institutions/<name>/replies.yml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.yaml_lines import Table

VARIABLES = ("member", "institution", "folio", "office", "topic", "state")
"""What a ticket fills in; whatever else stands in braces is a fact."""
STEPS = ("tag", "snooze", "close")
LONGEST_TAG = 32


@dataclass(frozen=True)
class Canned:
    """`then`: what is done once it is sent, such as ("tag", "albergue") or ("close", "")."""

    id: str
    title: str
    text: str
    where: Where
    variables: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # for which it is offered first; none: for all
    expires_on: date | None = None
    then: tuple[tuple[str, str], ...] = ()

    def has_expired(self, today: date) -> bool:
        return self.expires_on is not None and today > self.expires_on


def read_canned(path: Path, table: Table, problems: list[Problem]) -> Mapping[str, Canned]:
    fields = Fields(path, table, "las respuestas preparadas", problems)
    fields.only("replies")
    found: dict[str, Canned] = {}
    for each in fields.tables("replies"):
        one = Fields(path, each, f"la respuesta preparada «{each.get('id', '')}»", problems)
        one.only("id", "title", "text", "variables", "topics", "expires_on", "then")
        canned = Canned(
            one.text("id"), one.text("title"), one.text("text"), one.where, one.texts("variables"), one.texts("topics"),
            one.day("expires_on", required=False), _steps(one),
        )  # fmt: skip
        if canned.id in found:
            one.complain("id", "está dos veces", "deje una de las dos")
        found[canned.id] = canned
    return MappingProxyType(found)


def _steps(fields: Fields) -> tuple[tuple[str, str], ...]:
    """`then: [{tag: albergue}, close]`."""
    steps = []
    for each in fields.table.get("then") or ():
        name, value = next(iter(each.items())) if isinstance(each, Table) and len(each) == 1 else (each, "")
        if name not in STEPS or (name == "tag") != bool(value) or not isinstance(value, str) or len(value) > LONGEST_TAG:
            fields.complain("then", "tiene un paso que no se conoce", f"use `{{tag: albergue}}` (de hasta {LONGEST_TAG}), snooze o close")
        else:
            steps.append((str(name), value))
    return tuple(steps)


def check_canned(canned: Mapping[str, Canned], topics: Mapping[str, object], placeholders: Mapping[str, list[str]]) -> Iterator[Problem]:
    """`placeholders`: the names in braces of each text. What they stand for is asked where all texts are."""
    for each in canned.values():
        named = placeholders[each.id]
        for name in each.variables:
            if name not in VARIABLES:
                yield each.where.problem(f"la respuesta preparada «{each.id}» declara {name}", f"use estas: {', '.join(VARIABLES)}")
            elif name not in named:
                yield each.where.problem(f"la respuesta preparada «{each.id}» declara {name} y no lo usa", "úselo o quítelo")
        for topic in each.topics:
            if topic not in topics:
                yield each.where.problem(f"la respuesta preparada «{each.id}» es de «{topic}», que no es un tema", "corrija el nombre")
