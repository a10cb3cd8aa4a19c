"""Themes to begin with. Each is a whole set of tokens that passes what we ask of any other."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class ReadyTheme:
    name: str
    label: str | Promise
    tokens: dict[str, Any]


READY = (
    ReadyTheme(
        "meadow",
        _("Meadow: a bank's green"),
        {
            "brand": "#1f7a4d",
            "on-brand": "#ffffff",
            "bg": "#f3f8f4",
            "surface": "#ffffff",
            "text": "#12261b",
            "muted": "#52685b",
            "line": "#d8e6dc",
            "accent": "#0f6b3c",
            "good": "#17703b",
            "bad": "#b3261e",
            "radius": "14px",
        },
    ),
    ReadyTheme(
        "signal",
        _("Signal: a telecom's violet"),
        {
            "brand": "#6b2fd6",
            "on-brand": "#ffffff",
            "bg": "#f7f5fc",
            "surface": "#ffffff",
            "text": "#1d1430",
            "muted": "#5f5673",
            "line": "#e4ddf2",
            "accent": "#c2185b",
            "good": "#1a7340",
            "bad": "#b3261e",
            "radius": "20px",
            "button-radius": "pill",
            "font": "geometric",
            "heading-weight": "800",
        },
    ),
    ReadyTheme(
        "portal",
        _("Portal: a news site's red"),
        {
            "brand": "#c8102e",
            "on-brand": "#ffffff",
            "bg": "#f4f4f2",
            "surface": "#ffffff",
            "text": "#1a1a1a",
            "muted": "#5c5c5c",
            "line": "#dedcd8",
            "accent": "#8a5300",
            "good": "#21713a",
            "bad": "#a3112a",
            "radius": "4px",
            "heading-font": "serif",
            "density": "compact",
            "shadow": "none",
        },
    ),
    ReadyTheme(
        "paper",
        _("Paper: calm and neutral"),
        {
            "brand": "#3d4a5c",
            "on-brand": "#ffffff",
            "bg": "#f6f3ee",
            "surface": "#fffdfa",
            "text": "#26231e",
            "muted": "#68614f",
            "line": "#e3dccf",
            "accent": "#9a4b1c",
            "good": "#4d6b2a",
            "bad": "#a8321f",
            "hero": "#e9e1d2",
            "on-hero": "#26231e",
            "radius": "10px",
            "font": "humanist",
            "density": "airy",
            "shadow": "none",
        },
    ),
    ReadyTheme(
        "night",
        _("Night: dark by itself"),
        {
            "brand": "#8fb4ff",
            "on-brand": "#0d1424",
            "bg": "#0f1420",
            "surface": "#182030",
            "text": "#eef2fa",
            "muted": "#a3b0c6",
            "line": "#2b3650",
            "accent": "#ffc46b",
            "good": "#6fdc9b",
            "bad": "#ff8f86",
            "radius": "8px",
            "shadow": "deep",
        },
    ),
    ReadyTheme(
        "contrast",
        _("Contrast: for tired eyes"),
        {
            "brand": "#00308f",
            "on-brand": "#ffffff",
            "bg": "#ffffff",
            "surface": "#ffffff",
            "text": "#000000",
            "muted": "#2b2b2b",
            "line": "#6b6b6b",
            "accent": "#7a0050",
            "good": "#004d1a",
            "bad": "#8f0000",
            "edge": "#000000",
            "focus": "#b00060",
            "radius": "6px",
            "text-size": "large",
            "shadow": "none",
            "dark": {
                "bg": "#000000",
                "surface": "#0d0d0d",
                "text": "#ffffff",
                "muted": "#e0e0e0",
                "line": "#9a9a9a",
                "brand": "#ffd83d",
                "on-brand": "#000000",
                "accent": "#ff9ed2",
                "good": "#7dffa8",
                "bad": "#ffb3ab",
                "edge": "#ffffff",
                "focus": "#7fd4ff",
            },
        },
    ),
)
