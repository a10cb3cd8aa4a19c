"""Logos are fetched once, drawn anew within our box, and a bad one stops nothing."""

import io
import struct
import threading
import zlib
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from offers.intake import logos
from offers.models import Merchant, MerchantLogo
from tests import make


def picture(width=600, height=200, *, colour=(200, 30, 60, 255), kind="PNG", mode=None) -> bytes:
    mode = mode or ("RGB" if kind in {"JPEG", "BMP", "GIF"} else "RGBA")
    out = io.BytesIO()
    Image.new(mode, (width, height), 1 if mode == "1" else colour[: len(mode)]).save(out, kind)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims side × side pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def icon(holding: bytes) -> bytes:
    """An icon that says it is 32 × 32 and holds whatever it holds."""
    entry = struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, 32, len(holding), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + holding


def test_a_picture_inside_an_icon_is_measured_before_it_is_drawn():
    assert Image.open(io.BytesIO(logos.redraw(icon(picture(32, 32))))).size == (32, 32)
    with pytest.raises(logos.NotALogo, match="DecompressionBombError"):
        logos.redraw(icon(bomb(5000)))


@pytest.fixture
def shelf():
    """A network's picture server: path → body. What is not there is 404; `asked` are the paths, in order."""

    class Shelf(dict):
        asked: list[str] = []

    pictures = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            pictures.asked.append(self.path)
            body = pictures.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            """Quiet."""

    pictures.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pictures.url = f"http://127.0.0.1:{server.server_port}"
    yield pictures
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_picture_is_redrawn_within_the_box(kind):
    with Image.open(io.BytesIO(logos.redraw(picture(kind=kind)))) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (240, 80))


def test_small_picture_is_not_blown_up_and_stays_transparent():
    with Image.open(io.BytesIO(logos.redraw(picture(60, 30, colour=(0, 0, 0, 0))))) as drawn:
        assert (drawn.size, drawn.getpixel((0, 0))[3]) == ((60, 30), 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>no picture here</html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>',
        picture()[:90],
        b"GIF89a" + b"\xff" * 40,
        picture(5_000, 5_000, mode="1"),
        bomb(60_000),
    ],
    ids=["empty", "html", "svg", "cut", "broken", "big", "bomb"],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(logos.NotALogo):
        logos.redraw(content)


def test_logo_is_fetched_once_for_all_who_share_it(db, shelf, at):
    shelf["/tea.png"] = picture()
    merchants = [make.merchant(logo_url=f"{shelf.url}/tea.png") for _ in range(3)]
    make.merchant()
    assert logos.fetch(at=at) == logos.Fetched(stored=3)
    logo = MerchantLogo.objects.get()
    assert logo.content_type == "image/webp"
    assert {
        merchant.logo_digest for merchant in Merchant.objects.filter(pk__in=[m.pk for m in merchants])
    } == {logo.digest}
    assert logos.fetch(at=at) == logos.Fetched()
    assert shelf.asked == ["/tea.png"]


def test_changed_address_is_fetched_and_the_old_logo_serves_until_then(db, shelf, at):
    shelf["/old.png"] = picture()
    merchant = make.merchant(logo_url=f"{shelf.url}/old.png")
    logos.fetch(at=at)
    merchant.refresh_from_db()
    old = merchant.logo_digest
    Merchant.objects.update(logo_url=f"{shelf.url}/new.png")
    assert logos.fetch(at=at) == logos.Fetched(failed=1)
    merchant.refresh_from_db()
    assert merchant.logo_digest == old
    shelf["/new.png"] = picture(colour=(0, 90, 200, 255))
    assert logos.fetch(at=at + logos.TRY_AGAIN_AFTER + timedelta(seconds=1)) == logos.Fetched(stored=1)
    merchant.refresh_from_db()
    assert merchant.logo_digest not in ("", old)


def test_address_that_fails_stops_no_other_and_is_left_alone_for_a_week(db, shelf, at):
    shelf["/tea.png"], shelf["/huge.png"], shelf["/page"] = (
        picture(),
        b"x" * (logos.LARGEST_FILE + 1),
        b"<html>",
    )
    for path in ("/gone.png", "/huge.png", "/page", "/tea.png"):
        make.merchant(logo_url=shelf.url + path)
    assert logos.fetch(at=at) == logos.Fetched(stored=1, failed=3)
    shelf.asked.clear()
    assert logos.fetch(at=at + timedelta(days=6)) == logos.Fetched()
    assert shelf.asked == []
    assert logos.fetch(at=at + timedelta(days=8)) == logos.Fetched(failed=3)


def test_private_address_is_never_called(db, settings, shelf, at):
    settings.EGRESS_LOOPBACK = False
    make.merchant(logo_url=f"{shelf.url}/tea.png")
    make.merchant(logo_url="https://169.254.169.254/latest/meta-data/")
    make.merchant(logo_url="file:///etc/passwd")
    assert logos.fetch(at=at) == logos.Fetched(failed=3)
    assert shelf.asked == []


def test_what_the_time_does_not_allow_is_left_for_the_next_run(db, shelf, at):
    make.merchant(logo_url=f"{shelf.url}/tea.png")
    assert logos.fetch(at=at, within_seconds=-1) == logos.Fetched(left=1)
    assert logos.due(at=at).count() == 1
