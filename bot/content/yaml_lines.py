"""YAML with line numbers, so that every complaint about content can name its line, and with every value as the text that was written.

YAML itself reads `No` as false, `9:00` as 540 and `070` as 56; the fields that want a number, a date or true ask for it (fields.py).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.content.problems import Problem

Made = TypeVar("Made")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Table(dict[str, Any]):
    """A mapping that knows the line it starts on and the line of each of its keys."""

    def __init__(self, line: int = 1) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


class _LinesLoader(_Loader):  # type: ignore[misc]
    yaml_implicit_resolvers = {"": [("tag:yaml.org,2002:null", re.compile(r"$"))]}  # noqa: RUF012  only what is left empty is no text


def _table(loader: Any, node: Any) -> Table:
    table = Table(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "aquí va un nombre y hay una lista o una tabla (un texto con llaves va entre comillas)", key_node.start_mark
            )
        key = key_node.value
        if key in table:
            raise yaml.constructor.ConstructorError(None, None, f"«{key}» aparece dos veces", key_node.start_mark)
        table[key] = loader.construct_object(value_node, deep=True)
        table.lines[key] = key_node.start_mark.line + 1
    return table


_LinesLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _table)


def read_table(path: Path, problems: list[Problem]) -> Table:
    """The mapping in a YAML file; what is wrong with it goes to `problems` and an empty table comes back."""
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_LinesLoader)  # noqa: S506  a SafeLoader
    except OSError:
        problems.append(Problem(path, 1, "no se puede abrir el archivo", "vuelva a ponerlo en su lugar, con este nombre"))
        return Table()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or "no es YAML"
        problems.append(
            Problem(
                path,
                line,
                f"no se puede leer el archivo: {reason}",
                "revise los espacios del principio, los dos puntos y las comillas de esta línea",
            )
        )
        return Table()
    except ValueError as error:  # not UTF-8, or a value that its `!!tag` does not allow
        problems.append(Problem(path, 1, f"no se puede leer el archivo: {error}", "guárdelo como texto UTF-8"))
        return Table()
    if loaded is None:
        return Table()
    if not isinstance(loaded, Table):
        problems.append(Problem(path, 1, "el archivo debe llevar nombres con valores", "compárelo con otro archivo de la carpeta"))
        return Table()
    return loaded


class Tables:
    """Reads and makes each thing of a file once, however many institutions share it. What comes out is not to be changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, object], tuple[Any, list[Problem]]] = {}

    def read(self, path: Path, problems: list[Problem]) -> Table:
        return self.once(path, read_table, problems)

    def made(self, path: Path, make: Callable[[Path, Table, list[Problem]], Made], problems: list[Problem]) -> Made:
        """What `make` makes of the table in the file."""
        return self._keep((path, make), lambda found: make(path, self.read(path, found), found), problems)

    def once(self, path: Path, read: Callable[[Path, list[Problem]], Made], problems: list[Problem]) -> Made:
        """What `read` makes of a file or folder that holds no table."""
        return self._keep((path, read), lambda found: read(path, found), problems)

    def _keep(self, key: tuple[Path, object], make: Callable[[list[Problem]], Made], problems: list[Problem]) -> Made:
        if key not in self._known:
            found: list[Problem] = []
            self._known[key] = (make(found), found)
        result: Made = self._known[key][0]
        problems += self._known[key][1]
        return result
