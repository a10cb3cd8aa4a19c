"""Files from outside: looked into, made anew or refused with words that help; never believed."""

import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from support.desk import files
from support.desk.files import FileRefused
from support.desk.models import StoredFile

SCRIPT = b"<html><script>alert(document.domain)</script></html>"


def picture(kind: str = "PNG", size=(60, 40), mode: str = "RGB", **facts) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, facts.pop("colour", 0)).save(written, kind, **facts)
    return written.getvalue()


def pdf(inside: bytes = b"1 0 obj << /Type /Catalog >> endobj", *, end: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n" + inside + b"\ntrailer << /Root 1 0 R >>\nstartxref\n9\n" + end


def archive(*, comment: bytes = b"", weight: int = 0) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as box:
        box.writestr("run.js", b"x" * weight)
        box.comment = comment
    return written.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data) & 0xFFFFFFFF)
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def store(acorn, noon):
    def store(content: bytes, name: str = "receipt.png") -> StoredFile:
        return files.store(partner_id=acorn.partner_id, name=name, content=content, at=noon)

    return store


def refused(store, content: bytes, code: str, name: str = "receipt.jpg") -> str:
    with pytest.raises(FileRefused) as caught:
        store(content, name)
    assert caught.value.code == code
    assert not StoredFile.objects.exists()
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "content_type", "suffix"),
    [
        ("JPEG", "image/jpeg", ".jpg"),
        ("PNG", "image/png", ".png"),
        ("GIF", "image/png", ".png"),
        ("WEBP", "image/jpeg", ".jpg"),
    ],
)
def test_picture_is_made_anew_as_what_it_is_whatever_its_name_says(store, kind, content_type, suffix):
    content = picture(kind)
    kept = store(content, "Чек из магазина.exe")
    assert (kept.content_type, kept.name) == (content_type, f"Чек из магазина{suffix}")
    assert (kept.width, kept.height) == (60, 40)
    assert kept.original_sha256 == hashlib.sha256(content).hexdigest()
    assert kept.size == len(kept.content)
    with Image.open(io.BytesIO(bytes(kept.content))) as read:
        read.load()
        assert read.size == (60, 40)


def test_where_and_with_what_it_was_photographed_is_not_kept(store):
    exif = Image.Exif()
    exif[0x0110] = "Telephone of Alice"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    kept = store(picture("JPEG", exif=exif.tobytes(), comment=b"at home"))
    content = bytes(kept.content)
    assert b"Telephone" not in content and b"at home" not in content and b"Exif" not in content
    # It was taken sideways: what is kept stands upright.
    assert (kept.width, kept.height) == (40, 60)


@pytest.mark.parametrize("size", [(4032, 3024), (8064, 6048)])
def test_telephones_photograph_is_kept_as_large_as_it_is_read(store, size):
    """Twelve and forty-eight million pixels, as telephones take them."""
    kept = store(picture("JPEG", size))
    assert (kept.width, kept.height) == (2400, 1800)


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "PNG", "mode": "I;16", "colour": 40_000},
        {"kind": "PNG", "mode": "LA"},
        {"kind": "PNG", "mode": "P"},
        {"kind": "PNG", "mode": "1"},
        {"kind": "WEBP", "mode": "RGBA"},
        {"kind": "JPEG", "mode": "CMYK"},
        {"kind": "JPEG", "mode": "L"},
    ],
    ids=lambda facts: f"{facts['kind']} {facts['mode']}",
)
def test_pictures_of_scanners_and_screens_are_read(store, facts):
    kept = store(picture(**facts))
    with Image.open(io.BytesIO(bytes(kept.content))) as read:
        assert read.mode in ("RGB", "RGBA")
        if facts["mode"] == "I;16":
            assert read.getpixel((0, 0)) == (156, 156, 156)


@pytest.mark.parametrize(
    "content",
    [
        picture("GIF") + b"*/;alert(1)//" + SCRIPT,
        picture("JPEG") + SCRIPT,
        picture("PNG") + archive(weight=50),
        picture("JPEG", comment=SCRIPT),
    ],
    ids=["gif and script", "jpeg and page", "png and archive", "page in a comment"],
)
def test_of_a_picture_that_is_something_else_too_only_the_pixels_are_kept(store, content):
    kept = bytes(store(content).content)
    assert b"alert" not in kept and b"run.js" not in kept and b"PK\x03\x04" not in kept


