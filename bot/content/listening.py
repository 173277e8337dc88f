"""What practice cases add to patterns: `a + b`, both in any order; `a - b`, a without b; and a denial shortly before takes a pattern back.

Words of danger are looked for without any of this (danger.py).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.content.patterns import PatternError, Patterns, parse_pattern

REACH = 3  # words that may stand between a denial and what it denies

_SIGN = re.compile(r"\s+([+-])\s+")


@dataclass(frozen=True)
class Wanted:
    """Sides of one pattern, each a row of words."""

    all_of: tuple[str, ...]
    none_of: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[str, ...]:
        return (*self.all_of, *self.none_of)

    def stands(self, said: Collection[str], without: Collection[str]) -> bool:
        return all(side in said for side in self.all_of) and not any(side in without for side in self.none_of)


def wanted(pattern: str) -> Wanted:
    """Raises PatternError where a side cannot be read."""
    first, *rest = _SIGN.split(pattern)
    signed = [("+", first), *zip(rest[::2], rest[1::2], strict=True)]
    for _, side in signed:
        if not side:
            raise PatternError(f"«{pattern}» tiene un signo sin palabras a un lado")
        parse_pattern(side)
    return Wanted(tuple(side for sign, side in signed if sign == "+"), tuple(side for sign, side in signed if sign == "-"))


class Listener:
    """Patterns asked of one part of a sentence. Typing errors are never forgiven in what takes a pattern back."""

    def __init__(self, patterns: Iterable[str], unless: Iterable[str], not_after: Iterable[str], forgiving: bool) -> None:
        self._wanted = [wanted(pattern) for pattern in patterns]
        self._unless = [wanted(pattern) for pattern in unless]
        self._sides = Patterns({side for each in self._wanted for side in each.all_of}, forgiving, inside=not forgiving)
        against = {side for each in self._wanted for side in each.none_of}
        self._against = Patterns(against | {side for each in self._unless for side in each.sides}, False)
        self._not_after = Patterns(not_after, False)

    def hears(self, words: list[str]) -> bool:
        denied = {end + skipped for _, _, ends in self._not_after.found(words) for end in ends for skipped in range(REACH + 1)}
        said = {side for side, start, _ in self._sides.found(words) if start not in denied}
        if not said:
            return False
        without = {side for side, _, _ in self._against.found(words)}
        return any(each.stands(said, without) for each in self._wanted) and not any(each.stands(without, without) for each in self._unless)
