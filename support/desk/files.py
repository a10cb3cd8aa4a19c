"""Files from outside: looked at, not believed; images made anew without what they carry along; the rest refused.

What a file is its first bytes tell, never its name. An image is decoded and encoded again, so nothing of it but its
pixels is kept. A PDF is kept as it came, where it is one and nothing else besides.
"""

import hashlib
import io
import re
import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from PIL import ExifTags, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from cashback.lib.errors import DomainError
from support.desk.models import StoredFile

LARGEST = 10 * 1024 * 1024
MOST = 5
# The longest side that is kept: a receipt is read at this size, and a telephone's photograph shrinks to a tenth.
_LONGEST_SIDE = 2400
# A picture that would unfold to more is a bomb, or no receipt. Telephones take 50 million and more, and a photograph is
# unfolded at a part of its size; the others at all of it.
_MOST_PIXELS = {"JPEG": 60_000_000, "PNG": 40_000_000, "GIF": 10_000_000, "WEBP": 40_000_000}

_IMAGES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
# Opened by its own reader each: `Image.open` has one limit for the whole process, which is for logos.
_READERS: dict[str, Callable[[io.BytesIO], ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
}
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
)
_PDF = b"%PDF-"
# What else a PDF could be taken for by whoever opens it, a page or an archive, and what it could do by itself. In a
# true one such words stand inside compressed streams, where chance writes none so long.
_OTHER_THINGS = re.compile(
    rb"<(?:!doctype|html|script|iframe|body|\?php)\b|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"
    rb"|/(?:JavaScript|Launch|RichMedia)\b",
    re.I,
)
# An archive is known by its end: its list of files begins with this, somewhere before the last comment.
_END_OF_ZIP, _ZIP_TAIL = b"PK\x05\x06", 66_000
# Of what stands behind the last end of a PDF: room for a line's end, not for another file.
_MOST_BEHIND_A_PDF = 64
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_UNFIT_FOR_A_NAME = re.compile(r"[^\w.\- ()]+", re.UNICODE)


class FileRefused(DomainError):
    """The file is not kept; the message tells the sender what to send instead."""


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    content_type: str
    suffix: str
    width: int | None = None
    height: int | None = None


def store(*, partner_id: uuid.UUID, name: str, content: bytes, at: datetime) -> StoredFile:
    """The file is kept, as what it really is. Raises FileRefused (file_too_large, file_kind, file_broken)."""
    if len(content) > LARGEST:
        raise FileRefused(
            _("%(name)s is larger than 10 MB. Send a smaller picture of it.") % {"name": clean_name(name)},
            code="file_too_large",
        )
    kept = _look_into(content, name)
    return StoredFile.objects.create(
        partner_id=partner_id,
        original_sha256=hashlib.sha256(content).hexdigest(),
        name=_named(name, kept.suffix),
        content_type=kept.content_type,
        size=len(kept.content),
        width=kept.width,
        height=kept.height,
        content=kept.content,
        created_at=at,
    )


def store_all(*, partner_id: uuid.UUID, files: Sequence[tuple[str, bytes]], at: datetime) -> list[StoredFile]:
    """What came with one word, as names and bytes. Raises FileRefused, also for more than may come at once
    (too_many_files); what was kept before the refused one goes with the caller's transaction."""
    refuse_too_many(files)
    return [store(partner_id=partner_id, name=name, content=content, at=at) for name, content in files]


def refuse_too_many(files: Sequence[object], *, most: int = MOST) -> None:
    if len(files) > most:
        raise FileRefused(_("Send %(most)s files at most.") % {"most": most}, code="too_many_files")


# Whatever was sent, it is kept as one of these.
KINDS_KEPT = ("image/png", "image/jpeg", "application/pdf")


