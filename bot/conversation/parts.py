"""An answer in two parts: what a small screen and a slow line take at once, and the rest behind a button.

The cut lies where the text itself pauses: after a paragraph, else after a line, else after a sentence. A heading that ends in a colon goes
with what it announces.
"""

import re

LONGEST_FIRST = 600  # characters of the first message, with its source
SHORTEST_SHARE = 0.4  # of the room: below it a paragraph's end leaves too much behind

_PAUSES = (re.compile(r"\n[ \t]*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?]) "), re.compile(r" "))


def in_two(body: str, room: int) -> tuple[str, str]:
    """The body cut so that the first part has at most `room` characters; the second is empty when all of it fits."""
    if len(body) <= room:
        return body, ""
    for pause in _PAUSES:
        ends = [found.start() for found in pause.finditer(body, 0, room + 1) if not body[: found.start()].rstrip().endswith(":")]
        if ends and ends[-1] >= room * SHORTEST_SHARE:
            return body[: ends[-1]].rstrip(), body[ends[-1] :].strip()
    return body[:room].rstrip(), body[room:].strip()
