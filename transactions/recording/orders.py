"""An order's number, as shops, networks and people write it."""

import re

LONGEST = 100
_DECORATION = re.compile(r"[\W_]+")
# Letters of both alphabets that look alike: whoever types "А-123" on a Russian keyboard means the shop's "A-123".
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХаеорсух", "ABEKMHOPCTYXaeopcyx")


def normal(order_id: str) -> str:
    """The number without what people add to it: case, spaces, "№", "#", dashes. "" where nothing is left."""
    return _DECORATION.sub("", order_id).upper()[:LONGEST]


def latin(order_id: str) -> str:
    """The number in Latin letters where Russian ones were typed that look the same; as it is where there are others."""
    folded = order_id.translate(_LOOKALIKES)
    return folded if folded.isascii() else order_id
