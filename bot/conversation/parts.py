"""Texts cut where they pause: an answer in two parts, and a message longer than Telegram takes in several.

An answer in two parts: what a small screen and a slow line take at once, and the rest behind a button.

The cut lies where the text itself pauses: after a paragraph, else after a line, else after a sentence. A heading that ends in a colon goes
with what it announces.
"""

import re

LONGEST_MESSAGE = 4096  # UTF-16 units, Telegram's limit: https://core.telegram.org/bots/api#sendmessage
LONGEST_FIRST = 600  # characters of the first message, with its source
SHORTEST_SHARE = 0.4  # of the room: below it a paragraph's end leaves too much behind

_BLANK = re.compile(r"\s")
_PAUSES = (re.compile(r"\n[ \t]*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?]) "), re.compile(r" "))


def in_two(body: str, room: int) -> tuple[str, str]:
    """The body cut so that the first part has at most `room` characters; the second is empty when all of it fits."""
    if len(body) <= room:
        return body, ""
    for pause in _PAUSES:
        ends = [found.start() for found in pause.finditer(body, 0, room + 1) if not body[: found.start()].rstrip().endswith(":")]
        if ends and ends[-1] >= room * SHORTEST_SHARE:
            return body[: ends[-1]].rstrip(), body[ends[-1] :].strip()
    anywhere = [found.start() for found in _BLANK.finditer(body, 0, room + 1)]  # headings alone: better after one than within a word
    end = anywhere[-1] if anywhere and anywhere[-1] >= room * SHORTEST_SHARE else room
    return body[:end].rstrip(), body[end:].strip()


def in_messages(text: str, longest: int = LONGEST_MESSAGE) -> list[str]:
    """The text in as many messages as it needs, each cut at the end of a paragraph, line, sentence or word."""
    messages = []
    while units(text) > longest:
        room = longest
        while units(text[:room]) > longest:  # letters beyond the basic plane take two units
            room -= (units(text[:room]) - longest + 1) // 2
        first, text = in_two(text, room)
        messages.append(first)
    return [*messages, text] if text or not messages else messages


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
