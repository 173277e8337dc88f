"""The report's files: a page to read, a table with HXL tags for those who join it with others, and JSON for programs.

HXL standard 1.1: the first row names the columns for people, the second tags them. https://hxlstandard.org/standard/1-1final/
"""

import csv
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.content.published import Content
from bot.errors import RefusedError
from bot.numbers.cells import REST, K
from bot.numbers.page import page
from bot.numbers.report import Report

COLUMNS = (
    ("tabla", "#meta+table"), ("desde", "#date+start"), ("hasta", "#date+end"), ("mes", "#date+month"), ("clave_estado", "#adm1+code"),
    ("estado", "#adm1+name"), ("clave_municipio", "#adm2+code"), ("municipio", "#adm2+name"), ("necesidad", "#sector"),
    ("institucion", "#org+name"), ("como_esta", "#status"), ("casos", "#indicator+referrals+num"), ("oculto", "#meta+hidden"),
)  # fmt: skip
PLACES_OF = {"month": ("mes",), "adm1": ("clave_estado", "estado"), "adm2": ("clave_municipio", "municipio"), "need": ("necesidad",),
             "organization": ("institucion",), "status": ("como_esta",)}  # fmt: skip
LISTS = ("total", "need", "adm1", "adm2", "organization", "month", "status")
GRIDS = (("adm1", "need"), ("month", "need"), ("organization", "need"), ("organization", "status"))


def write_files(report: Report, content: Content, folder: Path, now: datetime) -> list[Path]:
    """Raises RefusedError when the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / name for name in ("index.html", "referrals.csv", "report.json")]
        paths[0].write_text(page(report, now), encoding="utf-8")
        with paths[1].open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [name for name, _ in COLUMNS], restval="")
            writer.writeheader()
            writer.writerow(dict(COLUMNS))
            writer.writerows(table(report, content))
        paths[2].write_text(json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return paths
    except OSError as error:
        raise RefusedError(f"{folder}: no se puede escribir el informe ({error.strerror}); elija otra carpeta") from None


def table(report: Report, content: Content) -> list[dict[str, Any]]:
    """One row for each published number of cases; hidden cells say so and hold none."""
    rows = []
    common = {"desde": report.period.first.isoformat(), "hasta": report.period.last.isoformat(), "oculto": "no"}
    for name in LISTS:
        for line in report.list_of(name).lines:
            rows.append({"tabla": name, **common, **_place(name, line.label, line.title, content), "casos": line.count})
    for first, second in GRIDS:
        grid = next(each for each in report.grids if each.name == f"{first}_{second}")
        for line in grid.lines if grid.cells is not None else ():
            for column in grid.columns:
                count = grid.shown(line.label, column.label)
                where = {**_place(first, line.label, line.title, content), **_place(second, column.label, column.title, content)}
                told = {"casos": "", "oculto": "sí"} if count is None else {"casos": count}
                rows.append({"tabla": grid.name, **common, **where, **told})
    return rows


def _place(name: str, label: str, title: str, content: Content) -> dict[str, str]:
    """What the columns of that property say. Together or unknown: no code."""
    if name == "adm2":
        place = content.municipalities.get(label)
        state = {"clave_estado": label[:2], "estado": place.state} if place else {"clave_estado": label.rstrip(REST)}
        return {**state, "clave_municipio": label if place else "", "municipio": place.name if place else title}
    if name == "adm1":
        return {"clave_estado": label if label.isdecimal() else "", "estado": title}
    if name == "month":
        return {"mes": label if label != REST else title}
    return {column: title for column in PLACES_OF.get(name, ())}


def as_json(report: Report) -> dict[str, Any]:
    return {
        "period": {"first": report.period.first.isoformat(), "last": report.period.last.isoformat()},
        "institution": report.institution,
        "k": K,
        "lists": [asdict(each) for each in report.lists],
        "grids": [
            {
                "name": grid.name, "title": grid.title, "lines": [asdict(line) for line in grid.lines],
                "columns": [asdict(column) for column in grid.columns],
                "cells": None if grid.cells is None else [
                    [grid.shown(line.label, column.label) for column in grid.columns] for line in grid.lines
                ],
            }
            for grid in report.grids
        ],
        "waits_in_hours": [asdict(each) for each in report.waits],
    }  # fmt: skip
