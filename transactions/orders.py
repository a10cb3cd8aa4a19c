"""An order's number, as shops, networks and people write it."""

import re

LONGEST = 100
_DECORATION = re.compile(r"[\W_]+")


def normal(order_id: str) -> str:
    """The number without what people add to it: case, spaces, "№", "#", dashes. "" where nothing is left."""
    return _DECORATION.sub("", order_id).upper()[:LONGEST]
