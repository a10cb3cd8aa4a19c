"""The agents' workspace, and the staff pages of support's rooms."""

from support.admin import (
    audit,
    board,
    claims,
    desk,
    goodwill,
    hours,
    macros,
    mail,
    network,
    people,
    quality,
    quality_bonus,
    quality_suggestions,
    shifts,
)

__all__ = [
    "audit",
    "board",
    "claims",
    "desk",
    "goodwill",
    "hours",
    "macros",
    "mail",
    "network",
    "people",
    "quality",
    "quality_bonus",
    "quality_suggestions",
    "shifts",
]
