"""What a consent is asked for: each answer that would be shared, ticked until the person unticks it.

What the institution cannot do without stays ticked. An unticked answer is named and not shown, because the text is kept as it was shown.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.content.asking import Questionnaire
from bot.content.languages import SOURCE
from bot.content.published import Content
from bot.conversation.replies import sentence
from nlu.components.spelling import plain

TICKED, UNTICKED = "☑", "☐"
LONGEST_ON_BUTTON = 24  # characters of a value
MOST_WORDS = 8  # of a text that names fields
_AWAY = {
    "sin",
    "no",
    "quite",
    "quitar",
    "quita",
    "without",
    "remove",
    "not",
    "sans",
    "enlever",
    "pas",
    "sem",
    "tirar",
    "nao",
    "san",
    "retire",
    "pa",
}
_BETWEEN = re.compile(r"[,;.\s]+")

type Shared = Mapping[str, tuple[str, Any, str]]


@dataclass(frozen=True)
class Row:
    """One answer in the list, in the person's language."""

    step_id: str
    label: str
    shown: str
    ticked: bool
    needed: bool

    @property
    def mark(self) -> str:
        return TICKED if self.ticked else UNTICKED

    @property
    def title(self) -> str:
        value = self.shown if len(self.shown) <= LONGEST_ON_BUTTON else self.shown[: LONGEST_ON_BUTTON - 1].rstrip() + "…"
        return f"{self.mark} {self.label}: {value}" if self.ticked else f"{self.mark} {self.label}"


def rows(content: Content, questionnaire: Questionnaire, shared: Shared, unticked: Collection[str], language: str) -> list[Row]:
    found = []
    for step_id, (label, _, shown) in shared.items():
        step = questionnaire.step(step_id)
        needed = bool(step and step.needed)
        ticked = needed or step_id not in unticked
        found.append(Row(step_id, content.translate(label, language), content.translate(shown, language), ticked, needed))
    return found


def listed(content: Content, all_rows: list[Row], language: str) -> str:
    """The numbered list in the question."""
    needed, left_out = (sentence(content, name, language) for name in ("utter_field_needed", "utter_field_left_out"))
    return "\n".join(
        f"{number}. {row.mark} {row.label}: {row.shown if row.ticked else left_out}" + (f" {needed}" if row.needed else "")
        for number, row in enumerate(all_rows, 1)
    )


def listed_shared(all_rows: list[Row]) -> str:
    """What was shared, for the sheet of paper."""
    return "\n".join(f"• {row.label}: {row.shown}" for row in all_rows if row.ticked)


def named(content: Content, questionnaire: Questionnaire, all_rows: list[Row], text: str) -> list[str]:
    """The steps that a typed text names, by number or by label in any language; "sin teléfono" names only what is ticked.

    Nothing when a word of it names no field.
    """
    words = [word for word in _BETWEEN.split(plain(text)) if word]
    away = bool(words) and words[0] in _AWAY
    if away:
        words = words[1:]
    if not 0 < len(words) <= MOST_WORDS:
        return []
    labels = _labels(content, questionnaire, all_rows)
    found: list[str] = []
    while words:
        step_id, used = _first_named(words, all_rows, labels)
        if step_id is None and used == 0:
            return []
        if step_id is not None and step_id not in found:
            found.append(step_id)
        words = words[used:]
    ticked = {row.step_id for row in all_rows if row.ticked}
    return [step_id for step_id in found if step_id in ticked] if away else found


def _labels(content: Content, questionnaire: Questionnaire, all_rows: list[Row]) -> dict[tuple[str, ...], str]:
    labels = {}
    for row in all_rows:
        step = questionnaire.step(row.step_id)
        for language in (SOURCE, *content.languages):
            label = content.translate(step.label, language) if step else row.label
            labels[tuple(plain(label).split())] = row.step_id
    return labels


_LITTLE = {
    "y",
    "e",
    "and",
    "et",
    "ak",
    "el",
    "la",
    "lo",
    "mi",
    "the",
    "my",
    "le",
    "mon",
    "ma",
    "o",
    "a",
    "meu",
    "minha",
    "de",
    "du",
    "share",
    "compartir",
}


def _first_named(words: list[str], all_rows: list[Row], labels: Mapping[tuple[str, ...], str]) -> tuple[str | None, int]:
    """The field that the first words name, and how many words that is; (None, 1) for a little word, (None, 0) for another."""
    if words[0].isdecimal():
        number = int(words[0])
        return (all_rows[number - 1].step_id, 1) if 1 <= number <= len(all_rows) else (None, 0)
    longest = sorted((label for label in labels if label and tuple(words[: len(label)]) == label), key=len)
    if longest:
        return labels[longest[-1]], len(longest[-1])
    return (None, 1) if words[0] in _LITTLE else (None, 0)
