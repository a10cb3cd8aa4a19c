"""Bytes of a letter as text, whatever was said of their alphabet and however wrongly. Nothing is refused, and no byte
is dropped unseen: what cannot be read is U+FFFD."""

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

# Codecs that are no alphabets of mail; `idna` and `punycode` take time without end for a long text.
_NO_ALPHABETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_OTHER_NAMES = {
    "x-mac-cyrillic": "mac_cyrillic",
    "x-cp1251": "cp1251",
    "cp-1251": "cp1251",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "x-cp1252": "cp1252",
    "koi8": "koi8_r",
    "koi-8": "koi8_r",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "iso-8859-8-i": "iso8859_8",
    "unicode-1-1-utf-7": "utf_7",
    "utf8mb4": "utf_8",
}
# Said by programs that do not know better; bytes that are UTF-8 are UTF-8.
_VAGUE = {"ascii", "iso8859-1", "cp1252"}
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]")
_HIGH = re.compile(rb"[\x80-\xff]")
_LONGEST_HEADER = 4000


def text_of(data: bytes, declared: str | None = None) -> str:
    """The text behind the bytes: as was said if that can be, else as UTF-8, else as the Russian that it looks like."""
    codec = _codec(declared)
    if _HIGH.search(data) and (codec is None or codec in _VAGUE):
        guesses = ["utf-8", _russian(data) if codec != "cp1252" else codec]
        if codec == "iso8859-1" and not _looks_russian(data):
            guesses[1] = "cp1252"
    else:
        guesses = [codec or "utf-8", "utf-8"]
    for guess in guesses:
        try:
            return clean(data.decode(guess))
        except (UnicodeError, LookupError):
            continue
    return clean(data.decode(codec if codec and codec not in _VAGUE else "utf-8", "replace"))


def header_text(value: str) -> str:
    """A header as people read it: encoded words decoded, bytes without a word about them guessed, on one line."""
    value = value[:_LONGEST_HEADER]
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    parts = [
        text_of(piece.encode("ascii", "surrogateescape") if _is_raw(piece) else _bytes(piece), charset)
        for piece, charset in pieces
    ]
    return " ".join("".join(parts).split())


def clean(text: str) -> str:
    """Without what a text column or a page cannot hold; lines end as ours do."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _is_raw(piece: str | bytes) -> bool:
    return isinstance(piece, str) and all(ord(c) < 128 or 0xDC80 <= ord(c) <= 0xDCFF for c in piece)


def _bytes(piece: str | bytes) -> bytes:
    if isinstance(piece, bytes):
        return piece
    return piece.encode("utf-8", "replace")


def _codec(declared: str | None) -> str | None:
    """The codec's name, if that is an alphabet we have."""
    name = (declared or "").strip().strip("\"'").lower()
    if not name or len(name) > 40 or not name.isascii() or "\x00" in name:
        return None
    try:
        found = codecs.lookup(_OTHER_NAMES.get(name, name))
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in _NO_ALPHABETS else None


def _looks_russian(data: bytes) -> bool:
    """Mostly bytes above 127 among its letters: no western language is."""
    high = len(_HIGH.findall(data))
    return high > len(re.findall(rb"[A-Za-z]", data))


def _russian(data: bytes) -> str:
    """The alphabet in which the bytes are mostly small Russian letters: the other has them large."""
    sample = data[:4000]

    def small(codec: str) -> int:
        return sum("а" <= letter <= "я" for letter in sample.decode(codec, "replace"))

    return max(("cp1251", "koi8_r", "cp866"), key=small)
