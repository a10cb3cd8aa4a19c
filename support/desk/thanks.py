"""A shopper's bare "thank you" asks for nothing: it opens no question again."""

import re

_MOST_WORDS = 5


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


# In lower case, without punctuation. A word that is in none of the three may carry a question, and then it is one.
_THANKS = _words(
    "thanks thank thx ty tysm cheers спасибо спс благодарю благодарна благодарен спасибочки пасиб"
    " дякую рахмет danke merci gracias"
)
_CONTENT = _words(
    "great perfect awesome ok okay good cool super got received отлично супер класс хорошо ок окей понятно понял"
    " поняла ясно получил получила пришло получено"
)
# These say nothing alone: "help" alone is a cry for it.
_BESIDE = _words("you so much very a lot for it all всё все огромное большое вам очень и да")
_BESIDE_THANKS = _BESIDE | _words("your the help за помощь вашу")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def is_bare(text: str) -> bool:
    """Whether the text thanks, or says that all is well, and nothing else. Emoji and exclamation marks may stand
    around it; a digit, an address or a question mark may not."""
    if re.search(r"[?？]|\d|https?:|@", text):
        return False
    words = _WORD.findall(text.casefold())
    if not words:
        # Emoji alone, such as a thumb; an empty message too.
        return True
    beside = _BESIDE_THANKS if _THANKS.intersection(words) else _BESIDE
    said = [word for word in words if word not in beside]
    return bool(said) and len(words) <= _MOST_WORDS and _THANKS.union(_CONTENT).issuperset(said)


def thanks(text: str) -> bool:
    """Whether it is bare and does thank: "OK" may be the answer to a question of ours, "thank you" never is."""
    return is_bare(text) and not _THANKS.isdisjoint(_WORD.findall(text.casefold()))
