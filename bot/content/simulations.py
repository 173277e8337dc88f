"""Practice cases as data: a made-up person who writes, and what is scored of how an official attends to her. One case a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from bot.content.courses import validation
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Review, Where
from bot.content.word_lists import PracticeWords, WordList, read_patterns, with_groups
from bot.content.yaml_lines import Table

LONGEST_CRITERION = 60  # characters of its title
FIELDS = (
    "title", "says", "version", "topic", "office", "owner", "sources", "reviewed_on", "review_in", "expires_on", "validation", "pass",
    "opens", "replies", "otherwise", "refer_to", "criteria",
)  # fmt: skip
CRITERION_FIELDS = (
    "id", "title", "points", "kind", "because", "any", "unless", "not_after", "words", "action", "to", "before", "within", "essential",
)  # fmt: skip


class Action(StrEnum):
    """What an official can press in a case."""

    MARK_DANGER = "mark_danger"
    ASK_CONSENT = "ask_consent"
    REFER = "refer"
    END = "end"


class Kind(StrEnum):
    SAYS = "says"
    PRESSES = "presses"
    NEVER = "never"  # kept unless it is said


USELESS: Mapping[Kind, tuple[str, ...]] = MappingProxyType({
    Kind.SAYS: ("action", "to"), Kind.PRESSES: (), Kind.NEVER: ("action", "to", "before", "within"),
})  # fmt: skip


@dataclass(frozen=True)
class PersonReply:
    """Said once: when the official writes one of the patterns, presses `on`, or does what the criterion `breaks` forbids."""

    id: str
    says: str
    patterns: tuple[str, ...] = ()
    on: Action | None = None
    breaks: str = ""
    words: tuple[str, ...] = ()  # lists whose patterns count too


@dataclass(frozen=True)
class Criterion:
    id: str
    title: str
    points: int
    kind: Kind
    because: str  # why it matters
    patterns: tuple[str, ...] = ()  # of `presses`: words that count as the press
    unless: tuple[str, ...] = ()  # takes a pattern back where it stands in the same sentence
    action: Action | None = None
    to: tuple[str, ...] = ()  # the organizations that are right
    before: Action | None = None
    within: int = 0  # moves of the official; 0: all
    essential: bool = False
    words: tuple[str, ...] = ()  # lists whose patterns count too
    not_after: tuple[str, ...] = ()  # takes a pattern back that begins soon after it
    apart: tuple[str, ...] = ()  # ends a part of a sentence, of all cases


@dataclass(frozen=True)
class Simulation:
    name: str
    title: str
    says: str  # what is practised
    version: str
    topic: str
    office: str
    pass_percent: int
    opens: tuple[str, ...]
    replies: tuple[PersonReply, ...]
    otherwise: tuple[str, ...]
    refer_to: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    review: Review
    where: Where
    pending: bool = False  # of being validated

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """All that is read in the chat, each with what it is."""
        yield from (("el título", self.title), ("la frase", self.says))
        yield from (("el mensaje", line) for line in (*self.opens, *self.otherwise))
        yield from ((f"la respuesta {reply.id}", reply.says) for reply in self.replies)
        for criterion in self.criteria:
            yield f"el título del criterio {criterion.id}", criterion.title
            yield f"la razón del criterio {criterion.id}", criterion.because


def read_simulation(path: Path, table: Table, problems: list[Problem]) -> Simulation | None:
    fields = Fields(path, table, f"el caso {path.stem}", problems)
    fields.only(*FIELDS)
    title, says, version, topic, office = fields.title("title"), *(fields.text(key) for key in ("says", "version", "topic", "office"))
    pass_percent = _number(fields, "pass", 100)
    opens, otherwise, refer_to = (fields.texts(key, required=True) for key in ("opens", "otherwise", "refer_to"))
    replies = tuple(_reply(fields, entry) for entry in fields.tables("replies", required=True))
    criteria = tuple(_criterion(fields, entry) for entry in fields.tables("criteria", required=True))
    for what, names in (("replies", [each.id for each in replies]), ("criteria", [each.id for each in criteria]), ("refer_to", refer_to)):
        for name in sorted({each for each in names if names.count(each) > 1}):
            fields.complain(what, f"«{name}» está repetido", "dé a cada uno su propio nombre")
    pending, review = not validation(fields), fields.review()
    if review is None or not opens or not otherwise or not criteria:
        return None
    return Simulation(
        path.stem, title, says, version, topic, office, pass_percent, opens, replies, otherwise, refer_to, criteria, review, fields.where,
        pending,
    )  # fmt: skip


def with_words(simulation: Simulation, words: PracticeWords, problems: list[Problem]) -> Simulation:
    """The lists that the case names and the groups that its patterns name, written out."""

    def complain(wrong: str) -> None:
        problems.append(simulation.where.problem(f"{simulation.name}: {wrong}", "está en practice_words.yml"))

    def whole(own: tuple[str, ...], *lists: tuple[str, ...]) -> tuple[str, ...]:
        return (*with_groups(own, words.groups, complain), *(pattern for each in lists for pattern in each))

    named = {name for criterion in simulation.criteria for name in criterion.words}
    named |= {name for reply in simulation.replies for name in reply.words}
    for name in sorted(named - set(words.lists)):
        complain(f"usa la lista «{name}», que no existe")
    criteria = []
    for criterion in simulation.criteria:
        found = _lists(criterion.words, words.lists)
        criteria.append(replace(
            criterion, patterns=whole(criterion.patterns, *(each.patterns for each in found)), apart=words.apart,
            unless=whole(criterion.unless, *(each.unless for each in found)),
            not_after=whole(criterion.not_after, *(each.not_after for each in found)),
        ))  # fmt: skip
    replies = [
        replace(reply, patterns=whole(reply.patterns, *(each.patterns for each in _lists(reply.words, words.lists))))
        for reply in simulation.replies
    ]
    return replace(simulation, criteria=tuple(criteria), replies=tuple(replies))


def _lists(names: tuple[str, ...], lists: Mapping[str, WordList]) -> list[WordList]:
    return [lists[name] for name in names if name in lists]


def _reply(case: Fields, entry: Table) -> PersonReply:
    fields = Fields(case.path, entry, f"la respuesta {entry.get('id', '?')}", case.problems)
    fields.only("id", "if", "words", "on", "breaks", "says")
    patterns, on = read_patterns(fields, "if"), _one_of(fields, "on", Action)
    if not any(entry.get(key) for key in ("if", "words", "on", "breaks")):
        fields.complain(None, "no se dice nunca", "agregue `if:` con lo que escribe quien atiende, u `on:` con el botón que toca")
    return PersonReply(fields.text("id"), fields.text("says"), patterns, on, fields.text("breaks", required=False), fields.texts("words"))


def _criterion(case: Fields, entry: Table) -> Criterion:
    fields = Fields(case.path, entry, f"el criterio {entry.get('id', '?')}", case.problems)
    fields.only(
        "id", "title", "points", "kind", "because", "any", "unless", "not_after", "words", "action", "to", "before", "within", "essential"
    )
    kind = _one_of(fields, "kind", Kind, required=True) or Kind.SAYS
    title = fields.text("title")
    if len(title) > LONGEST_CRITERION:
        fields.complain("title", f"«{title}» es muy largo", f"escriba hasta {LONGEST_CRITERION} caracteres")
    needed = ("action",) if kind is Kind.PRESSES else ("any", "words")
    if not any(entry.get(key) for key in needed):
        fields.complain(None, f"falta «{needed[0]}»", f"un criterio `{kind}` lleva `{needed[0]}:`")
    for key in USELESS[kind]:
        if key in entry:
            fields.complain(key, f"«{key}» no sirve en un criterio `{kind}`", "quite la línea")
    return Criterion(
        fields.text("id"), title, _number(fields, "points", 100), kind, fields.text("because"), read_patterns(fields, "any"),
        read_patterns(fields, "unless"), _one_of(fields, "action", Action), fields.texts("to"), _one_of(fields, "before", Action),
        _number(fields, "within", 99) if "within" in entry else 0, fields.flag("essential"), fields.texts("words"),
        read_patterns(fields, "not_after"),
    )  # fmt: skip


def _one_of[Chosen: StrEnum](fields: Fields, key: str, known: type[Chosen], required: bool = False) -> Chosen | None:
    value = fields.text(key, required=required)
    if value and value not in known:
        fields.complain(key, f"«{value}» no se conoce", f"use uno de estos: {', '.join(known)}")
    return known(value) if value in known else None


def _number(fields: Fields, key: str, most: int) -> int:
    number = fields.count(key)
    if number is None and key in fields.table:
        return 1  # complained of
    if number is None or not 1 <= number <= most:
        fields.complain(key, f"«{key}» debe ser un número, de 1 a {most}", f"escriba `{key}: 10`")
        return 1
    return number
