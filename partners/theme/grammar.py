"""The tokens of a theme, and what each may say. Nothing that is not written here reaches the CSS."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONTS = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    "serif": 'Georgia, "Times New Roman", "Noto Serif", serif',
    "rounded": 'ui-rounded, "SF Pro Rounded", "Nunito", system-ui, sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif',
    "geometric": 'Avenir, Montserrat, Corbel, "URW Gothic", system-ui, sans-serif',
}

# A colour of each of these stands in every theme; the partner names it or ours does.
COLOURS = {
    "brand": "#1f5fbf",
    "bg": "#f5f7fa",
    "surface": "#ffffff",
    "text": "#16202b",
    "muted": "#566270",
    "line": "#dde3ea",
    "accent": "#b4460f",
    "good": "#17703b",
    "bad": "#b3261e",
}
# Colours that are worked out from the others where the partner names none (partners.theme.derive).
WORKED_OUT = ("on-brand", "hero", "on-hero", "edge", "focus")

# The other tokens are choices: by name, the CSS that each stands for. The first is taken where none is made.
_SOFT = "0 1px 2px rgb(0 0 0 / 0.05), 0 6px 20px -6px rgb(0 0 0 / 0.12)"
_DEEP = "0 2px 4px rgb(0 0 0 / 0.08), 0 14px 36px -8px rgb(0 0 0 / 0.26)"
CHOICES: dict[str, dict[str, str]] = {
    "font": _FONTS,
    "heading-font": {"same": "var(--font)", **_FONTS},
    "heading-weight": {"700": "700", "500": "500", "600": "600", "800": "800"},
    "text-size": {"normal": "100%", "small": "93.75%", "large": "112.5%"},
    "density": {"normal": "1", "compact": "0.8", "airy": "1.2"},
    "shadow": {"soft": _SOFT, "none": "none", "deep": _DEEP},
    "width": {"normal": "1200px", "narrow": "1040px", "wide": "1400px"},
}
# And lengths, in whole pixels: (least, most, ours).
LENGTHS: dict[str, tuple[int, int, str]] = {
    "radius": (0, 32, "12px"),
    "button-radius": (0, 32, "same"),
    "logo-height": (20, 48, "34px"),
}
_LENGTH_WORDS = {"button-radius": {"same": "calc(var(--radius) * 0.7)", "pill": "99px"}}

# The sets of colours for the other mode: a light theme's by night, and a dark theme's by day.
SETS = ("dark", "light")
PALETTE = (*COLOURS, *WORKED_OUT)
NAMES = (*PALETTE, *CHOICES, *LENGTHS)


def check(tokens: object) -> None:
    """Refuses, naming them, tokens that are unknown or malformed."""
    if not isinstance(tokens, dict):
        raise ValidationError(_('A theme is an object of tokens, such as {"brand": "#1f5fbf"}.'))
    wrong = [name for name, value in tokens.items() if name not in SETS and not is_valid(name, value)]
    for name in SETS:
        colours = tokens.get(name, {})
        if not isinstance(colours, dict):
            wrong.append(name)
            continue
        wrong += [
            f"{name}.{token}"
            for token, value in colours.items()
            if token not in PALETTE or not is_valid(token, value)
        ]
    if wrong:
        raise ValidationError(
            _(
                "These theme tokens are unknown or malformed: %(tokens)s. Colours are #rrggbb, the radius is e.g. 12px."
            )
            % {"tokens": ", ".join(sorted(map(_printable, wrong)))[:500]}
        )


def is_valid(name: object, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if name in PALETTE:
        return bool(_COLOUR.fullmatch(value))
    if name in CHOICES:
        return value in CHOICES[name]
    return name in LENGTHS and _is_length(name, value)


def layout(tokens: Mapping[str, Any]) -> dict[str, str]:
    """What is not colour, as CSS."""
    said = {name: choices[tokens.get(name, next(iter(choices)))] for name, choices in CHOICES.items()}
    for name, (_least, _most, ours) in LENGTHS.items():
        value = tokens.get(name, ours)
        said[name] = _LENGTH_WORDS.get(name, {}).get(value, value)
    return said


def length_words(name: str) -> list[str]:
    """What this length may be beside pixels."""
    return list(_LENGTH_WORDS.get(name, {}))


def _is_length(name: str, value: str) -> bool:
    if value in _LENGTH_WORDS.get(name, {}):
        return True
    least, most, _ours = LENGTHS[name]
    return bool(re.fullmatch(r"[0-9]{1,2}px", value)) and least <= int(value[:-2]) <= most


def _printable(name: object) -> str:
    """JSON can name half a surrogate pair, which no page could be encoded with."""
    return str(name).encode("utf-8", "backslashreplace").decode()
