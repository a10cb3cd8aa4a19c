"""The colours of logos, and the pictures that stand for products."""

from cashback.sandbox.emblems import EMBLEMS
from cashback.sandbox.logo_designs import DESIGNS
from cashback.sandbox.programmes import Campaign

INK = "#1f2430"
# Two emblems to each category.
BY_CATEGORY = {
    63: ("thread", "fig"),
    64: ("boot", "steps"),
    65: ("chip", "bars"),
    66: ("drop", "clover"),
    67: ("house", "lantern"),
    68: ("cup", "fish"),
    69: ("cubes", "otter"),
    70: ("book", "stack"),
    71: ("gem", "lens"),
    72: ("bloom", "gift"),
    73: ("peaks", "dumbbell"),
    74: ("paw", "horse"),
    89: ("brush", "anvil"),
    41: ("moon", "house"),
    42: ("compass", "arrow"),
    21: ("cloud", "pixels"),
    22: ("steps", "sun"),
}


def tones(colour: str, *, on_colour: bool = False) -> dict[str, str]:
    """The tones that emblems are drawn in, on white or on the brand's own colour."""
    if on_colour:
        return {
            "main": "#ffffff",
            "light": _mixed(colour, "#ffffff", 0.55),
            "dark": _mixed(colour, "#ffffff", 0.78),
            "paper": colour,
            "ink": "#ffffff",
        }
    return {
        "main": colour,
        "light": _mixed(colour, "#ffffff", 0.5),
        "dark": _mixed(colour, "#000000", 0.35),
        "paper": "#ffffff",
        "ink": _mixed(colour, INK, 0.72),
    }


def picture(campaign: Campaign, number: int) -> str:
    """Stands for the photograph of a product."""
    palette = tones(campaign.colour)
    own = DESIGNS[campaign.slug][1] if campaign.slug in DESIGNS else ""
    emblem = own or BY_CATEGORY[campaign.categories[-1]][number % 2]
    shapes = "".join(
        f'<polygon fill="{palette[shape.tone]}" points="'
        + " ".join(f"{x * 100:.0f},{y * 100:.0f}" for x, y in shape.points)
        + '"/>'
        for shape in EMBLEMS[emblem]()
    )
    return f'<svg viewBox="0 0 100 100" width="72" height="72" aria-hidden="true">{shapes}</svg>'


def _mixed(colour: str, other: str, share: float) -> str:
    """`share` of the other colour in this one."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
