"""Training and test examples in Rasa's YAML format."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.fields import Fields
from bot.content.files import files_in
from bot.content.problems import Problem
from bot.content.published import Where
from bot.content.yaml_lines import read_table

NOT_MESSAGES = ("safety",)  # test_data/safety.yml has its own shape


@dataclass(frozen=True)
class Example:
    text: str
    intent: str
    topic: str
    where: Where


def read_examples(folder: Path, problems: list[Problem]) -> list[Example]:
    found = []
    for path in files_in(folder):
        if path.stem in NOT_MESSAGES:
            continue
        table = read_table(path, problems)
        top = Fields(path, table, "los ejemplos", problems)
        top.only("version", "nlu")
        for entry in top.tables("nlu"):
            fields = Fields(path, entry, f"los ejemplos de {entry.get('intent', '?')}", problems)
            fields.only("intent", "examples")
            intent = fields.text("intent")
            lines = entry["examples"].splitlines() if fields.text("examples") else []  # with the blank ones, which count
            for number, line in enumerate(lines, 1):
                where = Where(path, entry.line_of("examples") + number)
                if line.startswith("- ") and line[2:].strip():
                    found.append(Example(line[2:].strip(), intent, path.stem, where))
                elif line.strip():
                    problems.append(
                        Problem(
                            path, where.line, f"«{line.strip()[:40]}» no es un ejemplo", "empiece la línea con un guion y un espacio: `- …`"
                        )
                    )
    return found


def by_intent(examples: list[Example]) -> Mapping[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.intent, []).append(example)
    return found
