"""The privacy notice: `flows/notice.yml` and, over it, `flows/institutions/<name>/notice.yml`.

The law says what the simplified and the full notice must name: Ley General de Protección de Datos Personales en Posesión de Sujetos
Obligados (DOF 20-03-2025). Who operates the assistant fills in its own name, address and unit; what nobody has published is not invented,
and the notice says that it is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.fields import Fields
from bot.content.problems import Problem
from bot.content.review import Where
from bot.content.yaml_lines import Table

FIELDS = ("version", "responsible", "address", "unit", "unit_contact", "purposes", "sensitive", "legal_basis", "refuse", "full_at")
REQUIRED = ("version", "purposes", "sensitive", "legal_basis", "refuse", "full_at")


@dataclass(frozen=True)
class Purpose:
    says: str
    needs_consent: bool


@dataclass(frozen=True)
class Notice:
    version: str
    purposes: tuple[Purpose, ...]
    sensitive: tuple[str, ...]  # data whose misuse may harm
    legal_basis: tuple[str, ...]
    refuse: str  # how to say no
    full_at: str  # where the full notice is
    where: Where
    responsible: str = ""  # empty: not published
    address: str = ""  # name of a fact
    unit: str = ""  # the unit that takes ARCO requests
    unit_contact: str = ""  # name of a fact

    @property
    def texts(self) -> tuple[str, ...]:
        """What is translated."""
        own = (self.responsible, self.unit, self.refuse, self.full_at)
        return (*(each.says for each in self.purposes), *self.sensitive, *self.legal_basis, *filter(None, own))


NO_NOTICE = Notice("", (), (), (), "", "", Where(Path("flows/notice.yml"), 1))
"""For content made without files."""

type Parts = Mapping[str, object]


def read_notice(path: Path, table: Table, problems: list[Problem]) -> Parts:
    """What one file says; an institution says only what differs."""
    fields = Fields(path, table, "el aviso de privacidad", problems)
    fields.only(*FIELDS)
    found: dict[str, object] = {"where": Where(path, 1)}
    for name in ("version", "responsible", "address", "unit", "unit_contact", "refuse", "full_at"):
        if fields.text(name, required=False):
            found[name] = fields.text(name)
    for name in ("sensitive", "legal_basis"):
        if fields.texts(name):
            found[name] = fields.texts(name)
    purposes = [Fields(path, entry, "una finalidad del aviso", problems) for entry in fields.tables("purposes")]
    if purposes:
        found["purposes"] = tuple(_purpose(each) for each in purposes)
    return found


def _purpose(fields: Fields) -> Purpose:
    fields.only("says", "needs_consent")
    if "needs_consent" not in fields.table:
        fields.complain(None, "no dice si pide permiso", "agregue `needs_consent: true` o `needs_consent: false`")
    return Purpose(fields.text("says"), fields.flag("needs_consent"))


def made_of(layers: list[Parts], base: Path, problems: list[Problem]) -> Notice:
    """One notice of all layers, later ones over earlier ones."""
    merged = {name: value for layer in layers for name, value in layer.items()}
    for name in REQUIRED:
        if not merged.get(name):
            problems.append(Problem(base, 1, f"el aviso de privacidad no lleva «{name}», que la ley pide", f"agregue `{name}: …`"))
            merged[name] = () if name in ("purposes", "sensitive", "legal_basis") else ""
    purposes = merged["purposes"]
    assert isinstance(purposes, tuple), "read_notice makes it"
    if purposes and not any(each.needs_consent for each in purposes):
        problems.append(Problem(base, 1, "ninguna finalidad pide permiso", "marque con `needs_consent: true` las que lo piden"))
    if len(str(merged["version"])) > 16:
        problems.append(Problem(base, 1, "«version» del aviso pasa de 16 letras", "escriba una fecha: 2026-11-22"))
    return Notice(**merged)  # type: ignore[arg-type]
