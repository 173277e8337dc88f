"""The files of examples as an editor adds to them: one line is put in, and every other byte stays.

Read by lines, not as YAML: their format is fixed (`./puente check` sees to it), and 29,000 phrases are wanted at once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.content import rewriting
from bot.content.examples import example_files
from bot.content.languages import SOURCE
from bot.errors import RefusedError
from nlu.components.spelling import plain as plain_text

_INTENT = re.compile(r"^- intent: ([a-z0-9_]+)[ \t]*\r?$")
_EXAMPLE = re.compile(r"^(?P<indent> +)- (?P<text>.*\S)[ \t]*\r?$")


@dataclass(frozen=True)
class Phrase:
    text: str
    intent: str
    language: str
    plain: str


class PhraseBook:
    """`folder`: of nlu. Files are read again when they change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[tuple[int, int], list[Phrase]]] = {}

    def examples(self) -> list[Phrase]:
        return [each for path, language in self._files("data") for each in self._phrases(path, language)]

    def tests(self) -> list[Phrase]:
        return [each for path, language in self._files("test_data") for each in self._phrases(path, language)]

    def add(self, text: str, intent: str, topic: str, language: str) -> Path:
        """The phrase at the end of its question's examples. Raises RefusedError for what a test asks, or another question has."""
        key = plain_text(text)
        if any(each.plain == key for each in self.tests()):
            raise RefusedError(
                "Esa frase es una de las pruebas: si se enseñara, la prueba ya no diría nada. Descártela o escríbala de otro modo"
            )
        path = self._folder / "data" / ("" if language == SOURCE else language) / f"{topic}.yml"
        try:
            with rewriting.alone(path):
                self._put_in(path, Phrase(text, intent, language, key))
        except OSError as error:
            raise RefusedError(
                f"No se puede escribir {path.name} en este servidor ({error.strerror}): pídalo a quien cuida el sistema"
            ) from None
        return path

    def _put_in(self, path: Path, new: Phrase) -> None:
        known = next((each for each in self.examples() if each.plain == new.plain), None)
        if known is None:
            rewriting.replace(path, _with(path.read_bytes().decode("utf-8"), new.intent, new.text, path))
        elif (known.intent, known.language) != (new.intent, new.language):  # the very same is there: a form that was sent again
            raise RefusedError(f"Esa frase ya es un ejemplo de «{known.intent}»: descártela, o quítela primero de ahí")

    def _files(self, part: str) -> Iterator[tuple[Path, str]]:
        for language, path in example_files(self._folder / part):
            yield path, language

    def _phrases(self, path: Path, language: str) -> list[Phrase]:
        status = path.stat()
        mark = (status.st_mtime_ns, status.st_size)
        if path not in self._read or self._read[path][0] != mark:
            found = [Phrase(text, intent, language, plain_text(text) or text) for intent, text in _lines(path.read_text(encoding="utf-8"))]
            self._read[path] = (mark, found)
        return self._read[path][1]


def _lines(content: str) -> Iterator[tuple[str, str]]:
    intent = ""
    for line in content.split("\n"):
        if found := _INTENT.match(line):
            intent = found[1]
        elif (example := _EXAMPLE.match(line)) and intent:
            yield intent, example["text"]


def _with(content: str, intent: str, text: str, path: Path) -> str:
    """Behind the last example of the question; as a question of its own where the file has none yet."""
    lines = content.split("\n")
    begins = next((place for place, line in enumerate(lines) if (found := _INTENT.match(line)) and found[1] == intent), None)
    ending = "\r" if lines[0].endswith("\r") else ""
    if begins is None:
        if lines[-1]:
            raise RefusedError(f"{path.name} no termina en un renglón nuevo; pida a quien cuida el contenido que lo corrija")
        new = [f"- intent: {intent}{ending}", f"  examples: |{ending}", f"    - {text}{ending}"]
        return "\n".join([*lines[:-1], *new, ""])
    last, indent = None, "    "
    for place in range(begins + 1, len(lines)):
        if _INTENT.match(lines[place]):
            break
        if found := _EXAMPLE.match(lines[place]):
            last, indent = place, found["indent"]
    if last is None:
        raise RefusedError(f"{path.name}: «{intent}» no tiene ejemplos todavía; pida a quien cuida el contenido que escriba los primeros")
    return "\n".join([*lines[: last + 1], f"{indent}- {text}{ending}", *lines[last + 1 :]])
