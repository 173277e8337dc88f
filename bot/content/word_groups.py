"""Groups of words that patterns of practice cases name: `<papers>` stands for every row of the group, in braces or alone."""

import re
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

from bot.content.fields import Fields
from bot.content.patterns import PatternError

Groups = Mapping[str, tuple[str, ...]]  # by name; rows of words, without other groups

_GROUP = re.compile(r"<(\w+)>")
_PIECE = re.compile(r"(?P<open>[{\[])(?P<rows>[^{}\[\]]*)[}\]]|<\w+>")


def read_groups(fields: Fields) -> Groups:
    """A group may name those that stand above it."""
    groups: dict[str, tuple[str, ...]] = {}
    for name in fields.table:
        try:
            groups[name] = tuple(each for row in fields.texts(name, required=True) for each in _rows(row, groups))
        except PatternError as error:
            fields.complain(name, str(error), "escriba palabras, o grupos que estén más arriba")
    return MappingProxyType(groups)


def named_in(pattern: str) -> list[str]:
    return _GROUP.findall(pattern)


def written_out(pattern: str, groups: Groups) -> str:
    """The pattern with its groups as choices of words."""

    def whole(piece: re.Match[str]) -> str:
        if piece["open"] is None:
            return "{" + "|".join(_rows(piece[0], groups)) + "}"
        return piece["open"] + "|".join(each for row in piece["rows"].split("|") for each in _rows(row, groups)) + piece[0][-1]

    return _PIECE.sub(whole, pattern) if "<" in pattern else pattern


def _rows(row: str, groups: Groups) -> list[str]:
    """One row for each of the words that a group in it stands for."""
    if "<" not in row:
        return [row]
    for name in named_in(row):
        if name not in groups:
            raise PatternError(f"«{row}» nombra el grupo «{name}», que no está")
    pieces = [groups[piece] if place % 2 else (piece,) for place, piece in enumerate(_GROUP.split(row))]
    return ["".join(words) for words in product(*pieces)]
