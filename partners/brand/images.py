"""Partners' logos. The bytes come from outside, so what we keep is a picture that we have drawn anew."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib import pictures, sight
from cashback.lib.errors import DomainError
from partners.brand import dress
from partners.models import BrandImage, Storefront

LARGEST_FILE = 512 * 1024
MOST_PIXELS = 4_000_000
# Twice the size at which the widest logo is shown, for dense screens.
BOX = (640, 160)
LEAST_SIDE = 16
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


class ImageRefused(DomainError):
    """The file cannot be a logo. The message says why and what would do."""

    code = "image_refused"


@transaction.atomic
def store(*, storefront: Storefront, kind: str, content: bytes) -> BrandImage:
    """The storefront's logo of this kind is the picture in the file."""
    picture = _picture(content)
    drawn = pictures.webp(picture)
    dress.lock(storefront)
    image, _created = BrandImage.objects.update_or_create(
        partner_id=storefront.partner_id,
        storefront=storefront,
        kind=kind,
        defaults={
            "digest": hashlib.sha256(drawn).hexdigest()[:16],
            "content": drawn,
            "content_type": pictures.CONTENT_TYPE,
            "width": picture.width,
            "height": picture.height,
        },
    )
    dress.renew(storefront)
    return image


@transaction.atomic
def remove(*, storefront: Storefront, kind: str) -> None:
    """The storefront has no logo of this kind; its name stands instead."""
    dress.lock(storefront)
    storefront.images.filter(kind=kind).delete()
    dress.renew(storefront)


def by_digest(digest: str) -> BrandImage | None:
    if "\x00" in digest:
        return None
    # A picture is for everybody who has its address, which is what it holds.
    with sight.all_partners("whose picture it is", is_hot=True):
        return BrandImage.objects.filter(digest=digest).order_by("pk").first()


def check(content: bytes) -> None:
    """Refuses what `store` would."""
    _picture(content)


def _picture(content: bytes) -> "pictures.Image.Image":
    if len(content) > LARGEST_FILE:
        raise ImageRefused(_("The file is larger than 512 KB. Save the logo smaller, as PNG or WebP."))
    try:
        # An empty border would make the logo look smaller than the height that it is given.
        picture = pictures.redrawn(
            content, formats=FORMATS, box=BOX, most_pixels=MOST_PIXELS, is_trimmed=True
        )
    except pictures.TooManyPixels as error:
        raise ImageRefused(
            _("The picture has more than 4 million pixels. 640 × 160 is as much as is ever shown.")
        ) from error
    except pictures.NotAPicture as error:
        raise ImageRefused(_refusal(content)) from error
    if min(picture.size) < LEAST_SIDE:
        raise ImageRefused(_("The picture is too small to be read: each side needs 16 pixels."))
    return picture


def _refusal(content: bytes) -> str:
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype")) or b"<svg" in start:
        return _("SVG can carry scripts and is not taken. Save the logo as PNG or WebP.")
    return _("This is no picture that we can read. Save the logo as PNG, WebP, JPEG or GIF.")
