"""Translations: gettext catalogues whose source text is the Spanish of flows/.

A fuzzy entry is never used: Babel makes it from a similar, different text, which may say the opposite. An entry with the
translator's comment `sin revisar` is used and marked as unreviewed to whoever reads it; a reviewer takes the comment away.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from bot.content.files import files_in
from bot.content.languages import LANGUAGES
from bot.content.problems import Problem
from bot.content.published import LONGEST_TEXT, PLACEHOLDER, Catalogue

UNREVIEWED = "sin revisar"


def read_catalogues(folder: Path, problems: list[Problem]) -> Mapping[str, Catalogue]:
    catalogues = {}
    for path in files_in(folder, ".po"):
        if path.stem not in LANGUAGES:
            problems.append(Problem(path, 1, f"«{path.stem}» no es un idioma de Puente", f"use uno de estos: {', '.join(LANGUAGES)}"))
            continue
        try:
            with path.open("rb") as file:
                catalogue = read_po(file, locale=path.stem, abort_invalid=True)
        except (PoFileError, OSError, ValueError) as error:
            problems.append(
                Problem(path, 1, f"no se puede leer el archivo de traducciones: {error}", "ábralo en Poedit y guárdelo otra vez")
            )
            continue
        usable = [entry for entry in catalogue if entry.id and entry.string and not entry.fuzzy]
        for entry in usable:
            problems += _differences(path, entry.lineno or 1, str(entry.id), str(entry.string))
        catalogues[path.stem] = Catalogue(
            MappingProxyType({str(entry.id): str(entry.string) for entry in usable}),
            frozenset(str(entry.id) for entry in usable if UNREVIEWED in entry.user_comments),
            _part_of_console(catalogue),
        )
    return MappingProxyType(catalogues)


def _part_of_console(catalogue: Catalog) -> float:
    """By the places that `translatable` writes beside each text: staff read what stands in the program."""
    theirs = [entry for entry in catalogue if entry.id and any(place.startswith("bot/") for place, _ in entry.locations)]
    return sum(bool(entry.string) and not entry.fuzzy for entry in theirs) / len(theirs) if theirs else 0.0


_MARK = re.compile(r"%\((\w+)\)s")  # a name as the console's pages write it


def _names_in(text: str) -> list[str]:
    return sorted([*PLACEHOLDER.findall(text), *_MARK.findall(text)])


def _differences(path: Path, line: int, source: str, translated: str) -> Iterator[Problem]:
    if _names_in(source) != _names_in(translated):
        yield Problem(
            path, line, f"«{source[:40]}…» tiene otros {{nombres}} en su traducción", "copie sin cambios los nombres entre llaves"
        )
    if len(translated) > LONGEST_TEXT:
        yield Problem(path, line, f"la traducción de «{source[:40]}…» tiene {len(translated)} caracteres", f"deje menos de {LONGEST_TEXT}")
