"""What stands in an address or a form, read as what it may be: whoever writes there may write anything."""

from collections.abc import Iterable
from enum import StrEnum


def whole_number(text: str, digits: int = 15) -> int | None:
    """None: it is no number, or a longer one than any of ours."""
    return int(text) if text.isdecimal() and len(text) <= digits else None


def one_of[Word: StrEnum](words: Iterable[Word], said: str | None) -> Word | None:
    return next((each for each in words if each == said), None)
