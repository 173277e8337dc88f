"""The languages of the assistant, each by its own name, which of them a message is in, and the clock it lives by.

Spanish is the source of every text. What a message is in is told by a table of weights learned from the examples and the translations
(nlu/languages/train.py): on messages of one to twelve words it errs less than the libraries that were measured (docs/nlu.md).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from nlu.components.spelling import plain
from nlu.languages.features import features, words_of

SOURCE = "es"
LANGUAGES = MappingProxyType({"es": "Español", "en": "English", "fr": "Français", "pt": "Português", "ht": "Kreyòl ayisyen"})
MEXICO = ZoneInfo("America/Mexico_City")
SPOKEN_IN_MEXICO = "es_MX"

NAMES = MappingProxyType({
    "es": ("español", "castellano", "spanish", "espagnol", "espanhol", "panyòl"),
    "en": ("inglés", "english", "anglais", "inglês", "angle"),
    "fr": ("francés", "french", "français", "francês", "franse"),
    "pt": ("portugués", "portuguese", "portugais", "português", "pòtigè", "brasileño", "brazilian"),
    "ht": ("criollo", "creole", "créole", "crioulo", "kreyòl", "kreyol", "haitiano", "haitian", "haïtien", "ayisyen"),
})  # fmt: skip
"""How people call each language, in theirs and in the others."""
NEGATIONS = {"no", "not", "dont", "doesnt", "cant", "cannot", "pa", "pas", "nao", "sin", "without", "sans", "sem"}

SURE, SURE_OF_FEW_WORDS = 0.9, 0.97  # chance from which a message decides the language
FEW_WORDS = 2
LIKELIER = 0.5  # from which the first message of a conversation is taken to be in that language


def in_mexico(moment: datetime | None) -> str:
    """As staff and institutions read it: 21/11/2026 14:30."""
    return f"{moment.astimezone(MEXICO):%d/%m/%Y %H:%M}" if moment else "—"


def day_in_words(day: date) -> str:
    """«22 de noviembre de 2026», for staff and institutions."""
    return format_date(day, "d 'de' MMMM 'de' y", locale=SPOKEN_IN_MEXICO)


def moment_in_words(at: datetime) -> str:
    """«22 de noviembre de 2026, 14:05» by the clock of Mexico City."""
    return format_datetime(at.astimezone(MEXICO), "d 'de' MMMM 'de' y, H:mm", locale=SPOKEN_IN_MEXICO)


def named(text: str) -> str | None:
    """The one language that the text asks for: "do you speak English", "kreyòl souple", and not "no hablo español"."""
    said = set(plain(text).split())
    if NEGATIONS.intersection(plain(word).replace(" ", "") for word in words_of(text)) or NEGATIONS.intersection(words_of(text)):
        return None
    found = [language for language, names in NAMES.items() if said & {plain(name) for name in names}]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Heard:
    likely: str  # for somebody who has said nothing else yet
    certain: str | None  # None: leave it as it was


class LanguageDetector:
    """Which language a message is in; without a table every message is in the language it was before."""

    def __init__(self, table: Mapping[str, Any] | None) -> None:
        self._has_learned = table is not None
        self._languages: list[str] = table["languages"] if table else [SOURCE]
        self._bias: list[float] = table["bias"] if table else [0.0]
        self._weights: Mapping[str, list[float]] = table["weights"] if table else {}

    def guess(self, text: str) -> tuple[str, float]:
        """The likeliest language and its chance."""
        sums = list(self._bias)
        for feature, value in features(text).items():
            for place, weight in enumerate(self._weights.get(feature, ())):
                sums[place] += weight * value
        highest = max(sums)
        place = sums.index(highest)
        return self._languages[place], 1 / sum(math.exp(each - highest) for each in sums)

    def hear(self, text: str) -> Heard:
        """Short, mixed and worldwide messages ("ok", "visa") are in no language for certain."""
        words = len(words_of(text)) if self._has_learned else 0
        if not words:
            return Heard(SOURCE, None)
        language, chance = self.guess(text)
        needed = SURE_OF_FEW_WORDS if words <= FEW_WORDS else SURE
        return Heard(language if chance >= LIKELIER else SOURCE, language if chance >= needed else None)
