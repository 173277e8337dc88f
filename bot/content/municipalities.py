"""The municipalities of Mexico by INEGI key, found by a name as people type it or by a shared location.

Keys, names and population: INEGI, census of 2020. Where a seat lies: GeoNames (geonames.org, CC BY 4.0).
"""

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, radians
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.content.problems import Problem
from nlu.components.spelling import by_sound

COLUMNS = ("key", "state", "name", "seat", "population", "latitude", "longitude")
ALIKE = 84  # of 100: how alike a typed name and a place's must be
FARTHEST = 1.5  # degrees from the nearest known seat: farther out nobody is in Mexico

NICKNAMES = {"nesa": "nezahualcoyotl", "puebla kapital": "puebla", "la kapital": "puebla", "ekatepek": "ecatepec de morelos"}
"""What people call a place, by sound."""

_OPENING = re.compile(
    r"^(?:(?:yo|aora|aorita|aki) )*"
    r"(?:(?:boy|bamos) a (?:yegar a |ir a )?|(?:bengo|soi|somos|soy) de |(?:bibo|bibimos|estoy|estamos|ando) en )?"
    r"(?:en |de |desde |a )?(?:el )?(?:munisipio de |pueblo de )?"
)

SUFFIXES = (" de juarez", " de zaragoza", " de matamoros", " de bravo", " de berriozabal", " de morelos", " de baz")


@dataclass(frozen=True)
class Municipality:
    key: str  # INEGI: two digits of the state, three of the municipality
    name: str
    state: str
    seat: str
    population: int
    point: tuple[float, float] | None = None  # latitude and longitude of its seat in degrees, where GeoNames has it

    @property
    def title(self) -> str:
        return f"{self.name}, {self.state}"


@dataclass(frozen=True)
class Municipalities:
    places: tuple[Municipality, ...]
    home_states: tuple[str, ...] = ("21", "15")  # INEGI state keys preferred when a name is found in several states

    @cached_property
    def _by_key(self) -> dict[str, Municipality]:
        return {place.key: place for place in self.places}

    @cached_property
    def _by_sound(self) -> dict[str, list[Municipality]]:
        found: dict[str, list[Municipality]] = {}
        for place in self.places:
            for name in names_of(place):
                places = found.setdefault(by_sound(name), [])
                if place not in places:
                    places.append(place)
        for place in self.places:  # the seat's name too, where no municipality has it
            if place.key[:2] in self.home_states and by_sound(place.seat) not in found:
                found[by_sound(place.seat)] = [place]
        return found

    def _inside(self, words: list[str]) -> list[Municipality]:
        """A place named among other words: "cerca de tehuacan", "atlixco pue"."""
        for size in range(len(words) - 1, 0, -1):
            for at in range(len(words) - size + 1):
                name = " ".join(words[at : at + size])
                near_home = [place for place in self._by_sound.get(name, []) if place.key[:2] in self.home_states]
                if len(name) >= 5 and near_home:
                    return near_home
        return []

    @cached_property
    def _states(self) -> set[str]:
        return {by_sound(place.state) for place in self.places} | {"edomeks"}

    def get(self, key: str) -> Municipality | None:
        return self._by_key.get(key)

    def nearest(self, latitude: float, longitude: float) -> Municipality | None:
        """The municipality whose seat is nearest; None outside of Mexico."""

        def distance(place: Municipality) -> float:
            assert place.point is not None, "only places with a point are compared"
            return hypot(place.point[0] - latitude, (place.point[1] - longitude) * cos(radians(latitude)))

        nearest = min((place for place in self.places if place.point), key=distance, default=None)
        return nearest if nearest and distance(nearest) <= FARTHEST else None

    def is_only_name(self, typed: str) -> bool:
        """Is it a place, whole or in part, and nothing beside it? "Puebla, me secuestraron" is not."""
        sound = _OPENING.sub("", by_sound(typed))
        sound = by_sound(NICKNAMES.get(sound, sound))
        return bool(sound) and any(_is_part_or_alike(sound, place) for place in self.find(typed))

    def named(self, typed: str) -> list[Municipality]:
        """Those of that very name, without guessing: "Tlaxco" are two, "Tlaxco, Puebla" is one."""
        name, _, state = typed.partition(",")
        sound, wanted = by_sound(name), by_sound(state).replace("edomeks", "meksiko")
        found = [place for place in self._by_sound.get(sound, []) if by_sound(place.name) == sound]
        return [place for place in found if by_sound(place.state) == wanted] if wanted else found

    def find(self, typed: str, most: int = 4) -> list[Municipality]:
        """The places a person may mean, the likeliest first; empty when nothing is near enough."""
        name, _, state = typed.partition(",")
        sound = _OPENING.sub("", by_sound(name))
        sound = by_sound(NICKNAMES.get(sound, sound))
        if len(sound) < 3:
            return []
        for known in () if sound in self._by_sound or state else sorted(self._states, key=len, reverse=True):
            if sound.endswith(f" {known}"):
                sound, state = sound.removesuffix(f" {known}").removesuffix(" estado de"), known
                break
        found = list(self._by_sound.get(sound, []))
        if len(found) <= 1 and len(sound) >= 5:
            whole = [place for place in self.places if f" {sound} " in f" {by_sound(place.name)} " and place not in found]
            near_home = [place for place in whole if place.key[:2] in self.home_states]
            found += (near_home or whole) if not found else []
        if not found and len(sound) >= 5:
            near = process.extract(sound, self._by_sound.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=most)
            for match, _score, _index in near:
                found += [place for place in self._by_sound[match] if place not in found]
        found = found or self._inside(sound.split())
        if state.strip():
            wanted = by_sound(state).replace("edomeks", "meksiko")
            within = [place for place in found if by_sound(place.state) == wanted or wanted in by_sound(place.state)]
            found = within or found
        found.sort(key=lambda place: (place.key[:2] not in self.home_states, -place.population))
        return found[:most]


