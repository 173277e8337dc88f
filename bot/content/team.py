"""How the team that answers in person works: `flows/team.yml` and, over it, `flows/institutions/<name>/team.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from types import MappingProxyType

from bot.content.directory import read_schedules
from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.services import Schedule, Service
from bot.content.yaml_lines import Table

URGENCIES = ("danger", "high", "normal")
MINUTES = ("silent_after", "escalate_after", "tell_every")
KEYS = ("schedules", "open_on_holidays", "reply_within", "resolve_within", *MINUTES, "high", "two_readers", "tags", "conduct")
LONGEST = 100_000  # minutes
WORKING_DAYS = (Schedule("MO,TU,WE,TH,FR", time(9), time(18)),)
_NOWHERE = Where(Path("flows/team.yml"), 1)


@dataclass(frozen=True)
class Conduct:
    version: str = ""
    text: str = ""


@dataclass(frozen=True)
class Team:
    """Minutes are minutes of its hours."""

    schedules: tuple[Schedule, ...] = WORKING_DAYS
    open_on_holidays: bool = False
    reply_within: Mapping[str, int] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(URGENCIES, 120)))
    resolve_within: Mapping[str, int] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(URGENCIES, 1620)))
    silent_after: int = 60
    escalate_after: int = 30
    tell_every: int = 120
    high: tuple[str, ...] = ()  # topics that are taken before others
    two_readers: tuple[str, ...] = ()  # topics on which a second person reads a reply before it goes out
    tags: tuple[str, ...] = ()
    conduct: Conduct = Conduct()
    where: Where = _NOWHERE

    @property
    def hours(self) -> Service:
        """As `offices.opening_at` and `open_spans` read hours."""
        return Service("team", "", "", self.where, schedules=self.schedules, open_on_holidays=self.open_on_holidays)


type Parts = Mapping[str, object]


def read_team(path: Path, table: Table, problems: list[Problem]) -> Parts:
    """What one file says; an institution says only what differs."""
    fields = Fields(path, table, "el equipo", problems)
    fields.only(*KEYS)
    found: dict[str, object] = {"where": Where(path, 1)}
    if "schedules" in table:
        found["schedules"] = read_schedules(fields)
        if not found["schedules"]:
            fields.complain("schedules", "no queda ningún horario", 'escriba `- {byday: "MO,TU", opens_at: "09:00", closes_at: "18:00"}`')
    if "open_on_holidays" in table:
        found["open_on_holidays"] = fields.flag("open_on_holidays")
    for key in ("reply_within", "resolve_within"):
        if key in table:
            found[key] = _terms(fields, key)
    for key in MINUTES:
        if key in table:
            found[key] = fields.minutes(key, LONGEST)
    for key in ("high", "two_readers", "tags"):
        if key in table:
            found[key] = fields.texts(key)
    conduct = fields.inner("conduct")
    if conduct is not None:
        said = Fields(path, conduct, "el código de conducta", problems)
        said.only("version", "text")
        found["conduct"] = Conduct(said.text("version"), said.text("text"))
    return found


def _terms(fields: Fields, key: str) -> Mapping[str, int]:
    inner = fields.inner(key)
    if inner is None:
        return MappingProxyType(dict.fromkeys(URGENCIES, 120))
    terms = Fields(fields.path, inner, f"los plazos de «{key}»", fields.problems)
    terms.only(*URGENCIES)
    return MappingProxyType({name: terms.minutes(name, LONGEST) for name in URGENCIES})


def team_of(layers: list[Parts], base: Path, topics: set[str], problems: list[Problem]) -> Team:
    """One team of all layers, later ones over earlier ones."""
    merged = {name: value for layer in layers for name, value in layer.items()}
    team = Team(**merged)  # type: ignore[arg-type]
    for key, named in (("high", team.high), ("two_readers", team.two_readers)):
        for topic in named:
            if topic not in topics:
                problems.append(
                    Problem(team.where.file, 1, f"«{topic}», en «{key}», no es un tema", "use el nombre de un archivo de domain/")
                )
    if not team.conduct.text or not team.conduct.version or len(team.conduct.version) > 16:
        problems.append(
            Problem(
                base, 1, "el código de conducta no tiene texto o versión de hasta 16 letras", "escriba `conduct: {version: …, text: …}`"
            )
        )
    return team
