"""Patterns that several practice cases listen for: a promise, an hour, a request for papers. Written once, in flows/practice_words.yml.

Beside them the file has `groups`, words that patterns name as `<group>`, and `apart`, what ends a part of a sentence as a comma does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.content.fields import Fields
from bot.content.listening import wanted
from bot.content.patterns import PatternError
from bot.content.problems import Problem
from bot.content.word_groups import Groups, named_in, read_groups, written_out
from bot.content.yaml_lines import Table

ONE_SIDED = ("not_after", "apart")  # where it begins and ends is asked, so it is one row of words


@dataclass(frozen=True)
class WordList:
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()  # takes a pattern back where it stands in the same sentence
    not_after: tuple[str, ...] = ()  # takes a pattern back that begins soon after it


@dataclass(frozen=True)
class PracticeWords:
    lists: Mapping[str, WordList] = MappingProxyType({})
    groups: Groups = MappingProxyType({})
    apart: tuple[str, ...] = ()


def read_practice_words(path: Path, table: Table, problems: list[Problem]) -> PracticeWords:
    file = Fields(path, table, "las palabras de los casos", problems)
    groups = read_groups(Fields(path, file.inner("groups") or Table(1), "los grupos", problems))
    lists = {}
    for name in table:
        if name in ("groups", "apart"):
            continue
        fields = Fields(path, file.inner(name) or Table(table.line_of(name)), f"la lista {name}", problems)
        fields.only("any", "unless", "not_after")
        if "any" not in fields.table:
            fields.complain(None, "no tiene palabras", "agregue `any: […]`")
        lists[name] = WordList(*(read_patterns(fields, key, groups) for key in ("any", "unless", "not_after")))
    return PracticeWords(MappingProxyType(lists), groups, read_patterns(file, "apart", groups))


def read_patterns(fields: Fields, key: str, groups: Groups | None = None) -> tuple[str, ...]:
    """Those that can be read, with the groups written out; without groups they are left for later."""
    read = []
    for pattern in fields.texts(key):
        try:
            whole = written_out(pattern, dict.fromkeys(named_in(pattern), ("palabra",)) if groups is None else groups)
            if len(wanted(whole).sides) > 1 and key in ONE_SIDED:
                raise PatternError(f"«{pattern}» tiene un signo que no sirve en «{key}»")
        except PatternError as error:
            fields.complain(key, str(error), "lea las notas al principio de flows/safety.yml y de flows/practice_words.yml")
        else:
            read.append(pattern if groups is None else whole)
    return tuple(read)


def with_groups(patterns: Iterable[str], groups: Groups, complain: Callable[[str], None]) -> Iterator[str]:
    """Of patterns that were read before the groups were known. What names one that is not there, or that makes
    no pattern of it, is left out."""
    for pattern in patterns:
        try:
            whole = written_out(pattern, groups)
            wanted(whole)
        except PatternError as error:
            complain(str(error))
        else:
            yield whole
