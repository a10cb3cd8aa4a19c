"""Draws the hand-made shops' logos into static/logos: `python -m cashback.sandbox.draw_logos`.

Needs Pillow and Debian's DejaVu and Liberation fonts. Run by hand when a shop is added; the pictures are
committed, and nothing needs Pillow afterwards.
"""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from cashback.sandbox import catalogue, generated
from cashback.sandbox.emblems import EMBLEMS
from cashback.sandbox.logo_designs import DESIGNS
from cashback.sandbox.logos import BY_CATEGORY, tones

HERE = Path(__file__).parent
FONTS = Path("/usr/share/fonts/truetype")
WIDTH, HEIGHT, SCALE = 240, 120, 4
FACES = {
    "sans": "dejavu/DejaVuSans-Bold.ttf",
    "light": "dejavu/DejaVuSans-ExtraLight.ttf",
    "condensed": "dejavu/DejaVuSansCondensed-Bold.ttf",
    "slant": "dejavu/DejaVuSansCondensed-BoldOblique.ttf",
    "serif": "dejavu/DejaVuSerif-Bold.ttf",
    "roman": "liberation/LiberationSerif-Bold.ttf",
    "italic": "liberation/LiberationSerif-BoldItalic.ttf",
    "grotesk": "liberation/LiberationSans-Bold.ttf",
    "narrow": "liberation/LiberationSansNarrow-Bold.ttf",
    "mono": "liberation/LiberationMono-Bold.ttf",
}


@dataclass(frozen=True)
class Design:
    """`layout`: row (emblem at the left), column (emblem above), word (no emblem).

    "full" is a row and "fullcolumn" a column on the brand's colour.
    """

    text: str
    emblem: str
    layout: str
    face: str


def main() -> None:
    for slug, design in DESIGNS.items():
        campaign = catalogue.by_slug()[slug]
        _save(draw(Design(*design), campaign.colour), campaign.logo)
    for category, emblems in BY_CATEGORY.items():
        for variant, emblem in enumerate(emblems):
            colour = generated.shared_colour(category, variant)
            _save(
                draw_shared(emblem, colour, on_colour=bool(variant)), generated.shared_logo(category, variant)
            )


def draw(design: Design, colour: str) -> Image.Image:
    """The logo at its final size, in few enough colours for a small file."""
    full = design.layout.startswith("full")
    palette = tones(colour, on_colour=full)
    canvas = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), palette["paper"])
    if design.layout.endswith("column"):
        _emblem(canvas, design.emblem, palette, x=92, y=9, size=56)
        _text(canvas, design, palette["ink"], left=12, top=70, right=228, bottom=113)
    elif design.layout == "word":
        _text(canvas, design, palette["main"], left=14, top=18, right=226, bottom=84)
        ImageDraw.Draw(canvas).rectangle(_scaled(88, 92, 138, 97), fill=palette["light"])
        ImageDraw.Draw(canvas).rectangle(_scaled(144, 92, 150, 97), fill=palette["main"])
    else:
        _emblem(canvas, design.emblem, palette, x=14, y=30, size=60)
        _text(canvas, design, palette["ink"], left=86, top=20, right=230, bottom=100, centred=False)
    return _finished(canvas)


def draw_shared(emblem: str, colour: str, *, on_colour: bool) -> Image.Image:
    """The logo of a shop that has only its trade's emblem."""
    palette = tones(colour, on_colour=on_colour)
    canvas = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), palette["paper"])
    _emblem(canvas, emblem, palette, x=82, y=22, size=76)
    return _finished(canvas)


def _finished(canvas: Image.Image) -> Image.Image:
    return canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(32, dither=Image.Dither.NONE)


def _save(picture: Image.Image, logo: str) -> None:
    picture.save(HERE / "static" / "logos" / Path(logo).name, optimize=True)


def _emblem(
    canvas: Image.Image, name: str, palette: dict[str, str], *, x: float, y: float, size: float
) -> None:
    pen = ImageDraw.Draw(canvas)
    for shape in EMBLEMS[name]():
        points = [((x + px * size) * SCALE, (y + py * size) * SCALE) for px, py in shape.points]
        pen.polygon(points, fill=palette[shape.tone])


def _text(
    canvas: Image.Image,
    design: Design,
    ink: str,
    *,
    left: float,
    top: float,
    right: float,
    bottom: float,
    centred: bool = True,
) -> None:
    """The name as large as the frame allows, in as many lines as it has."""
    pen = ImageDraw.Draw(canvas)
    wide, high = (right - left) * SCALE, (bottom - top) * SCALE
    for size in range(46 * SCALE, 6 * SCALE, -2):
        font = ImageFont.truetype(str(FONTS / FACES[design.face]), size)
        extent = pen.multiline_textbbox((0, 0), design.text, font=font, spacing=size * 0.16)
        if extent[2] - extent[0] <= wide and extent[3] - extent[1] <= high:
            break
    x = left * SCALE + ((wide - extent[2] + extent[0]) / 2 if centred else 0) - extent[0]
    y = top * SCALE + (high - extent[3] + extent[1]) / 2 - extent[1]
    align = "center" if centred else "left"
    pen.multiline_text((x, y), design.text, font=font, fill=ink, spacing=size * 0.16, align=align)


def _scaled(*edges: float) -> tuple[float, ...]:
    return tuple(edge * SCALE for edge in edges)


if __name__ == "__main__":
    main()
