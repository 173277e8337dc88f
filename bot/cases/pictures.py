"""A photograph as it is shown: drawn anew, so that nothing but its pixels comes from the file that somebody sent.

What a camera writes beside the picture (where it was taken, on which telephone) is left out, and so is what a broken file could do to a
browser. A PDF cannot be drawn here: it is given as a file to keep, never shown.
"""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.errors import RefusedError

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2400  # px: what a page of text needs to be read
UNREADABLE = "El archivo no es una foto que se pueda mostrar; pida a la persona que la mande otra vez"


def redrawn(data: bytes) -> bytes:
    """A JPEG. Raises RefusedError when it is no picture, or one that is too large to be drawn."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data)) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise RefusedError(UNREADABLE)
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning):
        raise RefusedError(UNREADABLE) from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    made = io.BytesIO()
    upright.save(made, "JPEG", quality=85)
    return made.getvalue()
