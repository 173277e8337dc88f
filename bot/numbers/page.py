"""The report as one page that needs nothing else: charts as SVG inside it, a table under each, no script, no font and no address."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pygal
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from pygal.style import Style

from bot.content.languages import MEXICO, day_in_words
from bot.numbers.cells import K
from bot.numbers.lists import List
from bot.numbers.report import Report

MOST_BARS = 15
COLOUR = "#0b5c6b"
LONGEST_LABEL = 20  # letters beside a bar
_DAY = 48  # hours from which days are easier to read

_STYLE = Style(
    background="transparent", plot_background="transparent", foreground="#1a1a1a", foreground_strong="#1a1a1a", foreground_subtle="#555555",
    colors=(COLOUR,), font_family="system-ui, sans-serif", label_font_size=16, major_label_font_size=16, value_font_size=15,
    value_colors=("#1a1a1a",), guide_stroke_color="#dddddd", major_guide_stroke_color="#dddddd",
)  # fmt: skip


def page(report: Report, now: datetime) -> str:
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape())
    pages.filters["day"] = day_in_words
    pages.filters["hours"] = spoken
    pages.filters["grouped"] = lambda number: f"{number:,}"
    made_on = now.astimezone(MEXICO).date()
    return pages.get_template("report.html").render(report=report, chart=chart, k=K, made_on=made_on, most=MOST_BARS)


def picture(shown: List) -> str:
    """The same bars as an image of its own, with the style that the report's page gives them."""
    value = "text.value { text-anchor: start !important; transform: translateX(2px) }"
    style = f"<style>text {{ font-family: system-ui, sans-serif }} {value}</style>"
    drawn, end, rest = str(chart(shown)).rpartition("</svg>")
    return drawn + style + end + rest


def chart(shown: List) -> Markup:
    """Bars that say their own number; the title and the table are for who cannot see them."""
    lines = shown.lines[:MOST_BARS]
    made = pygal.HorizontalBar(
        js=[], style=_STYLE, show_legend=False, print_values=True, print_values_position="top", disable_xml_declaration=True,
        width=440, height=50 + 32 * len(lines), margin=4, show_y_guides=False, show_x_labels=False,
        range=(0, 1.3 * max(line.count for line in lines)), formatter=lambda value: f"{value:,.0f}",
    )  # fmt: skip
    made.x_labels = [_short(line.title) for line in lines][::-1]
    made.add("", [line.count for line in lines][::-1])
    made.add_xml_filter(_without_script)
    drawn = made.render(is_unicode=True)
    described = f'role="img" aria-label="{_escaped(in_words(shown))}"'
    return Markup(drawn.replace("<svg ", f"<svg {described} ", 1))  # noqa: S704  pygal escapes the labels it draws


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_LABEL else f"{title[: LONGEST_LABEL - 1].rstrip()}…"


def in_words(shown: List) -> str:
    said = "; ".join(f"{line.title}: {line.count:,}" for line in shown.lines[:MOST_BARS])
    return f"{shown.title}. {said}."


def _escaped(text: str) -> str:
    return str(Markup.escape(text))


def _without_script(root: Any) -> Any:
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).endswith("script") or not isinstance(child.tag, str):
                parent.remove(child)
    return root


def spoken(hours: float | None) -> str:
    if hours is None:
        return "muy pocos"
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.0f} h" if hours < _DAY else f"{hours / 24:.1f} días"
