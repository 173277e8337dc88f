"""Danger is looked for before anything else, by words alone, so that it works with everything else down.

A pattern is a row of words as editors write them in flows/safety.yml: `me {pega|golpea} mi {esposo|marido}`.
`{a|b c}` is a choice, `[a]` may be missing, `...` stands for up to four words, `mat*` for every word that starts so, `*` for any one word.
Words are compared by sound. In the patterns of danger typing errors are forgiven, one from five letters on and two from nine; in what
takes a danger away (`unless`, `harmless`) they are not, because "quiero" is one error from "quiere".
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from bot.content.languages import SOURCE, LanguageDetector
from bot.content.published import Safety
from nlu.components.spelling import SHORTHAND, by_sound
from nlu.danger.features import features

ANY_WORD = "*"
SURE_ENOUGH = 0.8  # of another language than Spanish: fingers on a keyboard speak none
OTHERS = "others"  # the table of all languages but Spanish, as nlu/danger/train.py names it
GAP = 4  # words that `...` may stand for
MOST_WORDS = 1000  # of a message that are looked at
PART = 60  # words: a long message is weighed in overlapping parts, so that a danger at its end is not drowned
ONE_ERROR_FROM, TWO_ERRORS_FROM = 5, 9  # letters

_ELEMENT = re.compile(r"\{([^{}]+)\}|\[([^\[\]]+)\]|(\.{3,}|…)|((?:(?!\.\.\.)[^\s{}\[\]|…])+)")


@dataclass(frozen=True)
class Element:
    choices: tuple[tuple[str, ...], ...]  # each a row of words; the empty row means that the element may be missing
    is_gap: bool = False


class PatternError(ValueError):
    """The pattern cannot be read; the message says why, in an editor's words."""


@lru_cache(maxsize=4096)  # every institution has the same ones
def parse_pattern(pattern: str) -> tuple[Element, ...]:
    if _ELEMENT.sub("", pattern).strip():
        raise PatternError(f"«{pattern}» tiene una llave o un corchete sin cerrar, o una raya «|» fuera de las llaves")
    elements = []
    for choice, optional, gap, word in _ELEMENT.findall(pattern):
        if gap:
            elements.append(Element((), is_gap=True))
        elif choice or optional:
            rows = [_words(row) for row in (choice or optional).split("|")]
            if not all(rows):
                raise PatternError(f"«{pattern}» tiene una opción vacía")
            elements.append(Element((*rows, ()) if optional else tuple(rows)))
        elif words := _words(word):
            elements.append(Element((words,)))
        else:
            raise PatternError(f"«{pattern}» tiene «{word}», que no es una palabra")
    if not elements or elements[0].is_gap or elements[-1].is_gap or not {(), (ANY_WORD,)}.isdisjoint(elements[0].choices):
        raise PatternError(f"«{pattern}» debe empezar y terminar con una palabra")
    return tuple(elements)


def _words(text: str) -> tuple[str, ...]:
    words: list[str] = []
    for word in text.split():
        words += _beginning(word.rstrip("*")) if word.endswith("*") else by_sound(word).split()
    return tuple(words)


def _beginning(stem: str) -> list[str]:
    """`tel*` begins "televisión" too: with a letter behind it, by_sound does not write the shorthand out."""
    sounds = by_sound(stem + "o")[:-1] if stem.lower() in SHORTHAND else by_sound(stem)
    return [*sounds.split()[:-1], *(f"{last}*" for last in sounds.split()[-1:])] if stem else [ANY_WORD]


@lru_cache(maxsize=100_000)
def _is_same(word: str, typed: str, forgiving: bool) -> bool:
    if word.endswith("*"):
        return typed.startswith(word[:-1])
    if word == typed:
        return True
    if not forgiving or len(word) < ONE_ERROR_FROM or abs(len(word) - len(typed)) > 2 or word[0] != typed[0]:
        return False
    allowed = 2 if len(word) >= TWO_ERRORS_FROM else 1
    return bool(OSA.distance(word, typed, score_cutoff=allowed) <= allowed)


class Patterns:
    """A set of patterns, asked together. Errors of typing are forgiven in words of danger and not in what takes a danger away."""

    def __init__(self, patterns: Iterable[str], forgiving: bool = True) -> None:
        self._forgiving = forgiving
        self._by_first: dict[str, list[tuple[Element, ...]]] = {}
        self._starting_with = lru_cache(maxsize=20_000)(self._look_up)
        for pattern in patterns:
            elements = parse_pattern(pattern)
            for row in elements[0].choices:
                self._by_first.setdefault(row[0], []).append(elements)

    def match(self, words: list[str]) -> bool:
        return any(self._fits(elements, words, place) for place, typed in enumerate(words) for elements in self._starting_with(typed))

    def _look_up(self, typed: str) -> tuple[tuple[Element, ...], ...]:
        return tuple(
            elements for first, patterns in self._by_first.items() if _is_same(first, typed, self._forgiving) for elements in patterns
        )

    def _fits(self, elements: tuple[Element, ...], words: list[str], start: int) -> bool:
        """All places that each element can lead to, together: going back over every gap would take exponential time."""
        places = {start}
        for element in elements:
            if element.is_gap:
                places = {place + skipped for place in places for skipped in range(GAP + 1)}
            else:
                places = {place + len(row) for place in places for row in element.choices if self._is_row(row, words, place)}
        return bool(places)

    def _is_row(self, row: tuple[str, ...], words: list[str], place: int) -> bool:
        return len(row) <= len(words) - place and all(_is_same(word, words[place + n], self._forgiving) for n, word in enumerate(row))


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
        words = by_sound(text).split()[:MOST_WORDS]
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
