"""How officials learn here: `flows/learning.yml`. Hours of silence, when to remind and to ask again, what is reported, what they accept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from types import MappingProxyType

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.yaml_lines import Table

KEYS = (
    "quiet", "weekdays_only", "reminders", "recall", "smallest_group", "refreshed_within", "issuer", "privacy", "privacy_version",
    "targets", "posts",
)  # fmt: skip
LEAST_OF_A_GROUP = 5
_NOWHERE = Where(Path("flows/learning.yml"), 1)


@dataclass(frozen=True)
class Target:
    """How many officials of each municipality of a state are to have a certificate. `pending`: nobody has set it yet."""

    state: str
    per_municipality: int
    says: str
    pending: bool


@dataclass(frozen=True)
class Learning:
    quiet_from: time = time(20)
    quiet_to: time = time(9)
    weekdays_only: bool = True
    reminders: tuple[int, ...] = (3, 7, 21)  # days without going on
    recall: tuple[int, ...] = (1, 3, 7, 21, 60)  # days until a question comes back, by how often it was known
    smallest_group: int = LEAST_OF_A_GROUP  # of fewer people nothing is reported
    refreshed_within: int = 30  # days to read a protocol that changed
    issuer: str = "Puente"
    proves: str = ""  # what a certificate proves and what not
    privacy: str = ""
    privacy_version: str = ""
    targets: tuple[Target, ...] = ()
    posts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    where: Where = _NOWHERE


def read_learning(path: Path, table: Table, problems: list[Problem]) -> Learning:
    fields = Fields(path, table, "los cursos", problems)
    fields.only(*KEYS)
    quiet = Fields(path, fields.inner("quiet") or Table(), "las horas de silencio", problems)
    quiet.only("from", "to")
    issuer = Fields(path, fields.inner("issuer") or Table(), "quien expide las constancias", problems)
    issuer.only("name", "says")
    posts: dict[str, str] = {}
    for entry in fields.tables("posts", required=True):
        post = Fields(path, entry, f"el puesto {entry.get('value', '?')}", problems)
        post.only("value", "title")
        posts[post.text("value")] = post.title("title")
    smallest = fields.count("smallest_group") or 0
    if smallest < LEAST_OF_A_GROUP:
        fields.complain("smallest_group", "el grupo es demasiado pequeño", f"escriba {LEAST_OF_A_GROUP} o más")
    return Learning(
        quiet.clock("from") or time(20), quiet.clock("to") or time(9), fields.flag("weekdays_only"), _days(fields, "reminders"),
        _days(fields, "recall"), smallest, fields.days("refreshed_within"), issuer.text("name"), issuer.text("says"),
        fields.text("privacy"), fields.text("privacy_version"), tuple(_target(path, entry, problems) for entry in fields.tables("targets")),
        MappingProxyType(posts), fields.where,
    )  # fmt: skip


def _days(fields: Fields, key: str) -> tuple[int, ...]:
    """Days that grow."""
    written = fields.texts(key, required=True)
    days = tuple(int(each) for each in written if each.isdecimal())
    if len(days) < len(written) or not days or list(days) != sorted(set(days)) or days[0] < 1:
        fields.complain(key, f"«{key}» debe llevar días que crecen", f"escriba `{key}: [3, 7, 21]`")
        return (1,)
    return days


def _target(path: Path, entry: Table, problems: list[Problem]) -> Target:
    fields = Fields(path, entry, f"la meta de {entry.get('state', '?')}", problems)
    fields.only("state", "per_municipality", "says", "pending")
    return Target(fields.text("state"), fields.count("per_municipality") or 0, fields.text("says"), fields.flag("pending"))
