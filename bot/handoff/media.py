"""A file that a person sent, as a browser of the staff may show it: by what is in it, whatever its name or its sender says.

Pictures are drawn anew (`bot.pictures`). Sound and film come as they are, under their own type alone. A PDF is only downloaded. What a
browser could run as a page, and what nobody knows, does not come at all.
"""

from dataclasses import dataclass

from bot import pictures
from bot.errors import RefusedError
from bot.file_types import LARGEST, kind_of

PLAYED = {
    "audio/mpeg": "audio/mpeg", "audio/ogg": "audio/ogg", "audio/opus": "audio/ogg", "application/ogg": "audio/ogg",
    "audio/mp4": "audio/mp4", "audio/x-m4a": "audio/mp4", "audio/wav": "audio/wav", "audio/x-wav": "audio/wav",
    "audio/flac": "audio/flac", "audio/x-flac": "audio/flac", "video/mp4": "video/mp4", "video/quicktime": "video/quicktime",
    "video/webm": "video/webm", "video/ogg": "video/ogg",
}  # fmt: skip
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/mp4": "m4a", "audio/wav": "wav",
    "audio/flac": "flac", "video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm", "video/ogg": "ogv", "application/pdf": "pdf",
}  # fmt: skip
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


@dataclass(frozen=True)
class Shown:
    media_type: str
    data: bytes

    @property
    def is_downloaded(self) -> bool:
        return self.media_type == "application/pdf"

    def name(self, ticket_id: int, number: int) -> str:
        """Ours, never the sender's."""
        return f"peticion-{ticket_id}-archivo-{number}.{ENDINGS[self.media_type]}"


def shown(data: bytes) -> Shown:
    """Raises RefusedError for what is not shown."""
    if len(data) > LARGEST:
        raise RefusedError(f"El archivo pasa de {LARGEST // 1_000_000} MB y no se abre aquí")
    if data.startswith(_PICTURES) or data[8:12] == b"WEBP":
        picture = pictures.drawn_anew(data)
        return Shown(picture.media_type, picture.data)
    kind, _ = kind_of(data)
    if data.startswith(b"%PDF-"):
        return Shown("application/pdf", data)
    if kind in PLAYED:
        return Shown(PLAYED[kind], data)
    raise RefusedError("Ese tipo de archivo no se abre aquí, porque podría hacer daño; pida a la persona una foto o un PDF")