def content_headers(file: StoredFile) -> dict[str, str]:
    """How a kept file is served: by permission, never run, never kept by anybody on the way."""
    is_document = not file.content_type.startswith("image/")
    return {
        "Content-Type": file.content_type,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": content_disposition_header(is_document, file.name or "file") or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def clean_name(name: str) -> str:
    """The last part of the name, without what names should not hold."""
    last = re.split(r"[\\/]", name[:1000].replace("\x00", ""))[-1]
    return _UNFIT_FOR_A_NAME.sub("_", last).strip(" .")[:100] or _("file")


def _named(name: str, suffix: str) -> str:
    stem = clean_name(name).rsplit(".", 1)[0][:90] or "file"
    return f"{stem}{suffix}"


def _look_into(content: bytes, name: str) -> _Kept:
    if not content:
        raise FileRefused(_("%(name)s is empty.") % {"name": clean_name(name)}, code="file_broken")
    if content.startswith(_PDF):
        return _pdf(content, name)
    kind = next((kind for mark, kind in _IMAGES.items() if content.startswith(mark)), "")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "WEBP"
    if not kind:
        raise FileRefused(
            _("%(name)s is neither a picture nor a PDF. Send a photo, a screenshot or a PDF.")
            % {"name": clean_name(name)},
            code="file_kind",
        )
    return _image(content, kind, name)


def _pdf(content: bytes, name: str) -> _Kept:
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise _broken(name)
    is_more = len(content) - end > _MOST_BEHIND_A_PDF or _END_OF_ZIP in content[-_ZIP_TAIL:]
    if is_more or _OTHER_THINGS.search(content):
        raise FileRefused(
            _("%(name)s is more than a PDF. Save it anew as a PDF or send a picture of it.")
            % {"name": clean_name(name)},
            code="file_kind",
        )
    return _Kept(content, "application/pdf", ".pdf")


def _image(content: bytes, kind: str, name: str) -> _Kept:
    """Nothing is unfolded before its size is known, and a large photograph is unfolded at a part of its size."""
    try:
        with _READERS[kind](io.BytesIO(content)) as opened:
            if opened.width * opened.height > _MOST_PIXELS[kind]:
                raise _too_many_pixels(name)
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            opened.load()
            # Its metadata tell which way is up, and go where the picture itself goes on.
            turned = opened.getexif().get(ExifTags.Base.Orientation, 1)
            small = _in_plain_colours(opened)
            small.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            return _encoded(_upright(small, turned), is_photo=kind in ("JPEG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except _BROKEN as error:
        raise _broken(name) from error


def _too_many_pixels(name: str) -> FileRefused:
    return FileRefused(
        _("%(name)s has too many pixels. Send a smaller picture.") % {"name": clean_name(name)},
        code="file_too_large",
    )


def _in_plain_colours(image: Image.Image) -> Image.Image:
    """Red, green, blue and what is clear, eight bits each, with nothing written beside the pixels."""
    if image.mode.startswith("I;16"):
        # Scanners write sixteen bits, which would turn white when they are cut.
        image = image.convert("I").point(lambda level: level / 256).convert("L")
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    plain = image if image.mode == wanted else image.convert(wanted)
    plain.info = {}
    return plain


def _upright(image: Image.Image, turned: int) -> Image.Image:
    turn = _TURNS.get(turned)
    return image if turn is None else image.transpose(turn)


def _encoded(image: Image.Image, *, is_photo: bool) -> _Kept:
    written = io.BytesIO()
    if is_photo and image.mode == "RGB":
        image.save(written, "JPEG", quality=85, optimize=True, comment=b"", exif=b"")
        return _Kept(written.getvalue(), "image/jpeg", ".jpg", image.width, image.height)
    image.save(written, "PNG", exif=b"")
    return _Kept(written.getvalue(), "image/png", ".png", image.width, image.height)


def _broken(name: str) -> FileRefused:
    return FileRefused(
        _("%(name)s cannot be read: it is damaged or incomplete. Send it again.")
        % {"name": clean_name(name)},
        code="file_broken",
    )
