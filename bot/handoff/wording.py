"""What staff read outside the console, in their group and in their mail: one sentence by its name, from templates/staff.txt."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from bot.content.languages import SOURCE
from bot.content.published import Content
from bot.handoff.alerts import Notice
from bot.numbers.names import TOPICS

_TEXTS = Environment(  # noqa: S701  plain text: nothing of it is read as HTML
    loader=FileSystemLoader(Path(__file__).parent / "templates"), extensions=["jinja2.ext.i18n"]
)


def say(content: Content, name: str, language: str = SOURCE, /, **values: Any) -> str:
    """The sentence of that name; one that is not translated stays Spanish."""

    def gettext(text: str) -> str:
        return content.translate(text, language)

    page = _TEXTS.get_template("staff.txt", globals={"_": gettext, "gettext": gettext})
    return str(getattr(page.make_module({"_": gettext}), name)(**values)).strip()


def title_of(topic: str) -> str:
    return TOPICS.get(topic, topic)


def alert_text(content: Content, notice: Notice, link: str | None, language: str = SOURCE) -> str:
    return say(
        content, "alert", language, kind=notice.kind, number=notice.ticket_id, urgency=int(notice.urgency),
        title=content.translate(title_of(notice.topic), language), minutes=notice.minutes, link=link or "",
    )  # fmt: skip
