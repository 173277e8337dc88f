"""A picture that somebody sent, drawn anew: nothing but its pixels comes from the file.

What a camera writes beside them (where it was taken, on which telephone) is left out, and so is whatever hides behind a picture or could
do harm to a browser.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.errors import RefusedError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")  # and no others of Pillow's: some start programs
MOST_PIXELS = 60_000_000  # as it came: a small file may unfold into gigabytes
LONGEST_SIDE = 2400  # px: what a page of text needs to be read
TOO_LARGE = "La foto es demasiado grande para abrirla; pida a la persona una más pequeña"
BROKEN = "La foto está dañada o no es una foto; pida a la persona que la mande otra vez"


@dataclass(frozen=True)
class Picture:
    media_type: str
    data: bytes


def drawn_anew(data: bytes) -> Picture:
    """The first picture in it, upright: a JPEG, or a PNG where it has holes. Raises RefusedError."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise RefusedError(TOO_LARGE)
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _saved(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RefusedError(TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError):  # whatever Pillow's readers raise
        raise RefusedError(BROKEN) from None


def _saved(picture: Image.Image) -> Picture:
    has_holes = "A" in picture.getbands() or "transparency" in picture.info
    pixels = picture.convert("RGBA" if has_holes else "RGB")
    pixels.info.clear()
    target = io.BytesIO()
    if has_holes:
        pixels.save(target, "PNG")
        return Picture("image/png", target.getvalue())
    pixels.save(target, "JPEG", quality=85, exif=b"")
    return Picture("image/jpeg", target.getvalue())
