"""Facts: an amount, a telephone or a deadline, written once and referred to by name."""

from pathlib import Path

from bot.content.fields import KINDS_OF_FACT, Fields
from bot.content.problems import Problem
from bot.content.published import Fact
from bot.content.review import Where
from bot.content.yaml_lines import Table


def read_facts(path: Path, table: Table, problems: list[Problem]) -> dict[str, Fact]:
    found = {}
    for name, entry in table.items():
        line = table.line_of(name)
        if not isinstance(entry, Table):
            problems.append(
                Problem(path, line, f"el dato {name} no tiene campos", "escriba kind, value, says, sources y las fechas de revisión")
            )
            continue
        fields = Fields(path, entry, f"el dato {name}", problems)
        fields.only("kind", "value", "says", "sources", "reviewed_on", "review_in", "expires_on", "owner", "doubt")
        kind = fields.text("kind")
        if kind and kind not in KINDS_OF_FACT:
            fields.complain("kind", f"«{kind}» no es un tipo de dato", f"use uno de estos: {', '.join(KINDS_OF_FACT)}")
        review = fields.review()
        value, says = fields.text("value"), fields.text("says")
        doubt = fields.text("doubt", required=False)
        if review and value:
            found[name] = Fact(name, kind, value, says, review, Where(path, line), doubt)
    return found
