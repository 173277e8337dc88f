"""Links for posters and pages, `https://t.me/<bot>?start=<name>`, and what each opens: `flows/links.yml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.yaml_lines import Table

ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}")  # https://core.telegram.org/bots/features#deep-linking


@dataclass(frozen=True)
class Link:
    name: str
    payload: str
    where: Where


def read_links(path: Path, table: Table, problems: list[Problem]) -> Mapping[str, Link]:
    found: dict[str, Link] = {}
    top = Fields(path, table, "los enlaces", problems)
    top.only("links")
    for entry in top.tables("links"):
        fields = Fields(path, entry, f"el enlace {entry.get('name', '?')}", problems)
        fields.only("name", "payload")
        link = Link(fields.text("name"), fields.text("payload"), fields.where)
        if not ALLOWED.fullmatch(link.name):
            fields.complain("name", f"«{link.name}» no puede ir en un enlace", "use hasta 64 letras sin acento, cifras, «_» y «-»")
        if link.name in found:
            fields.complain("name", "el nombre está repetido", "dé a cada enlace su propio nombre")
        found[link.name] = link
    return found
