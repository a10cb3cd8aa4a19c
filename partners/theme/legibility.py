"""Which colours of a theme must be told apart, and by how much: what staff see as they choose, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from partners.theme import grammar
from partners.theme.colours import EDGE_CONTRAST, TEXT_CONTRAST, contrast
from partners.theme.derive import derived, is_dark, palettes
from partners.theme.names import TOKEN_NAMES

# What a partner can spoil by naming it. All else is moved until it reads.
_PAIRS = (
    ("text", "bg", TEXT_CONTRAST),
    ("text", "surface", TEXT_CONTRAST),
    ("on-brand", "brand", TEXT_CONTRAST),
    ("on-hero", "hero", TEXT_CONTRAST),
    ("edge", "bg", EDGE_CONTRAST),
    ("edge", "surface", EDGE_CONTRAST),
    ("focus", "bg", EDGE_CONTRAST),
    ("focus", "surface", EDGE_CONTRAST),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """The contrast of two tokens in one mode, beside what it must be."""

    mode: str
    ink: str
    ground: str
    found: float
    least: float

    @property
    def is_met(self) -> bool:
        return self.found >= self.least


def figures(tokens: Mapping[str, Any]) -> list[Figure]:
    return [
        Figure(mode, ink, ground, contrast(colours[ink], colours[ground]), least)
        for mode, palette in palettes(tokens).items()
        for colours in (derived(palette),)
        for ink, ground, least in _PAIRS
    ]


def validate(tokens: Any) -> None:
    """Refuses tokens that are no tokens of ours, and pairs of colours that nobody could tell apart, with the number."""
    grammar.check(tokens)
    _check_sets(tokens)
    missed = [figure for figure in figures(tokens) if not figure.is_met]
    # What is worked out from a text that cannot be read cannot be seen either: the text is what to change.
    missed = [figure for figure in missed if figure.ink == "text"] or missed
    refused = [
        _("“%(ink)s” on “%(ground)s” has a contrast of %(found).2f in %(mode)s mode; it needs %(least)s.")
        % {
            "ink": TOKEN_NAMES[figure.ink],
            "ground": TOKEN_NAMES[figure.ground],
            # Cut off, so that 4.499 is not said to be the 4.5 that it misses.
            "found": int(figure.found * 100) / 100,
            "mode": mode_name(figure.mode),
            "least": figure.least,
        }
        for figure in missed
    ]
    if refused:
        raise ValidationError(refused)


def mode_name(mode: str) -> str:
    return {"light": _("light"), "dark": _("dark")}[mode]


def _check_sets(tokens: Mapping[str, Any]) -> None:
    base_is_dark = is_dark(
        grammar.COLOURS | {name: tokens[name] for name in grammar.COLOURS if name in tokens}
    )
    if base_is_dark and "dark" in tokens:
        raise ValidationError(_("This theme is dark by itself: give it colours for the light mode, or none."))
    if not base_is_dark and "light" in tokens:
        raise ValidationError(_("This theme is light by itself: give it colours for the dark mode, or none."))
    for mode, palette in palettes(tokens).items():
        if is_dark(palette) != (mode == "dark"):
            raise ValidationError(
                _("The colours for the %(mode)s mode are not %(mode)s.") % {"mode": mode_name(mode)}
            )