def test_pdf_is_kept_as_it_came(store):
    content = pdf()
    kept = store(content, "Bill No 5.PDF")
    assert (bytes(kept.content), kept.content_type, kept.name) == (
        content,
        "application/pdf",
        "Bill No 5.pdf",
    )
    assert store(pdf(zlib.compress(SCRIPT))).content_type == "application/pdf"


@pytest.mark.parametrize(
    "content",
    [
        pdf() + archive(weight=5000),
        pdf() + archive(weight=5000, comment=b"%%EOF"),
        pdf(archive(weight=9000)) + b"",
        pdf(SCRIPT),
        pdf(b"x" * 5000 + SCRIPT + b"x" * 5000),
        pdf(b"<?php system('id'); ?>"),
        pdf(b"1 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj"),
        pdf(b"1 0 obj << /S /Launch /F (cmd.exe) >> endobj"),
        pdf(end=b"%%EOF\n" + b"MZ\x90" * 100),
    ],
    ids=[
        "archive behind",
        "archive with an end of its own",
        "archive inside",
        "page",
        "page in the middle",
        "php",
        "script",
        "program to launch",
        "program behind",
    ],
)
def test_pdf_that_is_or_does_something_else_is_refused(store, content):
    assert "more than a PDF" in refused(store, content, "file_kind", "bill.pdf")


@pytest.mark.parametrize(
    "content",
    [
        SCRIPT,
        archive(),
        b"MZ\x90\x00",
        b"\x7fELF",
        b"\n%PDF-1.7 %%EOF",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM" + b"\0" * 60,
        b"II*\x00" + b"\0" * 60,
        "Просто текст".encode(),
        b"\x00",
        b"RIFF\x00\x00\x00\x00AVI ",
    ],
    ids=["page", "archive", "program", "elf", "late pdf", "svg", "bmp", "tiff", "text", "nul", "film"],
)
def test_anything_else_is_refused_though_it_be_called_a_picture(store, content):
    assert "neither a picture nor a PDF" in refused(store, content, "file_kind")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        picture("PNG", (500, 500))[:-40],
        picture("JPEG", (500, 500))[:300],
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"%PDF-1.7",
        b"\xff\xd8\xff" + SCRIPT,
    ],
    ids=["nothing", "png", "jpeg", "jpeg head", "png head", "gif head", "webp head", "pdf head", "page"],
)
def test_damaged_file_is_refused_with_what_to_do(store, content):
    refused(store, content, "file_broken")


@pytest.mark.parametrize("size", [(8000, 8000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_picture_that_would_unfold_to_more_than_fits_is_refused_unseen(store, size):
    assert "too many pixels" in refused(store, png_of(*size), "file_too_large")


def test_fifty_megabytes_are_refused(store):
    assert "larger than 10 MB" in refused(store, b"\xff\xd8\xff" + b"\0" * 50 * 1024 * 1024, "file_too_large")


def test_five_files_at_once_are_enough():
    files.refuse_too_many([1] * 5)
    with pytest.raises(FileRefused) as caught:
        files.refuse_too_many([1] * 6)
    assert caught.value.code == "too_many_files"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\Alice\\чек.png", "чек.png"),
        ("a\x00b\r\nSet-Cookie: x.png", "ab_Set-Cookie_ x.png"),
        ("\u202egnp.exe", "_gnp.png"),
        ("half \ud83d.png", "half _.png"),
        ("<script>.png", "_script_.png"),
        ("." * 300, "file.png"),
        ("", "file.png"),
        ("a" * 5000 + ".png", "a" * 90 + ".png"),
    ],
)
def test_name_is_a_name_and_nothing_else(store, name, kept):
    assert store(picture(), name).name == kept


def test_file_is_served_so_that_nothing_in_it_runs(store):
    receipt, bill = store(picture(), "чек.png"), store(pdf(), 'a".pdf')
    headers = files.content_headers(bill)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == 'attachment; filename="a_.pdf"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "private, no-store"
    assert files.content_headers(receipt)["Content-Disposition"].startswith("inline; filename*=utf-8''")
