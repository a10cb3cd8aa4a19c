"""Arithmetic of colours: how far apart two are for the eye (WCAG 2.2, 1.4.3 and 1.4.11), and the nearest that is far
enough."""

from collections.abc import Sequence

TEXT_CONTRAST = 4.5
# Of large letters, and of whatever one has to see to use it: the border of a field, the ring around what has focus.
EDGE_CONTRAST = 3.0
# Of these two, one reads on every colour there is.
BLACK, WHITE = "#000000", "#ffffff"


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_for(ground: str) -> str:
    """Black or white, whichever reads better."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, ground))


def reaching(colour: str, *, on: Sequence[str], towards: str, least: float = TEXT_CONTRAST) -> str:
    """The colour, or the nearest mix with `towards` that stands out enough from all of these grounds."""
    for step in range(21):
        candidate = mixed(colour, towards, step / 20)
        if all(contrast(candidate, ground) >= least for ground in on):
            return candidate
    return towards


def tinted(ground: str, colour: str, share: float, *, ink: str) -> str:
    """The ground with a share of the colour in it, or with less where the ink would not be read."""
    for part in (share, share / 2, share / 4):
        tint = mixed(ground, colour, part)
        if contrast(ink, tint) >= TEXT_CONTRAST:
            return tint
    return ground


def mixed(one: str, other: str, share: float) -> str:
    blended = (round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in blended)


def luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
