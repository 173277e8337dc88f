"""The training and test examples, for what learns and measures in Rasa's environment.

Spanish lies in the folder itself, other languages in a folder each.

The bot reads the same files with line numbers for its complaints (bot/content/examples.py); here they have passed its gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

SPANISH = "es"
SAFETY, LANGUAGES = "safety", "languages"  # files with their own shape


class Example(NamedTuple):
    text: str
    intent: str
    topic: str
    language: str


def read(folder: Path) -> list[Example]:
    return [
        Example(line[2:].strip(), entry["intent"], path.stem, language)
        for language, path in _files(folder)
        if path.stem not in (SAFETY, LANGUAGES)
        for entry in _read(path)["nlu"]
        for line in entry["examples"].splitlines()
        if line.startswith("- ")
    ]


def read_safety(folder: Path) -> list[tuple[str, dict[str, list[str]], list[str]]]:
    """For each language that has the file: its name, messages of danger by category, and messages that only sound so."""
    written = [(language, _read(path)) for language, path in _files(folder) if path.stem == SAFETY]
    return [
        (
            language,
            {name: [str(text) for text in texts] for name, texts in each["danger"].items()},
            [str(text) for text in each["harmless"]],
        )
        for language, each in written
    ]


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((*folder.glob("*.yml"), *folder.glob("??/*.yml"))):
        yield SPANISH if path.parent == folder else path.parent.name, path


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  a SafeLoader
