"""Partners' logos: drawn anew from whatever comes, or refused with the reason."""

import io
import zlib
from struct import pack

import pytest
from PIL import Image

from partners.brand import dress, images
from partners.models import BrandImage

LIGHT, DARK = BrandImage.Kind.LOGO_LIGHT, BrandImage.Kind.LOGO_DARK


def picture(mode="RGB", size=(300, 100), colour=None, **how) -> bytes:
    out = io.BytesIO()
    colours = {
        "RGBA": (10, 120, 60, 255),
        "RGB": (10, 120, 60),
        "CMYK": (10, 20, 30, 0),
        "L": 9,
        "P": 3,
        "1": 0,
    }
    Image.new(mode, size, colour if colour is not None else colours[mode]).save(
        out, **{"format": "PNG", **how}
    )
    return out.getvalue()


def drawn(image: BrandImage) -> Image.Image:
    return Image.open(io.BytesIO(bytes(image.content)))


@pytest.mark.parametrize(
    "content",
    [
        picture(),
        picture("RGBA"),
        picture("L"),
        picture("P"),
        picture("1"),
        picture("CMYK", format="JPEG"),
        picture(format="WEBP"),
        picture("P", format="GIF"),
    ],
    ids=["RGB", "RGBA", "grey", "palette", "black and white", "CMYK", "WebP", "GIF"],
)
def test_a_logo_is_kept_as_webp_that_we_have_drawn(acorn, content):
    image = images.store(storefront=acorn, kind=LIGHT, content=content)
    made = drawn(image)
    assert (made.format, made.size) == ("WEBP", (300, 100))
    assert (image.width, image.height, image.content_type) == (300, 100, "image/webp")


def test_a_large_logo_is_made_smaller(acorn):
    image = images.store(storefront=acorn, kind=LIGHT, content=picture(size=(2000, 500)))
    assert (image.width, image.height) == (640, 160)
    assert drawn(image).size == (640, 160)


def test_nothing_that_the_file_carried_is_left(acorn):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "SECRET PLACE"
    content = picture(size=(100, 300), format="JPEG", exif=exif, comment=b"SECRET COMMENT")
    assert b"SECRET" in content
    image = images.store(storefront=acorn, kind=LIGHT, content=content)
    assert (image.width, image.height) == (300, 100)
    assert b"SECRET" not in bytes(image.content)
    assert not drawn(image).getexif()


def test_of_a_moving_picture_the_first_frame_is_kept(acorn):
    out = io.BytesIO()
    first, second = (Image.new("RGB", (300, 100), colour) for colour in ("red", "blue"))
    first.save(out, "GIF", save_all=True, append_images=[second], duration=100)
    image = images.store(storefront=acorn, kind=LIGHT, content=out.getvalue())
    made = drawn(image)
    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((150, 50)) == (255, 0, 0)


def test_an_empty_border_is_cut_off(acorn):
    whole = Image.new("RGBA", (500, 300), (0, 0, 0, 0))
    whole.paste((10, 120, 60, 255), (100, 100, 400, 200))
    out = io.BytesIO()
    whole.save(out, "PNG")
    image = images.store(storefront=acorn, kind=LIGHT, content=out.getvalue())
    assert (image.width, image.height) == (300, 100)


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "SVG"),
        (b"", "no picture"),
        (b"GIF89a", "no picture"),
        (b"<html>", "no picture"),
        (picture()[:60], "no picture"),
        (picture(format="BMP"), "no picture"),
        (picture(format="TIFF"), "no picture"),
        (picture() + b"\0" * 512 * 1024, "512 KB"),
        (claims(2001, 2000), "4 million"),
        (claims(60000, 60000), "no picture|4 million"),
        (picture("RGBA", colour=(0, 0, 0, 0)), "no picture"),
        (picture(size=(15, 15)), "16 pixels"),
        (picture(size=(2000, 20)), "16 pixels"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_the_reason(acorn, content, reason):
    with pytest.raises(images.ImageRefused, match=reason):
        images.store(storefront=acorn, kind=LIGHT, content=content)
    assert not BrandImage.objects.exists()
    assert acorn.dress == {}


def test_it_is_served_from_our_own_host_and_kept_for_ever(client, acorn):
    image = images.store(storefront=acorn, kind=LIGHT, content=picture())
    response = client.get(f"/brand/{image.digest}")
    assert response.content == bytes(image.content)
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("digest", ["0" * 16, "%00", "x" * 3000])
def test_an_unknown_picture_is_not_found(client, db, digest):
    assert client.get(f"/brand/{digest}").status_code == 404


def test_the_header_shows_it_in_place_of_the_letter(client, acorn):
    image = images.store(storefront=acorn, kind=LIGHT, content=picture())
    acorn.refresh_from_db()
    assert acorn.dress == dress.worn(acorn)
    page = client.get("/s/acorn/terms/").content.decode()
    assert (
        f'<img class="brand-logo is-light-alone" src="/brand/{image.digest}" alt="Acorn Bank" width="300" height="100">'
        in page
    )
    assert "brand-mark" not in page


def test_two_logos_change_with_the_mode_and_a_square_one_has_the_name_beside_it(client, acorn):
    images.store(storefront=acorn, kind=LIGHT, content=picture())
    images.store(storefront=acorn, kind=DARK, content=picture(size=(100, 100)))
    page = client.get("/s/acorn/terms/").content.decode()
    assert '<img class="brand-logo is-for-light"' in page
    assert '<img class="brand-logo is-for-dark"' in page
    assert '<span class="brand-name is-for-dark">Acorn Bank</span>' in page
    assert '<span class="brand-name is-for-light">' not in page


def test_a_new_logo_takes_the_place_of_the_old_and_a_removed_one_leaves_the_name(client, acorn):
    old = images.store(storefront=acorn, kind=LIGHT, content=picture())
    new = images.store(storefront=acorn, kind=LIGHT, content=picture(colour=(200, 0, 0)))
    assert old.digest != new.digest
    assert BrandImage.objects.count() == 1
    images.remove(storefront=acorn, kind=LIGHT)
    assert not BrandImage.objects.exists()
    assert '<span class="brand-mark"' in client.get("/s/acorn/terms/").content.decode()


def test_one_storefronts_logo_is_not_anothers(client, acorn, birch):
    images.store(storefront=acorn, kind=LIGHT, content=picture())
    assert "brand-logo" not in client.get("/s/birch/terms/").content.decode()
