"""What a person sent, the same for every door."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

LONGEST_TEXT = 4096  # characters: Telegram's own limit; the other doors keep to it


class Kind(StrEnum):
    TEXT = "text"
    BUTTON = "button"
    EDIT = "edit"  # the text of an earlier message, corrected
    LOCATION = "location"
    LIVE_LOCATION = "live_location"  # its beginning; what follows is not taken in
    VENUE = "venue"
    CONTACT = "contact"
    PHOTO = "photo"
    DOCUMENT = "document"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    ANIMATION = "animation"
    VOICE = "voice"
    AUDIO = "audio"
    STICKER = "sticker"
    POLL = "poll"
    DICE = "dice"
    STORY = "story"
    GAME = "game"
    OTHER = "other"
    GROUP = "group"  # said in a group or channel, or we were added to one
    MOVED = "moved"  # a group became another chat, named in `payload`
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    DEFERRED = "deferred"  # a question asked while Rasa was down, asked again by ourselves


FILES = frozenset({Kind.PHOTO, Kind.DOCUMENT, Kind.VIDEO, Kind.VIDEO_NOTE, Kind.ANIMATION, Kind.VOICE, Kind.AUDIO})
PLACES = frozenset({Kind.LOCATION, Kind.LIVE_LOCATION, Kind.VENUE})
PERSONAL = PLACES | {Kind.CONTACT}  # used where the dialogue asks for it and forgotten at once


@dataclass(frozen=True)
class Incoming:
    kind: Kind
    text: str = ""
    payload: str = ""
    telephone: str = ""
    is_of_other: bool = False  # the contact is not the sender's own
    latitude: float | None = None
    longitude: float | None = None
    file_id: str = ""
    file_name: str = ""
    mime_type: str = ""
    size: int | None = None  # bytes, as the door says
    was_cut: bool = False  # the text was longer than LONGEST_TEXT
    was_heard: bool = False  # the text is what a transcriber understood of a voice note
    is_forwarded: bool = False  # somebody else's words
    door_id: str = ""  # the door's own name for this message
    reply_to: str = ""  # the same for the message it answers
    said_at: int | None = None  # seconds since 1970, as the door says
    language: str = ""  # of the person's telephone
    tries: int = 0  # how often this question has been asked again
    sender: str = ""  # in the staff's group, and only there: whose account on Telegram wrote or pressed
    thread: str = ""  # the same: the topic of the group

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", None, False)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Incoming":
        return cls(**{**stored, "kind": Kind(stored["kind"])})


def text_message(text: str, kind: Kind = Kind.TEXT) -> Incoming:
    """A typed text, without control characters and cut to what Telegram allows."""
    clean = without_hidden(text)
    return Incoming(kind, clean[:LONGEST_TEXT].strip(), was_cut=len(clean) > LONGEST_TEXT)


def without_hidden(text: str) -> str:
    spaced = "".join(" " if letter.isspace() and letter != "\n" else letter for letter in text)
    return "".join(letter for letter in spaced if letter == "\n" or (letter.isprintable() and letter not in HIDDEN))


HIDDEN = frozenset(chr(code) for code in (0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Invisible and direction-turning characters: they hide one text inside another."""
