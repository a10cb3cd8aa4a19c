"""A storefront's look: a few tokens, each checked against a grammar, served as CSS custom properties.

A partner names a handful of colours. What is derived from them here (inks, tints, the text on the brand) is legible
by arithmetic: text has a contrast of at least 4.5 with every ground that it stands on (WCAG 2.2, 1.4.3).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LEAST_CONTRAST = 4.5

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LENGTH = re.compile(r"\d{1,2}px")
_FONTS = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    "serif": 'Georgia, "Times New Roman", "Noto Serif", serif',
    "rounded": 'ui-rounded, "SF Pro Rounded", "Nunito", system-ui, sans-serif',
}
# Of these two, one reads on every colour there is.
_BLACK, _WHITE = "#000000", "#ffffff"

DEFAULT = {
    "brand": "#1f5fbf",
    "bg": "#f5f7fa",
    "surface": "#ffffff",
    "text": "#16202b",
    "muted": "#566270",
    "line": "#dde3ea",
    "accent": "#b4460f",
    "good": "#17703b",
    "bad": "#b3261e",
    "radius": "12px",
    "font": "system",
}
# Named by the partner or else chosen by us: black or white, whichever reads better on the brand.
_OPTIONAL = {"on-brand"}


def _is_valid(name: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if name == "font":
        return value in _FONTS
    return bool((_LENGTH if name == "radius" else _COLOUR).fullmatch(value))


def validate(tokens: object) -> None:
    """Refuses, naming them, tokens that are unknown or malformed, so that nothing else reaches the CSS, and pairs of
    colours that nobody could read."""
    if not isinstance(tokens, dict):
        raise ValidationError(_('A theme is an object of tokens, such as {"brand": "#1f5fbf"}.'))
    known = DEFAULT.keys() | _OPTIONAL
    wrong = [name for name, value in tokens.items() if name not in known or not _is_valid(name, value)]
    if wrong:
        raise ValidationError(
            _(
                "These theme tokens are unknown or malformed: %(tokens)s. Colours are #rrggbb, the radius is e.g. 12px."
            )
            % {"tokens": ", ".join(sorted(map(str, wrong)))}
        )
    complete = _complete(tokens)
    for ink, ground in (("text", "bg"), ("text", "surface"), ("on-brand", "brand")):
        if (found := contrast(complete[ink], complete[ground])) < LEAST_CONTRAST:
            raise ValidationError(
                _("“%(ink)s” on “%(ground)s” has a contrast of %(found).2f; text needs %(least)s.")
                % {"ink": ink, "ground": ground, "found": found, "least": LEAST_CONTRAST}
            )


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def digest(tokens: Mapping[str, str]) -> str:
    """Changes whenever the CSS does, so that browsers may keep it for ever."""
    return hashlib.sha256(css(tokens).encode()).hexdigest()[:16]


def css(tokens: Mapping[str, str]) -> str:
    complete = _complete(tokens) | _derived(_complete(tokens))
    complete["font"] = _FONTS[complete["font"]]
    scheme = "dark" if _is_dark(complete) else "light"
    properties = "".join(f"--{name}:{value};" for name, value in complete.items())
    return f":root{{color-scheme:{scheme};{properties}}}\n"


def _complete(tokens: Mapping[str, str]) -> dict[str, str]:
    complete = DEFAULT | dict(tokens)
    complete.setdefault("on-brand", max((_WHITE, _BLACK), key=lambda ink: contrast(ink, complete["brand"])))
    return complete


def _derived(colours: Mapping[str, str]) -> dict[str, str]:
    """`brand-soft` is a tint to stand behind `brand-ink`, the brand as text; so for the other meanings too."""
    bg, surface, text = colours["bg"], colours["surface"], colours["text"]
    derived = {"muted": _legible(colours["muted"], on=[bg, surface], towards=text)}
    for name in ("brand", "accent", "good", "bad"):
        soft = _tinted(surface, colours[name], 0.1, ink=text)
        derived[f"{name}-soft"] = soft
        derived[f"{name}-ink"] = _legible(colours[name], on=[bg, surface, soft], towards=text)
    # The far end of the brand's gradient, further away from the text on it.
    away = "#000000" if _luminance(colours["on-brand"]) > _luminance(colours["brand"]) else "#ffffff"
    derived["brand-deep"] = _mixed(colours["brand"], away, 0.28)
    return derived | _hero(colours, derived["brand-deep"])


def _hero(colours: Mapping[str, str], brand_deep: str) -> dict[str, str]:
    """The widest ground: the brand itself by day; by night, when that would glare, a shade of it."""
    if not _is_dark(colours):
        return {"hero": colours["brand"], "hero-deep": brand_deep, "on-hero": colours["on-brand"]}
    surface, brand, text = colours["surface"], colours["brand"], colours["text"]
    hero, deep = (_tinted(surface, brand, share, ink=text) for share in (0.28, 0.08))
    return {"hero": hero, "hero-deep": deep, "on-hero": text}


def _is_dark(colours: Mapping[str, str]) -> bool:
    return _luminance(colours["bg"]) < _luminance(colours["text"])


def _legible(colour: str, *, on: Sequence[str], towards: str) -> str:
    """The colour, or the nearest mix with `towards` that reads on all of these grounds."""
    for step in range(21):
        candidate = _mixed(colour, towards, step / 20)
        if all(contrast(candidate, ground) >= LEAST_CONTRAST for ground in on):
            return candidate
    return towards


def _tinted(ground: str, colour: str, share: float, *, ink: str) -> str:
    """The ground with a share of the colour in it, or with less where the ink would not be read."""
    for part in (share, share / 2, share / 4):
        tinted = _mixed(ground, colour, part)
        if contrast(ink, tinted) >= LEAST_CONTRAST:
            return tinted
    return ground


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _mixed(one: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
