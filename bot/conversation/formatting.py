"""From our texts to HTML, as Telegram and the web chat take it: `**bold**`, and nothing else is markup.

Everything is escaped, so that a name with `<` arrives as it was written: https://core.telegram.org/bots/api#html-style
"""

import html
import re

_BOLD = re.compile(r"\*\*(\S(?:[^*\n]*\S)?)\*\*")


def as_html(text: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))


def as_plain(text: str) -> str:
    """The same without marks, for when Telegram does not take the HTML."""
    return _BOLD.sub(r"\1", text)
