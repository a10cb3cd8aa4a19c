"""Files from outside: looked at, not believed; images made anew without what they carry along; the rest refused.

What a file is its first bytes tell, never its name. An image is decoded and encoded again, so nothing of it but its
pixels is kept. A PDF is kept as it came, where it is one and nothing else besides.
"""

import hashlib
import io
import re
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from cashback.lib.errors import DomainError
from support.desk.models import StoredFile

LARGEST = 10 * 1024 * 1024
MOST = 5
# The longest side that is kept: a receipt is read at this size, and a telephone's photograph shrinks to a tenth.
_LONGEST_SIDE = 2400
# A picture that would unfold to more is a bomb, or no receipt.
_MOST_PIXELS = 60_000_000

_IMAGES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_PDF = b"%PDF-"
# What else a file could be taken for by whoever opens it: a page, a script, an archive, a program.
_OTHER_THINGS = re.compile(
    rb"<\s*(?:!doctype|html|script|svg|iframe|body)\b|PK\x03\x04|Rar!\x1a|7z\xbc\xaf|\x7fELF|^MZ", re.I
)
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


def refuse_too_many(files: Sequence[object], *, most: int = MOST) -> None:
    if len(files) > most:
        raise FileRefused(_("Send %(most)s files at most.") % {"most": most}, code="too_many_files")


def content_headers(file: StoredFile) -> dict[str, str]:
    """How a kept file is served: by permission, never run, never kept by anybody on the way."""
    place = "inline" if file.content_type.startswith("image/") else "attachment"
    plain = re.sub(r"[^A-Za-z0-9.\-]+", "_", file.name) or "file"
    return {
        "Content-Type": file.content_type,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'{place}; filename="{plain}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def clean_name(name: str) -> str:
    """The last part of the name, without what names should not hold."""
    last = re.split(r"[\\/]", name.replace("\x00", ""))[-1]
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
    if b"%%EOF" not in content[-2048:]:
        raise _broken(name)
    # In a true PDF such words stand inside compressed streams; in the clear at either end they are another file's.
    if _OTHER_THINGS.search(content[:1024]) or _OTHER_THINGS.search(content[-1024:]):
        raise FileRefused(
            _("%(name)s is more than a PDF. Save it anew as a PDF or send a picture of it.")
            % {"name": clean_name(name)},
            code="file_kind",
        )
    return _Kept(content, "application/pdf", ".pdf")


def _image(content: bytes, kind: str, name: str) -> _Kept:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[kind]) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise FileRefused(
                        _("%(name)s has too many pixels. Send a smaller picture.")
                        % {"name": clean_name(name)},
                        code="file_too_large",
                    )
                opened.load()
                upright = ImageOps.exif_transpose(opened)
                upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
                return _encoded(upright, is_photo=kind == "JPEG")
    except FileRefused:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Warning,
        MemoryError,
    ) as error:
        raise _broken(name) from error


def _encoded(image: Image.Image, *, is_photo: bool) -> _Kept:
    written = io.BytesIO()
    if is_photo:
        image.convert("RGB").save(written, "JPEG", quality=85, optimize=True)
        return _Kept(written.getvalue(), "image/jpeg", ".jpg", image.width, image.height)
    image.convert("RGBA" if "A" in image.mode or "transparency" in image.info else "RGB").save(
        written, "PNG", optimize=True
    )
    return _Kept(written.getvalue(), "image/png", ".png", image.width, image.height)


def _broken(name: str) -> FileRefused:
    return FileRefused(
        _("%(name)s cannot be read: it is damaged or incomplete. Send it again.")
        % {"name": clean_name(name)},
        code="file_broken",
    )
