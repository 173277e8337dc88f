"""Changes single fields of one entry of a YAML list and not one other byte of the file: comments, order and spaces stay as written.

The places come from the parser's own marks (https://pyyaml.org/wiki/PyYAMLDocumentation, `yaml.compose`). A value is written on one line in
double quotes, where every text is itself and nothing is read as a number or a date.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.errors import RefusedError

type Value = str | int | bool | Sequence[str] | Sequence[Mapping[str, str]] | None
"""None and an empty list take the field away. A number, true or false is written as it is, a list of tables one table a line."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_PRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def read_text(path: Path) -> str:
    """With the ends of its lines as they are."""
    return path.read_bytes().decode("utf-8")


def text_of(text: str, section: str, entry_id: str) -> str:
    """The lines of that entry as they stand, to tell whether somebody has changed them. Raises RefusedError."""
    entry = _entry(text, section, entry_id)
    return text[entry.start_mark.index : _end(entry, text)]


def changed(text: str, section: str, entry_id: str, values: Mapping[str, Value]) -> str:
    """The text of the file with these fields of the entry under `section`. Raises RefusedError when there is no such entry."""
    for name, value in values.items():
        text = _set(text, _entry(text, section, entry_id), name, value)
    return text


def _set(text: str, entry: Any, name: str, value: Value) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = " " * entry.start_mark.column
    found = next(((key, given) for key, given in entry.value if key.value == name), None)
    written = None if value is None or value == [] or value == () else _written(name, value, indent, newline)
    if found is not None:
        start, end = found[0].start_mark.index, _end(found[1], text)
        return text[:start] + written + text[end:] if written is not None else _without(text, start, end)
    if written is None:
        return text
    line_end = _line_end(text, _end(entry, text))
    ends = "" if text[:line_end].endswith("\n") else newline
    return f"{text[:line_end]}{ends}{indent}{written}{newline}{text[line_end:]}"


def _without(text: str, start: int, end: int) -> str:
    """The field's lines go; the first field of an entry, which the dash stands before, is never taken away: it is its id."""
    return text[: text.rfind("\n", 0, start) + 1] + text[_line_end(text, end) :]


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _written(name: str, value: Value, indent: str, newline: str) -> str:
    if isinstance(value, bool):
        return f"{name}: {'true' if value else 'false'}"
    if isinstance(value, int):
        return f"{name}: {value}"
    if isinstance(value, str):
        return f"{name}: {_quoted(value)}"
    assert value is not None, "the caller takes such a field away"
    if all(isinstance(each, str) for each in value):
        return f"{name}: [{', '.join(_quoted(str(each)) for each in value)}]"
    rows = [", ".join(f"{key}: {_quoted(str(said))}" for key, said in each.items()) for each in value if isinstance(each, Mapping)]
    return newline.join([f"{name}:", *(f"{indent}- {{{row}}}" for row in rows)])


def _quoted(text: str) -> str:
    """JSON's strings are YAML's; what neither shows is left out."""
    return json.dumps(_NOT_PRINTABLE.sub("", text), ensure_ascii=False)


def _entry(text: str, section: str, entry_id: str) -> Any:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        raise RefusedError("El archivo del directorio no se puede leer; avise a quien lo edita") from None
    for key, entries in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value != section or not isinstance(entries, yaml.SequenceNode):
            continue
        for entry in entries.value:
            if (
                isinstance(entry, yaml.MappingNode)
                and not entry.flow_style
                and any(k.value == "id" and v.value == entry_id for k, v in entry.value)
            ):
                return entry
    raise RefusedError(f"«{entry_id}» ya no está en ese archivo; vuelva al directorio")


def _end(node: Any, text: str) -> int:
    """Where the value's own letters end: a list's mark stands before the next thing, behind comments that belong to that."""
    if isinstance(node, yaml.ScalarNode):
        end = int(node.end_mark.index)
        return len(text[:end].rstrip()) if node.style in ("|", ">") else end
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last, text)
