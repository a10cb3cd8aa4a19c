"""Order numbers as people type them, compared with those that shops report."""

import re

from transactions import orders

# Letters that look alike in both alphabets: whoever types "А-123" on a Russian keyboard means the shop's "A-123".
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_SAID_BEFORE = re.compile(
    r"^(?:НОМЕРЗАКАЗА|ЗАКАЗА?НОМЕР|ЗАКАЗА?|НОМЕР|ORDERNUMBER|ORDERID|ORDERNO|ORDER)(?=[0-9])"
)


def key(text: str) -> str:
    """What is left to compare; the same for every way to write one number. "" where nothing is."""
    return _SAID_BEFORE.sub("", orders.normal(text)).translate(_LOOKALIKES)


def spellings(text: str) -> frozenset[str]:
    """The normal forms under which the number may stand in a table."""
    normal = orders.normal(text)
    return frozenset({normal, _SAID_BEFORE.sub("", normal), key(text)} - {""})


def are_alike(one: str, other: str) -> bool:
    """Whether both look like numbers of the same shop: then two that differ are two orders, or a slip of the pen."""
    return bool(one and other) and _shape(key(one)) == _shape(key(other))


def _shape(normal: str) -> str:
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", normal))
