"""docs/telegram.md says what the code does."""

import re

from bot.metrics import Metrics
from bot.settings import ROOT, Settings

PAGE = (ROOT / "docs" / "telegram.md").read_text(encoding="utf-8")


def rows_of(section: str) -> list[list[str]]:
    lines = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")][2:]


def test_the_page_can_be_read_at_once() -> None:
    assert len(PAGE.splitlines()) <= 120


def test_every_metric_is_explained_and_nothing_else() -> None:
    metrics = [(each.name, each.type) for each in Metrics().registry.collect()]
    names = {f"{name}_total" if kind == "counter" else name for name, kind in metrics}
    assert {row[0].strip("`") for row in rows_of("Metrics")} == names
    assert all(len(row) == 3 and all(row) for row in rows_of("Metrics"))


def test_every_setting_it_names_exists() -> None:
    named = set(re.findall(r"\b(?:TELEGRAM|PUENTE|DATABASE)_[A-Z_]+\b", PAGE))
    assert named and named <= {name.upper() for name in Settings.model_fields}


def test_every_page_it_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert links and [link for link in links if not (ROOT / "docs" / link).exists()] == []
