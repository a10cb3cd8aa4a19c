"""What follows from a partner's few colours: inks, tints, edges, and the same look in the other mode.

All of it is legible by arithmetic: text has a contrast of at least 4.5 with every ground that it stands on, and what
one must see to use, at least 3.
"""

from collections.abc import Mapping
from typing import Any

from partners.theme.colours import (
    BLACK,
    EDGE_CONTRAST,
    TEXT_CONTRAST,
    WHITE,
    contrast,
    ink_for,
    luminance,
    mixed,
    reaching,
    tinted,
)
from partners.theme.grammar import COLOURS, PALETTE

Palette = dict[str, str]


def palettes(tokens: Mapping[str, Any]) -> dict[str, Palette]:
    """By mode, the colours as named and completed. A theme that is dark by itself has no light mode unless it names
    colours for one; a light theme always has a dark one."""
    own = {name: value for name, value in tokens.items() if name in PALETTE}
    base = COLOURS | own
    if not is_dark(base):
        return {
            "light": _complete(base),
            "dark": _complete(_overruled(_by_night(_complete(base), own), tokens.get("dark", {}))),
        }
    if "light" not in tokens:
        return {"dark": _complete(base)}
    light = _overruled(_by_day(_complete(base)), tokens["light"])
    return {"light": _complete(light), "dark": _complete(base)}


def is_dark(colours: Mapping[str, str]) -> bool:
    return luminance(colours["bg"]) < luminance(colours["text"])


def derived(colours: Palette) -> Palette:
    """The palette with everything that a page paints with. `brand-soft` is a tint to stand behind `brand-ink`, the
    brand as text; so for the other meanings too."""
    bg, surface, text = colours["bg"], colours["surface"], colours["text"]
    whole = dict(colours)
    for name in ("brand", "accent", "good", "bad"):
        soft = tinted(surface, colours[name], 0.1, ink=text)
        whole[f"{name}-soft"] = soft
        whole[f"{name}-ink"] = reaching(colours[name], on=[bg, surface, soft], towards=text)
    # Small print stands on the tints too.
    tints = [whole[f"{name}-soft"] for name in ("brand", "accent", "good", "bad")]
    whole["muted"] = reaching(colours["muted"], on=[bg, surface, *tints], towards=text)
    # The far end of the brand's gradient, further away from the text on it.
    whole["brand-deep"] = _deeper(colours["brand"], away_from=colours["on-brand"])
    whole["hero-deep"] = _hero_deep(colours)
    whole.setdefault("edge", reaching(colours["line"], on=[bg, surface], towards=text, least=EDGE_CONTRAST))
    whole.setdefault("focus", whole["brand-ink"])
    # A pale brand's button is told from the page by its border.
    whole["button-edge"] = reaching(colours["brand"], on=[bg, surface], towards=text, least=EDGE_CONTRAST)
    return whole


def _complete(colours: Mapping[str, str]) -> Palette:
    """The widest ground, the hero, is the brand itself by day; by night, when that would glare, a shade of it."""
    whole = dict(colours)
    whole.setdefault("on-brand", ink_for(whole["brand"]))
    if "hero" not in whole and is_dark(whole):
        whole["hero"] = tinted(whole["surface"], whole["brand"], 0.28, ink=whole["text"])
        whole.setdefault("on-hero", whole["text"])
    elif "hero" not in whole:
        whole["hero"] = whole["brand"]
        whole.setdefault("on-hero", whole["on-brand"])
    whole.setdefault("on-hero", ink_for(whole["hero"]))
    return whole


def _overruled(colours: Palette, named: Mapping[str, str]) -> Palette:
    """What the partner names counts; our ink on a ground that they changed is chosen again."""
    stale = [f"on-{ground}" for ground in ("brand", "hero") if ground in named]
    return {name: value for name, value in colours.items() if name not in stale} | dict(named)


def _by_night(day: Palette, own: Mapping[str, str]) -> Palette:
    brand = day["brand"]
    bg, surface, text = mixed("#0d1015", brand, 0.05), mixed("#161a20", brand, 0.06), "#edf0f4"
    night = _recoloured(day, bg=bg, surface=surface, text=text, line=0.16, towards=WHITE)
    if "hero" in own:
        night["hero"], night["on-hero"] = tinted(surface, day["hero"], 0.28, ink=text), text
    return night


def _by_day(night: Palette) -> Palette:
    brand = night["brand"]
    bg, text = mixed("#f6f7f9", brand, 0.03), mixed("#12181f", brand, 0.05)
    return _recoloured(night, bg=bg, surface=WHITE, text=text, line=0.13, towards=BLACK)


def _recoloured(colours: Palette, *, bg: str, surface: str, text: str, line: float, towards: str) -> Palette:
    """The same meanings on other grounds, each moved only as far as it must be to be seen there."""
    grounds = [bg, surface]
    brand = reaching(colours["brand"], on=grounds, towards=towards, least=EDGE_CONTRAST)
    is_read = contrast(colours["on-brand"], brand) >= TEXT_CONTRAST
    return {
        "bg": bg,
        "surface": surface,
        "text": text,
        "muted": mixed(text, surface, 0.35),
        "line": mixed(surface, text, line),
        "brand": brand,
        "on-brand": colours["on-brand"] if is_read else ink_for(brand),
        **{name: reaching(colours[name], on=grounds, towards=towards) for name in ("accent", "good", "bad")},
    }


def _hero_deep(colours: Palette) -> str:
    hero, text = colours["hero"], colours["on-hero"]
    if not is_dark(colours):
        return _deeper(hero, away_from=text)
    deep = tinted(colours["surface"], hero, 0.3, ink=text)
    return deep if contrast(text, deep) >= TEXT_CONTRAST else _deeper(hero, away_from=text)


def _deeper(colour: str, *, away_from: str) -> str:
    away = BLACK if luminance(away_from) > luminance(colour) else WHITE
    return mixed(colour, away, 0.28)
