"""Translations: gettext catalogues whose source text is the Spanish of flows/.

A fuzzy entry is never used: Babel makes it from a similar, different text, which may say the opposite.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import PoFileError, read_po

from bot.content.problems import Problem

LANGUAGES = MappingProxyType({"es": "Español", "en": "English", "fr": "Français", "pt": "Português", "ht": "Kreyòl ayisyen"})


def read_catalogues(folder: Path, problems: list[Problem]) -> Mapping[str, Mapping[str, str]]:
    catalogues = {}
    for path in sorted(folder.glob("*.po")):
        if path.stem not in LANGUAGES:
            problems.append(Problem(path, 1, f"«{path.stem}» no es un idioma de Puente", f"use uno de estos: {', '.join(LANGUAGES)}"))
            continue
        try:
            with path.open("rb") as file:
                catalogue = read_po(file, locale=path.stem, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError, ValueError) as error:
            problems.append(
                Problem(path, 1, f"no se puede leer el archivo de traducciones: {error}", "ábralo en Poedit y guárdelo otra vez")
            )
            continue
        catalogues[path.stem] = MappingProxyType(
            {str(entry.id): str(entry.string) for entry in catalogue if entry.id and entry.string and not entry.fuzzy}
        )
    return MappingProxyType(catalogues)
