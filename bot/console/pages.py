"""How the console's pages are made: one environment, whose sentences are Spanish and are translated with the catalogues of flows/."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from bot.console.words import reason_in_words, topic_title, topics_of
from bot.content.languages import in_mexico
from bot.content.published import Content
from bot.conversation.formatting import as_html

HERE = Path(__file__).parent
HOME = "/consola"


def environment() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    pages.policies["ext.i18n.trimmed"] = True
    pages.filters["moment"] = in_mexico
    pages.filters["ago"] = ago
    pages.filters["own_path"] = own_path
    pages.filters["topic"] = topic_title
    pages.filters["topics"] = topics_of
    pages.filters["reason"] = reason_in_words
    pages.filters["marked"] = lambda text: Markup(as_html(text))  # noqa: S704  as_html escapes everything but its own marks
    return pages


def own_path(asked: str) -> str:
    """A page of the console and nothing else: where somebody goes on to, whatever an address or a browser says."""
    try:
        parts = urlsplit(asked)
    except ValueError:  # brackets that are none of an address
        return HOME
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path if path.startswith(f"{HOME}/") and not any(each in path for each in ("//", "\\", "\n", "\r")) else HOME


def translations(content: Content, language: str) -> tuple[Callable[[str], str], Callable[[str, str, int], str]]:
    """gettext and ngettext of that language; a sentence that is not translated stays Spanish."""
    return (
        lambda text: content.translate(text, language),
        lambda one, many, count: content.translate(one if count == 1 else many, language),
    )


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago or how far ahead, short enough for a column: «5 min», «3 h», «2 d»."""
    if moment is None:
        return "—"
    minutes = int(abs((now - moment).total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
