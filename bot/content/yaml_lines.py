"""YAML with line numbers, so that every complaint about content can name its line."""

from pathlib import Path
from typing import Any

import yaml

from bot.content.problems import Problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Table(dict[Any, Any]):
    """A mapping that knows the line it starts on and the line of each of its keys."""

    line: int = 1
    lines: dict[Any, int]

    def line_of(self, key: object) -> int:
        return self.lines.get(key, self.line)


class _LinesLoader(_Loader):  # type: ignore[misc]
    pass


def _table(loader: Any, node: Any) -> Table:
    loader.flatten_mapping(node)
    table = Table()
    table.line = node.start_mark.line + 1
    table.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
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
        return _empty()
    except (UnicodeDecodeError, ValueError) as error:
        problems.append(
            Problem(path, 1, f"no se puede leer el archivo: {error}", "guárdelo como texto UTF-8, con las fechas así: 2026-11-21")
        )
        return _empty()
    if loaded is None:
        return _empty()
    if not isinstance(loaded, Table):
        problems.append(Problem(path, 1, "el archivo debe llevar nombres con valores", "compárelo con otro archivo de la carpeta"))
        return _empty()
    return loaded


def _empty() -> Table:
    table = Table()
    table.lines = {}
    return table
