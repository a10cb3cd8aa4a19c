"""A storefront's look: a few tokens, each checked against a grammar, served as CSS custom properties."""

import hashlib
import json
import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LENGTH = re.compile(r"\d{1,2}px")
_FONTS = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    "serif": 'Georgia, "Times New Roman", "Noto Serif", serif',
    "rounded": 'ui-rounded, "SF Pro Rounded", "Nunito", system-ui, sans-serif',
}

DEFAULT = {
    "brand": "#1f5fbf",
    "on-brand": "#ffffff",
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


def _is_valid(token: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if token == "font":
        return value in _FONTS
    return bool((_LENGTH if token == "radius" else _COLOUR).fullmatch(value))


def validate(tokens: object) -> None:
    """Refuses with every token that is unknown or not of its grammar, so that nothing else reaches the CSS."""
    if not isinstance(tokens, dict):
        raise ValidationError(_("A theme is an object of tokens, such as {\"brand\": \"#1f5fbf\"}."))
    wrong = [token for token, value in tokens.items() if token not in DEFAULT or not _is_valid(token, value)]
    if wrong:
        raise ValidationError(
            _("These theme tokens are unknown or malformed: %(tokens)s. Colours are #rrggbb, the radius is e.g. 12px.")
            % {"tokens": ", ".join(sorted(map(str, wrong)))}
        )


def digest(tokens: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(DEFAULT | dict(tokens), sort_keys=True).encode()).hexdigest()[:16]


def css(tokens: Mapping[str, str]) -> str:
    complete = DEFAULT | dict(tokens)
    complete["font"] = _FONTS[complete["font"]]
    return ":root{" + "".join(f"--{name}:{value};" for name, value in complete.items()) + "}\n"
