"""Patterns of words, as editors write them: what is looked for in a message, in danger and in the practice cases.

A pattern is a row of words: `me {pega|golpea} mi {esposo|marido}`.
`{a|b c}` is a choice, `[a]` may be missing, `...` stands for up to four words, `mat*` for every word that starts so, `*` for any one word.
Words are compared by sound. Where typing errors are forgiven, it is one from five letters on and two from nine.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from nlu.components.spelling import SHORTHAND, by_sound

ANY_WORD = "*"
GAP = 4  # words that `...` may stand for
MOST_WORDS = 1000  # of a message that are looked at
ONE_ERROR_FROM, TWO_ERRORS_FROM = 5, 9  # letters
LONG, ENDING = 7, 4  # letters: what tells «aviso» from «avise» stands in the ending, so an error before it is only one of typing

_ELEMENT = re.compile(r"\{([^{}]+)\}|\[([^\[\]]+)\]|(\.{3,}|…)|((?:(?!\.\.\.)[^\s{}\[\]|…])+)")


@dataclass(frozen=True, eq=False)  # one of a pattern that is read once: compared and looked up by identity, which costs nothing
class Element:
    choices: tuple[tuple[str, ...], ...]  # each a row of words; the empty row means that the element may be missing
    is_gap: bool = False

    @property
    def may_be_missing(self) -> bool:
        return bool(self.choices) and not self.choices[-1]


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


def words_of(message: str) -> list[str]:
    """What patterns are compared with."""
    return by_sound(message).split()[:MOST_WORDS]


@lru_cache(maxsize=20_000)  # the same words stand in many patterns
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
def _is_same(word: str, typed: str, forgiving: bool, inside: bool = False) -> bool:
    if word.endswith("*"):
        return typed.startswith(word[:-1])
    if word == typed:
        return True
    if inside:
        return len(word) >= LONG and word[0] == typed[0] and word[-ENDING:] == typed[-ENDING:] and OSA.distance(word, typed) == 1
    if not forgiving or len(word) < ONE_ERROR_FROM or abs(len(word) - len(typed)) > 2 or word[0] != typed[0]:
        return False
    allowed = 2 if len(word) >= TWO_ERRORS_FROM else 1
    return bool(OSA.distance(word, typed, score_cutoff=allowed) <= allowed)


class Patterns:
    """A set of patterns, asked together. Errors of typing are forgiven in words of danger and not in what takes a danger away.

    Between the two, `inside` forgives one error before the ending of a long word.
    """

    def __init__(self, patterns: Iterable[str], forgiving: bool = True, inside: bool = False) -> None:
        self._forgiving, self._inside = forgiving, inside
        self._by_first: dict[str, list[tuple[str, tuple[Element, ...]]]] = {}
        self._starting_with = lru_cache(maxsize=20_000)(self._look_up)
        self._rows_from = lru_cache(maxsize=20_000)(self._look_up_rows)
        for pattern in patterns:
            elements = parse_pattern(pattern)
            for row in elements[0].choices:
                self._by_first.setdefault(row[0], []).append((pattern, elements))

    def match(self, words: list[str]) -> bool:
        return any(self._ends(each, words, place) for place, typed in enumerate(words) for each in self._starting_with(typed).values())

    def found(self, words: list[str]) -> Iterator[tuple[str, int, set[int]]]:
        """Each pattern that stands in the words, where it begins, and the places where it may end."""
        for place, typed in enumerate(words):
            for pattern, elements in self._starting_with(typed).items():
                if ends := self._ends(elements, words, place):
                    yield pattern, place, ends

    def _look_up(self, typed: str) -> dict[str, tuple[Element, ...]]:
        return dict(
            each for first, patterns in self._by_first.items() if _is_same(first, typed, self._forgiving, self._inside) for each in patterns
        )

    def _ends(self, elements: tuple[Element, ...], words: list[str], start: int) -> set[int]:
        """All places that each element can lead to, together: going back over every gap would take exponential time."""
        places = {start}
        for element in elements:
            if element.is_gap:
                places = {place + skipped for place in places for skipped in range(GAP + 1)}
            else:
                places = {end for place in places for end in self._ends_of_rows(element, words, place)}
        return places

    def _ends_of_rows(self, element: Element, words: list[str], place: int) -> Iterator[int]:
        if element.may_be_missing:
            yield place
        for row in self._rows_from(element, words[place]) if place < len(words) else ():
            if self._is_row(row, words, place):
                yield place + len(row)

    def _look_up_rows(self, element: Element, typed: str) -> tuple[tuple[str, ...], ...]:
        return tuple(row for row in element.choices if row and _is_same(row[0], typed, self._forgiving, self._inside))

    def _is_row(self, row: tuple[str, ...], words: list[str], place: int) -> bool:
        return len(row) <= len(words) - place and all(
            _is_same(word, words[place + n], self._forgiving, self._inside) for n, word in enumerate(row)
        )
