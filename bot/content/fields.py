"""Typed reading of one table of a content file; every miss becomes a Problem with its line."""

import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from bot.content.problems import Problem
from bot.content.review import Review, Source, Where
from bot.content.yaml_lines import Table

LONGEST_TERM = 3650  # days: no term of review or consent is meant to be longer
LONGEST_TITLE = 40  # characters that a telephone shows on a button
KINDS_OF_FACT = ("telephone", "amount", "deadline", "date", "address", "url", "text")


class Fields:
    """Reads the fields of `table`, which describes `what` ("the response utter_greet")."""

    def __init__(self, path: Path, table: Table, what: str, problems: list[Problem]) -> None:
        self.path, self.table, self.what, self.problems = path, table, what, problems

    @property
    def where(self) -> Where:
        return Where(self.path, self.table.line)

    def complain(self, key: str | None, wrong: str, todo: str) -> None:
        line = self.table.line_of(key) if key else self.table.line
        self.problems.append(Problem(self.path, line, f"{self.what}: {wrong}", todo))

    def text(self, key: str, required: bool = True) -> str:
        value = self.table.get(key)
        if value is None or value == "":
            if required:
                self.complain(key, f"falta «{key}»", f"agregue una línea `{key}: …`")
            return ""
        if not isinstance(value, str):
            self.complain(key, f"«{key}» debe ser un texto", "póngalo entre comillas")
            return ""
        return value.strip()

    def title(self, key: str) -> str:
        """A text that is read on a button."""
        title = self.text(key)
        if title and (len(title) > LONGEST_TITLE or not re.search(r"\w", title) or re.search(r"[{}]", title)):
            self.complain(
                key, f"«{key}: {title}» no se lee bien en un botón", f"escriba hasta {LONGEST_TITLE} caracteres, con palabras y sin llaves"
            )
        return title

    def days(self, key: str, required: bool = True) -> int:
        """A number of days; 0 where there is none."""
        value = self.table.get(key)
        if isinstance(value, str) and re.fullmatch("[0-9]{1,4}", value) and 1 <= int(value) <= LONGEST_TERM:
            return int(value)
        if value is not None or required:
            self.complain(key, f"«{key}» debe ser un número de días, de 1 a {LONGEST_TERM}", f"escriba `{key}: 90`")
        return 0

    def share(self, key: str) -> float:
        """A number from 0 to 1."""
        value = self.table.get(key)
        if isinstance(value, str) and re.fullmatch(r"0(\.[0-9]+)?|1(\.0+)?", value):
            return float(value)
        self.complain(key, f"«{key}» debe ser un número de 0 a 1", f"escriba `{key}: 0.5`")
        return 1.0

    def day(self, key: str, required: bool = True) -> date | None:
        if not required and self.table.get(key) is None:
            return None
        try:
            return datetime.strptime(str(self.table.get(key)), "%Y-%m-%d").date()
        except ValueError:
            self.complain(key, f"«{key}» debe ser una fecha", f"escríbala así: `{key}: 2026-11-21`")
        return None

    def count(self, key: str) -> int | None:
        """A whole number; None where there is none."""
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch("[0-9]{1,3}", value):
            return int(value)
        self.complain(key, f"«{key}» debe ser un número", f"escriba `{key}: 60`")
        return None

    def minutes(self, key: str, most: int) -> int:
        """A number of minutes; 1 where there is none."""
        value = self.table.get(key)
        if isinstance(value, str) and re.fullmatch("[0-9]{1,6}", value) and 1 <= int(value) <= most:
            return int(value)
        self.complain(key, f"«{key}» debe ser un número de minutos, de 1 a {most}", f"escriba `{key}: 60`")
        return 1

    def clock(self, key: str) -> time | None:
        """An hour as on the clock; 24:00 is midnight at the end of the day."""
        value = str(self.table.get(key) or "")
        if re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00", value):
            hour, minute = value.split(":")
            return time(int(hour) % 24, int(minute))
        self.complain(key, f"«{key}» debe ser una hora", f'escríbala así: `{key}: "09:00"`')
        return None

    def degrees(self, key: str, most: float) -> float | None:
        """A latitude or longitude; None where there is none."""
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", value) and abs(float(value)) <= most:
            return float(value)
        self.complain(key, f"«{key}» debe ser un número de grados", f"escríbalo así: `{key}: 19.0478`")
        return None

    def flag(self, key: str) -> bool:
        value = self.table.get(key, "false")
        if value not in ("true", "false"):
            self.complain(key, f"«{key}» debe ser true o false", f"escriba `{key}: true` o quite la línea")
        return bool(value == "true")

    def texts(self, key: str, required: bool = False) -> tuple[str, ...]:
        value = self.table.get(key)
        if value is None or value == []:
            if required:
                self.complain(key, f"falta «{key}»", f"agregue una lista `{key}: […]`")
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain(
                key, f"«{key}» debe ser una lista de textos", f"escriba `{key}: [uno, dos]`, cada uno entre comillas si lleva dos puntos"
            )
            return ()
        return tuple(value)

    def one_or_several(self, key: str) -> tuple[str, ...]:
        """`key: work` or `key: [work, health]`."""
        return self.texts(key, required=True) if isinstance(self.table.get(key), list) else tuple(filter(None, [self.text(key)]))

    def tables(self, key: str, required: bool = False) -> list[Table]:
        value = self.table.get(key)
        if value is None or value == []:
            if required:
                self.complain(key, f"falta «{key}»", f"agregue una lista debajo de `{key}:`")
            return []
        if not isinstance(value, list) or not all(isinstance(item, Table) for item in value):
            self.complain(key, f"«{key}» debe ser una lista de elementos", "empiece cada elemento con un guion y un nombre: `- id: …`")
            return []
        return value

    def inner(self, key: str) -> Table | None:
        value = self.table.get(key)
        if value is not None and not isinstance(value, Table):
            self.complain(key, f"«{key}» debe llevar nombres con valores", "compárelo con otro elemento")
            return None
        return value

    def only(self, *known: str) -> None:
        """Complain of keys that mean nothing: mostly typing errors that would be ignored in silence."""
        for key in self.table:
            if key not in known:
                self.complain(key, f"«{key}» no sirve aquí", f"use uno de estos: {', '.join(known)}")

    def review(self) -> Review | None:
        """The fields that say who answers for this and since when it is known."""
        owner, reviewed_on, review_in = self.text("owner"), self.day("reviewed_on"), self.days("review_in")
        expires_on = self.day("expires_on", required=False)
        sources = []
        for table in self.tables("sources", required=True):
            source = Fields(self.path, table, self.what, self.problems)
            source.only("title", "url", "date")
            sources.append(Source(source.text("title"), source.text("url", required=False)))
        if reviewed_on and expires_on and expires_on <= reviewed_on:
            self.complain("expires_on", "venció antes de que se revisara", "corrija una de las dos fechas")
        if not reviewed_on or not owner or not review_in or not sources:
            return None
        return Review(owner, reviewed_on, review_in, tuple(sources), expires_on)


def table_items(table: Table, key: str) -> list[tuple[str, Any, int]]:
    """Name, value and line of each entry under `key`."""
    inner = table.get(key)
    if not isinstance(inner, Table):
        return []
    return [(name, value, inner.line_of(name)) for name, value in inner.items()]
