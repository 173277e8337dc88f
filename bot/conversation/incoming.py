"""What a person sent, the same for every door."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

LONGEST_TEXT = 4096  # characters: Telegram's own limit; the other doors keep to it


class Kind(StrEnum):
    TEXT = "text"
    BUTTON = "button"
    LOCATION = "location"
    CONTACT = "contact"
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    STICKER = "sticker"
    OTHER = "other"
    DEFERRED = "deferred"  # a question asked while Rasa was down, asked again by ourselves


@dataclass(frozen=True)
class Incoming:
    kind: Kind
    text: str = ""
    payload: str = ""
    telephone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    file_id: str = ""
    was_cut: bool = False  # the text was longer than LONGEST_TEXT

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", None, False)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Incoming":
        return cls(**{**stored, "kind": Kind(stored["kind"])})


def text_message(text: str, kind: Kind = Kind.TEXT) -> Incoming:
    """A typed text, without control characters and cut to what Telegram allows."""
    spaced = "".join(" " if letter.isspace() and letter != "\n" else letter for letter in text)
    clean = "".join(letter for letter in spaced if letter == "\n" or (letter.isprintable() and letter not in HIDDEN))
    return Incoming(kind, clean[:LONGEST_TEXT].strip(), was_cut=len(clean) > LONGEST_TEXT)


HIDDEN = frozenset(chr(code) for code in (0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Invisible and direction-turning characters: they hide one text inside another."""
