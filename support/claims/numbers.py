"""Order numbers as people type them, compared with those that shops report."""

import re

from transactions.recording import orders

# Letters that look alike in both alphabets: whoever types "А-123" on a Russian keyboard means the shop's "A-123".
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_WORDS = r"(?:номер\s*заказа|заказа?(?:\s*номер)?|номер|order(?:\s*(?:number|no|nr|id))?)"
# "Заказ № AB-1": words, and then a number apart from them, or one that begins with a digit.
_SAID_BEFORE = re.compile(rf"^\W*{_WORDS}(?:[\W_]+|(?=\d))", re.IGNORECASE)


def key(text: str) -> str:
    """What is left to compare; the same for every way to write one number. "" where nothing is."""
    return _bare(text).translate(_LOOKALIKES)


def spellings(text: str) -> frozenset[str]:
    """The normal forms under which the number may stand in a table."""
    return frozenset({orders.normal(text), _bare(text), key(text)} - {""})


def are_alike(one: str, other: str) -> bool:
    """Whether both look like numbers of the same shop: then two that differ are two orders, or a slip of the pen."""
    return bool(one and other) and _shape(key(one)) == _shape(key(other))


def shown(text: str) -> str:
    """As it was typed, without the word for it that sentences of ours say themselves."""
    return _SAID_BEFORE.sub("", text, count=1).lstrip(" №#") or text


def _bare(text: str) -> str:
    return orders.normal(_SAID_BEFORE.sub("", text, count=1))


def _shape(normal: str) -> str:
    """Numbers grow longer with the years; their letters stay."""
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d+", "9", normal))
