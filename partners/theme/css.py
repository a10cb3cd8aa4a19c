"""A theme as CSS custom properties, under an address that changes with the tokens and with this code."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from partners.theme import grammar
from partners.theme.derive import derived, palettes

DIGEST_LENGTH = 16
# Which of two logos is seen, the plate beneath a logo that was drawn for the other ground, and the amber of what waits:
# a partner's own colours may be as green as good news.
_FIXED = {
    "light": {
        "wait-soft": "#fdf0d5",
        "wait-ink": "#7a4b00",
        "for-light": "block",
        "for-dark": "none",
        "plate-light": "transparent",
        "plate-dark": "#14181d",
    },
    "dark": {
        "wait-soft": "#3a2c0f",
        "wait-ink": "#f3c969",
        "for-light": "none",
        "for-dark": "block",
        "plate-light": "#ffffff",
        "plate-dark": "transparent",
    },
}
# A release that derives other colours from the same tokens gives every theme a new address.
_CODE_VERSION = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()[:8]


def digest(tokens: Mapping[str, Any]) -> str:
    """Names the tokens. It is stored beside them, so it depends on nothing else."""
    canonical = json.dumps(tokens, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGEST_LENGTH]


def address(digest: str) -> str:
    return f"/theme/{digest}{_CODE_VERSION}.css"


def read_address(name: str) -> tuple[str, bool]:
    """The digest in an address, and whether this very code wrote it: only then is the answer kept for ever."""
    return name[:DIGEST_LENGTH], name[DIGEST_LENGTH:] == _CODE_VERSION


def css(tokens: Mapping[str, Any]) -> str:
    modes = {mode: derived(palette) | _FIXED[mode] for mode, palette in palettes(tokens).items()}
    layout = grammar.layout(tokens)
    if "light" not in modes:
        return f":root{{color-scheme:dark;{_properties(modes['dark'] | layout)}}}\n"
    light = modes["light"]
    night = {name: value for name, value in modes["dark"].items() if light.get(name) != value}
    dark = f"color-scheme:dark;{_properties(night)}"
    # The host's page may have chosen a mode (data-theme); else the browser's own counts.
    return (
        f":root{{color-scheme:light;{_properties(light | layout)}}}\n"
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{dark}}}}}\n'
        f':root[data-theme="dark"]{{{dark}}}\n'
    )


def _properties(values: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in sorted(values.items()))
