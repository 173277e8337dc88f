"""Training and test examples in Rasa's YAML format: Spanish in the folder itself, other languages in a folder each (`en/`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.fields import Fields
from bot.content.files import files_in
from bot.content.languages import LANGUAGES, SOURCE
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.yaml_lines import read_table

NOT_MESSAGES = ("safety", "languages")  # these have their own shape


@dataclass(frozen=True)
class Example:
    text: str
    intent: str
    topic: str
    where: Where
    language: str = "es"


def example_files(folder: Path) -> list[tuple[str, Path]]:
    """Language and path of each file of examples."""
    places = [(language, folder / language if language != SOURCE else folder) for language in LANGUAGES]
    return [(language, path) for language, place in places for path in files_in(place) if path.stem not in NOT_MESSAGES]


def read_examples(folder: Path, problems: list[Problem]) -> list[Example]:
    found = []
    for language, path in example_files(folder):
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
                    found.append(Example(line[2:].strip(), intent, path.stem, where, language))
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
