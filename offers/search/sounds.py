"""How a name may be typed: in either alphabet, by ear, in the wrong keyboard layout, or with a slip of the finger.

Nothing here knows shops. `plain` is what the eye compares, `sound` what the ear does: spellings of one name in two
alphabets meet in one sound, "Вайлдберриз" and "wildberries", "Эльдорадо" and "eldorado".
"""

import re
from functools import lru_cache
from os.path import commonprefix

# Russian and its neighbours; capitals stand for sounds that Latin writes with several letters.
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўқғңөұүһә"
_HEARD = "a b v g d e J s i i k l m n o p r s t u f h ts C S S - i - e iu ia e i i e g u k g n o u u h a"
_FROM_CYRILLIC = str.maketrans(
    {letter: heard.strip("-") for letter, heard in zip(_CYRILLIC, _HEARD.split(), strict=True)}
)
# In this order. Both alphabets pass all of them, so that what meets once meets everywhere.
_SPELLINGS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"shch|sch|tsch|sh", "S"),
        (r"tch|ch", "C"),
        (r"dzh|d[jJ]|dg(?=[eiy])|zh|j", "J"),
        (r"kh", "h"),
        (r"ph", "f"),
        (r"gh", "g"),
        (r"th", "t"),
        (r"ck", "k"),
        (r"x", "ks"),
        (r"qu", "kv"),
        (r"q", "k"),
        (r"w", "v"),
        (r"c(?=[eiy])|ts|tz|z", "s"),
        (r"c", "k"),
        (r"y", "i"),
        (r"io", "e"),
        (r"oo|ou", "u"),
        (r"ee|ea|ie|ei", "i"),
        (r"i(?=[ua])", ""),
        (r"([^aeiou])i?e(?=$)", r"\1"),
        (r"(.)\1+", r"\1"),
    )
)
# English names with a long i: "найк" is nike, "лайм" is lime.
_LONG_I = re.compile(r"ai(?=[^aeiou])")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"[’'ʼ`]")

_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_OTHER_LAYOUT = str.maketrans(
    dict(zip(_LATIN_KEYS + _CYRILLIC_KEYS, _CYRILLIC_KEYS + _LATIN_KEYS, strict=True))
    | {"{": "х", "}": "ъ", ":": "ж", '"': "э", "<": "б", ">": "ю"}
)


def plain(text: str) -> str:
    """Search minds neither case nor the dots of ё, which few people type."""
    return text.lower().replace("ё", "е")


def words(text: str) -> list[str]:
    return _WORD.findall(_APOSTROPHES.sub("", plain(text)))


@lru_cache(maxsize=50_000)
def sounds(word: str) -> tuple[str, ...]:
    """One spelling, or two, for all that sound alike; nothing for a word of letters that we don't know."""
    heard = word.translate(_FROM_CYRILLIC)
    ways = (heard, _LONG_I.sub("i", heard)) if heard != word else (heard,)
    return tuple(dict.fromkeys(_respelled(way) for way in ways))


def _respelled(word: str) -> str:
    for pattern, instead in _SPELLINGS:
        word = pattern.sub(instead, word)
    return word


def in_other_layout(text: str) -> str:
    """What the same keys write when the keyboard is in the other alphabet: "jpjy" is "озон"."""
    return plain(text).translate(_OTHER_LAYOUT)


def slips_allowed(word: str) -> int:
    """In short words every letter counts."""
    return 0 if len(word) < 4 else 1 if len(word) < 7 else 2


def letters_of(word: str) -> int:
    """A set of letters as bits: one slip changes two of them at most, which is quick to see."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


def slips_between(one: str, other: str, *, most: int) -> int:
    """Letters added, left out, mistaken or swapped with a neighbour; `most` + 1 for anything beyond."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    # What both begin and end with costs nothing, and is most of what comes so far.
    start = len(commonprefix((one, other)))
    one, other = one[start:], other[start:]
    end = len(commonprefix((one[::-1], other[::-1])))
    one, other = one[: len(one) - end], other[: len(other) - end]
    if not one or not other:
        return max(len(one), len(other))
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, its in enumerate(other, start=1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != its))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == its:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, previous = previous, current
    return min(previous[-1], most + 1)
