"""Which files that people send are kept, by what is in them.

Telegram lets a bot fetch files of up to 20 MB: https://core.telegram.org/bots/api#getfile
"""

import mimetypes

import puremagic

LARGEST = 20_000_000  # bytes
KEPT_TYPES = (
    "image/", "video/", "audio/", "text/plain", "application/pdf", "application/rtf", "application/ogg", "application/msword",
    "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.",
)  # fmt: skip
PAPER_TYPES = ("image/", "application/pdf")
SCRIPTS = "image/svg"  # a picture that a browser runs as a page


def is_kept_type(media_type: str) -> bool:
    return media_type.startswith(KEPT_TYPES) and not media_type.startswith(SCRIPTS)


def is_paper(media_type: str) -> bool:
    """What a document is sent as: a picture or a PDF."""
    return media_type.startswith(PAPER_TYPES) and not media_type.startswith(SCRIPTS)


def kind_of(data: bytes) -> tuple[str, str]:
    """Media type and ending by what is in the file, whatever its name says."""
    try:
        found = puremagic.magic_string(data)[0]
        kind = found.mime_type or "application/octet-stream"
        return kind, mimetypes.guess_extension(kind) or found.extension
    except (puremagic.PureError, ValueError, IndexError):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return "application/octet-stream", ""
        return "text/plain", ".txt"
