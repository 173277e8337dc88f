"""Inviting many officials at once, from a table as a spreadsheet writes it: every line is right, or nobody is invited."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.content.municipalities import Municipalities, Municipality
from bot.content.published import Content
from bot.courses import learners
from bot.courses.learners import Place
from bot.courses.links import invitation_link
from bot.errors import RefusedError
from bot.numbers.rows import harmless
from bot.permissions import Actor
from bot.records.learning import Learner

MOST = 1_000  # lines: one transaction
COLUMNS = ("oficina", "municipio", "puesto", "organizacion")
OTHER_NAMES = {"office": 0, "municipality": 1, "clave_municipio": 1, "post": 2, "organization": 3, "organización": 3}
FIRST_LINE = (*COLUMNS, "clave_municipio", "referencia", "enlace", "vence")
TAGS = ("#org+name", "#adm2+name", "#meta+post", "#org+code", "#adm2+code", "#meta+id", "#meta+url", "#date+end")


@dataclass(frozen=True)
class Invitation:
    learner: Learner
    link: str


@dataclass(frozen=True)
class WrongLine:
    line: int
    why: str

    def __str__(self) -> str:
        return f"Línea {self.line}: {self.why}"


class WrongLinesError(RefusedError):
    """Lines that cannot be read. Nobody was invited."""

    def __init__(self, wrong: Sequence[WrongLine]) -> None:
        super().__init__(". ".join(map(str, wrong)))
        self.wrong = tuple(wrong)


def text_of(content: bytes) -> str:
    """A file of a spreadsheet: UTF-8, or what Excel writes on Windows."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_places(text: str, content: Content) -> list[Place]:
    """One for each line. Raises RefusedError, or WrongLinesError with everything that is wrong."""
    found, wrong = list[Place](), list[WrongLine]()
    for line, cells in _lines(text):
        if len(found) + len(wrong) >= MOST:
            raise RefusedError(f"Son más de {MOST} líneas; parta la lista en varias")
        try:
            place = _place(cells, content)
            learners.check(content, place)
            found.append(place)
        except RefusedError as error:
            wrong.append(WrongLine(line, str(error)))
    if wrong:
        raise WrongLinesError(wrong)
    if not found:
        raise RefusedError("No hay ninguna línea: escriba en cada una oficina, municipio y puesto")
    return found


def invite(session: Session, by: Actor, content: Content, places: Sequence[Place], bot_name: str | None, now: datetime) -> list[Invitation]:
    """All of them or nobody. Raises RefusedError."""
    made = (learners.invite(session, by, content, place, now) for place in places)
    return [Invitation(learner, invitation_link(bot_name, token)) for learner, token in made]


def municipality_of(municipalities: Municipalities, typed: str) -> Municipality:
    """By INEGI's key or by its name, with the state where several have it. Raises RefusedError."""
    typed = typed.strip()
    if typed.isdecimal():
        known = municipalities.get(typed.zfill(5))  # a spreadsheet takes 01001 for a number
        if known:
            return known
        raise RefusedError(f"«{typed}» no es la clave de un municipio: son cinco cifras del INEGI, como 21114 (Puebla)")
    found = municipalities.named(typed)
    if len(found) == 1:
        return found[0]
    if found:
        several = "; ".join(f"{place.key} {place.title}" for place in found[:4])
        raise RefusedError(f"hay varios municipios «{typed}»: escriba la clave ({several})")
    near = "; ".join(f"{place.key} {place.title}" for place in municipalities.find(typed, most=3))
    raise RefusedError(f"no se encuentra el municipio «{typed}»" + (f"; ¿es uno de estos? {near}" if near else ""))


def as_csv(invitations: Sequence[Invitation], content: Content) -> str:
    """With the links, which are kept nowhere. It can be read again: the columns of the list are the first."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(FIRST_LINE)
    writer.writerow(TAGS)
    for each in invitations:
        learner = each.learner
        place, post = content.municipalities.get(learner.municipality), content.learning.posts.get(learner.post, learner.post)
        until = learner.invitation_expires_at
        cells = (
            learner.office, place.title if place else "", post, learner.organization_id or "",
            learner.municipality, learner.reference, each.link, f"{until:%Y-%m-%d}" if until else "",
        )  # fmt: skip
        writer.writerow([harmless(cell) for cell in cells])
    return made.getvalue()


def _lines(text: str) -> Iterator[tuple[int, Mapping[int, str]]]:
    """The number of each line as an editor shows it, and its cells by the columns above. Names and HXL tags may come first."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    sign = max(",;\t", key=first.count)
    places: Sequence[int | None] | None = None
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=sign)
    try:
        for cells in rows:
            clean = [_whole(cell) for cell in cells]
            if not any(clean) or clean[0].startswith("#"):
                continue
            if places is None:
                names = [_column(cell) for cell in clean]
                places = names if names[0] is not None else [0, 1, 2, 3]
                if names[0] is not None:
                    continue
            yield rows.line_num, _by_column(places, clean)
    except csv.Error:
        raise RefusedError(f"La línea {rows.line_num} no se puede leer; guarde la tabla otra vez como CSV") from None


def _by_column(places: Sequence[int | None], cells: Sequence[str]) -> dict[int, str]:
    """What is said twice (the municipality by name and by key) counts as it stands last."""
    return {place: cell for place, cell in zip(places, cells, strict=False) if place is not None and cell}


def _column(cell: str) -> int | None:
    name = cell.casefold().replace(" ", "_")
    return COLUMNS.index(name) if name in COLUMNS else OTHER_NAMES.get(name)


def _whole(cell: str) -> str:
    """Without the sign that keeps a spreadsheet from taking it for a formula (`harmless`)."""
    clean = " ".join(cell.split())
    return clean[1:] if clean.startswith("'") and harmless(clean[1:]) != clean[1:] else clean


def _place(cells: Mapping[int, str], content: Content) -> Place:
    missing = [name for at, name in enumerate(COLUMNS[:3]) if not cells.get(at)]
    if missing:
        raise RefusedError(f"falta {' y '.join(missing)}")
    municipality = municipality_of(content.municipalities, cells[1])
    return Place(cells[0], municipality.key, _post(content, cells[2]), cells.get(3))


def _post(content: Content, typed: str) -> str:
    posts = {
        **{title.casefold(): value for value, title in content.learning.posts.items()},
        **{each: each for each in content.learning.posts},
    }
    return posts.get(typed.casefold(), typed)
