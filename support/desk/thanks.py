"""A shopper's bare "thank you" asks for nothing: it opens no question again."""

import re

_MOST_WORDS = 5
# In lower case, without punctuation. A word that is not here may carry a question, and then it is one.
_THANKS = frozenset(
    [
        "thanks",
        "thank",
        "thx",
        "ty",
        "tysm",
        "cheers",
        "great",
        "perfect",
        "awesome",
        "ok",
        "okay",
        "good",
        "cool",
        "super",
        "you",
        "so",
        "much",
        "very",
        "a",
        "lot",
        "for",
        "all",
        "your",
        "help",
        "got",
        "it",
        "received",
        "спасибо",
        "спс",
        "благодарю",
        "благодарна",
        "благодарен",
        "спасибочки",
        "пасиб",
        "отлично",
        "супер",
        "класс",
        "хорошо",
        "ок",
        "окей",
        "понятно",
        "понял",
        "поняла",
        "ясно",
        "всё",
        "все",
        "огромное",
        "большое",
        "вам",
        "за",
        "помощь",
        "очень",
        "получил",
        "получила",
        "пришло",
        "получено",
        "и",
        "да",
    ]
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def is_bare(text: str) -> bool:
    """Whether the text thanks and says nothing else. Emoji and exclamation marks may stand around it; a digit, an
    address or a question mark may not."""
    if re.search(r"[?？]|\d|https?:|@", text):
        return False
    words = _WORD.findall(text.casefold())
    if not words:
        # Emoji alone, such as a thumb; an empty message too.
        return True
    return len(words) <= _MOST_WORDS and all(word in _THANKS for word in words)
