"""How long each class of data is kept: `flows/retention.yml`. The privacy notice says it and the nightly job does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.yaml_lines import Table

OF_OFFICIALS = ("learning", "invitation")  # only where they learn: the notice for the people who are served says nothing of these
CLASSES = ("transcript", "ticket", "referral", "document", "delivery", "arco", *OF_OFFICIALS)
OF_WHO_LEARNS = ("learning", "transcript", "delivery")  # what officials are told of


@dataclass(frozen=True)
class Kept:
    name: str
    days: int
    says: str  # what it is, as a person reads it
    where: Where


def read_retention(path: Path, table: Table, problems: list[Problem]) -> Mapping[str, Kept]:
    top = Fields(path, table, "los plazos", problems)
    top.only("retention")
    found: dict[str, Kept] = {}
    for entry in top.tables("retention"):
        fields = Fields(path, entry, f"el plazo {entry.get('name', '?')}", problems)
        fields.only("name", "days", "says")
        kept = Kept(fields.text("name"), fields.days("days"), fields.text("says"), fields.where)
        if kept.name not in CLASSES:
            fields.complain("name", f"«{kept.name}» no es algo que se guarde", f"use uno de estos: {', '.join(CLASSES)}")
        found[kept.name] = kept
    for name in CLASSES:
        if name not in found:
            top.complain("retention", f"falta el plazo de «{name}»", f'agregue `- {{name: {name}, days: …, says: "…"}}`')
    return found