def names_of(place: Municipality) -> set[str]:
    """The name itself and the short forms people use: "Naucalpan" for Naucalpan de Juárez, "Texmelucan"."""
    names = {place.name}
    lowered = place.name.lower()
    for suffix in SUFFIXES:
        accentless = by_sound(lowered)
        if accentless.endswith(by_sound(suffix)):
            names.add(" ".join(place.name.split()[: -len(suffix.split())]))
    words = place.name.split()
    if len(words) >= 2 and words[0] in ("San", "Santa", "Santo") and len(words[-1]) >= 8:
        names.add(words[-1])
    if len(words) >= 3 and words[1] in ("de", "del") and len(words[0]) >= 6:
        names.add(words[0])
    return names


def _is_part_or_alike(sound: str, place: Municipality) -> bool:
    title = by_sound(place.title)
    names = {title, *map(by_sound, names_of(place))}
    return set(sound.split()) <= set(title.split()) or any(fuzz.ratio(sound, name) >= ALIKE for name in names)


def _point(row: dict[str, str]) -> tuple[float, float] | None:
    try:
        return float(row["latitude"]), float(row["longitude"])
    except ValueError:
        return None


def read_places(path: Path, problems: list[Problem]) -> tuple[Municipality, ...]:
    places = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                problems.append(Problem(path, 1, "la primera línea no tiene los nombres de las columnas", f"escriba {','.join(COLUMNS)}"))
                return ()
            for row in rows:
                if None in row or None in row.values() or not re.fullmatch("[0-9]+", row["population"]):
                    problems.append(
                        Problem(path, rows.line_num, "faltan columnas o la población no es un número", f"escriba {','.join(COLUMNS)}")
                    )
                    continue
                places.append(Municipality(row["key"], row["name"], row["state"], row["seat"], int(row["population"]), _point(row)))
    except (OSError, UnicodeDecodeError, csv.Error):
        problems.append(Problem(path, 1, "no se puede leer el archivo", "vuelva a ponerlo en su lugar, como texto UTF-8"))
    return tuple(places)
