"""Pictures from strangers: what we keep is one that we have drawn anew, small, still, in one format."""

import io
import struct
from collections.abc import Sequence

from PIL import Image, ImageOps

CONTENT_TYPE = "image/webp"

# A picture may hold another, as an icon does, and claim less than it: Pillow refuses twice this, wherever it meets it.
Image.MAX_IMAGE_PIXELS = 10_000_000

# What Pillow raises over broken files, format by format.
_BROKEN = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    Image.DecompressionBombError,
)


class NotAPicture(Exception):
    """The bytes are no picture that we can draw."""


class TooManyPixels(NotAPicture):
    """A picture's memory is its pixels: a file of a few kilobytes may claim billions of them."""


def redrawn(
    content: bytes,
    *,
    formats: Sequence[str],
    box: tuple[int, int],
    most_pixels: int,
    is_trimmed: bool = False,
) -> Image.Image:
    """The picture upright, within the box, as RGB or RGBA; of a moving one, the first frame. Nothing else that the
    file carried is left; if `is_trimmed`, neither is a border that is transparent all along."""
    try:
        with Image.open(io.BytesIO(content), formats=formats) as picture:
            if picture.width * picture.height > most_pixels:
                raise TooManyPixels(f"{picture.width} × {picture.height} pixels are too many.")
            upright = ImageOps.exif_transpose(picture)
            drawn = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            if is_trimmed and drawn.mode == "RGBA":
                drawn = drawn.crop(drawn.getchannel("A").getbbox() or (0, 0, 0, 0))
            if not drawn.width or not drawn.height:
                raise NotAPicture("It is transparent all over.")
            drawn.thumbnail(box, Image.Resampling.LANCZOS)
            return drawn
    except _BROKEN as error:
        raise NotAPicture(f"{type(error).__name__}: it cannot be drawn.") from error


def webp(picture: Image.Image) -> bytes:
    """Without loss or nearly so, whichever is smaller: flat logos are smaller without."""
    return min((_saved(picture, lossless=True), _saved(picture, quality=90)), key=len)


def _saved(picture: Image.Image, **how: object) -> bytes:
    out = io.BytesIO()
    # The profile and the rest of `info` belong to the file that we were given.
    picture.save(out, "WEBP", method=4, icc_profile=b"", exif=b"", xmp=b"", **how)
    return out.getvalue()
