"""A storefront's look: a few tokens, each checked against a grammar, served as CSS custom properties in a light and a
dark mode. A partner names a handful of colours; what is derived from them is legible by arithmetic."""

from partners.theme.colours import contrast
from partners.theme.css import address, css, digest, read_address
from partners.theme.legibility import Figure, figures, mode_name, validate

__all__ = [
    "Figure",
    "address",
    "contrast",
    "css",
    "digest",
    "figures",
    "mode_name",
    "read_address",
    "validate",
]
