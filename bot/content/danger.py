"""Danger is looked for before anything else, by words alone, so that it works with everything else down.

In the patterns of danger (patterns.py) typing errors are forgiven; in what takes a danger away (`unless`, `harmless`) they are not,
because "quiero" is one error from "quiere".
"""

import math
from collections.abc import Mapping
from typing import Any

from bot.content.languages import SOURCE, LanguageDetector
from bot.content.patterns import Patterns, words_of
from bot.content.published import Safety
from nlu.danger.features import features

SURE_ENOUGH = 0.8  # of another language than Spanish: fingers on a keyboard speak none
OTHERS = "others"  # the table of all languages but Spanish, as nlu/danger/train.py names it
PART = 60  # words: a long message is weighed in overlapping parts, so that a danger at its end is not drowned


class LearnedWords:
    """What training learned of messages of danger: a weight for each run of words or letters (nlu/danger/train.py)."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._bias: float = table["bias"]
        self._weights: Mapping[str, float] = table["weights"]
        self._categories: Mapping[str, Any] = table["categories"]
        if not self._categories:
            raise ValueError("no category was learned")

    def chance(self, text: str) -> tuple[float, str]:
        """How likely the message speaks of danger, and of which category if it does."""
        weight, values = self._heaviest_part(text)
        return 1 / (1 + math.exp(-weight)), self._category(values)

    def category_above(self, text: str, chance: float) -> str | None:
        """The category, if danger is at least so likely. Most messages are none, and cost one sum."""
        weight, values = self._heaviest_part(text)
        return self._category(values) if 1 / (1 + math.exp(-weight)) >= chance else None

    def _heaviest_part(self, text: str) -> tuple[float, Mapping[str, float]]:
        words = text.split()
        parts = [" ".join(words[at : at + PART]) for at in range(0, max(1, len(words) - PART // 2), PART // 2)]
        return max(((_weigh(self._bias, self._weights, found), found) for found in map(features, parts)), key=lambda each: each[0])

    def _category(self, values: Mapping[str, float]) -> str:
        return max(self._categories, key=lambda name: _weigh(self._categories[name]["bias"], self._categories[name]["weights"], values))


def _weigh(bias: float, weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    return bias + sum(weights[feature] * value for feature, value in values.items() if feature in weights)


def read_learned(tables: Mapping[str, Any]) -> Mapping[str, LearnedWords]:
    """A table for Spanish and one for the other languages. Raises KeyError, TypeError or ValueError where it is none."""
    if not isinstance(tables, dict):
        raise TypeError("a table for each language is needed")
    return {language: LearnedWords(table) for language, table in tables.items()}


class DangerDetector:
    """Names the category of danger in a message, or None. Build one for each published content.

    The patterns that editors write come first; what was learned finds what nobody thought of writing. `harmless` cancels
    the patterns and asks for more certainty of what was learned.
    """

    def __init__(
        self, safety: Safety, learned: Mapping[str, LearnedWords] | None = None, languages: LanguageDetector | None = None
    ) -> None:
        self._harmless = Patterns(safety.harmless, forgiving=False)
        self._categories = [(each.name, Patterns(each.patterns), Patterns(each.unless, forgiving=False)) for each in safety.categories]
        self._learned, self._languages = learned or {}, languages or LanguageDetector(None)
        self._above, self._above_if_harmless = safety.learned_above, safety.learned_above_if_harmless

    def category(self, text: str) -> str | None:
        words = words_of(text)
        if not words:
            return None
        harmless = self._harmless.match(words)
        if not harmless:
            found = next((name for name, patterns, unless in self._categories if patterns.match(words) and not unless.match(words)), None)
            if found:
                return found
        language, chance = self._languages.guess(text)
        table = self._learned.get(OTHERS if language != SOURCE and chance >= SURE_ENOUGH else SOURCE)
        learned = table.category_above(text, self._above_if_harmless if harmless else self._above) if table else None
        return learned if learned in self.names else None

    @property
    def names(self) -> set[str]:
        return {name for name, _, _ in self._categories}
