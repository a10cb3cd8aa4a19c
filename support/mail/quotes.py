"""What the writer of a letter has written anew: without the history below it and the signature of their telephone.

Trimming is for reading only, the whole letter is kept. Where it is not clear what is new, everything is."""

import re

_FORWARDED = re.compile(r"^\s*(fwd?|пересл|переслано|перенаправлено|wg|tr)\s*(\[\d+\])?\s*:", re.IGNORECASE)
# "On Monday, Acorn Bank support wrote:", "пн, 12 окт. 2026 г. в 10:22, Acorn Bank <support@…>:", of up to three lines.
_ATTRIBUTION = re.compile(
    r"(@.*|\b(wrote|writes|schrieb|a écrit|escribió|ha scritto|пишет|(на)?писал(\(?а\)?|и)?)\b.{0,80})\s*:\s*$",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"\d{1,2}[:.]\d{2}|\b(19|20)\d\d\b")
_DIVIDER = re.compile(
    r"^\s*(-{2,}\s*(original message|reply message|исходное сообщение|original-nachricht)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
# Outlook's: four lines of headers, and below them everything is old.
_HEADER = re.compile(
    r"^\*?(from|sent|to|cc|date|subject|от|отправлено|дата|кому|копия|тема|von|gesendet|an|betreff)\s*:\*?\s",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"^(sent from my \w+|sent from outlook|get outlook for|sent with|отправлено (с|из) |отправлено с iphone)",
    re.IGNORECASE,
)


def new_words(text: str, *, subject: str = "") -> str:
    """The text without quoted history. Of a forwarded letter, whose history is the point, everything is left."""
    if _FORWARDED.match(subject):
        return text.strip()
    lines = text.split("\n")
    kept = lines[: _where_history_begins(lines)]
    return _without_signature(kept) or text.strip()


def _where_history_begins(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if _DIVIDER.match(line) and _are_headers(lines, number + 1):
            return number
        if _HEADER.match(line) and _are_headers(lines, number):
            return number
        if _ATTRIBUTION.search(line) and _is_all_quoted(lines, number + 1):
            return _first_line_of_attribution(lines, number)
    return _end_before_quotes(lines)


def _are_headers(lines: list[str], start: int) -> bool:
    """Three headers of a quoted letter in a row, with who wrote it."""
    block = [line for line in lines[start : start + 8] if line.strip()][:3]
    return len(block) == 3 and all(_HEADER.match(line) for line in block)


def _is_all_quoted(lines: list[str], start: int) -> bool:
    """Nothing but quotation until the end: no answer stands between its lines."""
    rest = [line for line in lines[start:] if line.strip()]
    return bool(rest) and all(line.lstrip().startswith((">", "|")) for line in rest)


def _first_line_of_attribution(lines: list[str], last: int) -> int:
    """The line that says when, if the one that says who is another."""
    for first in range(last, max(-1, last - 3), -1):
        if not lines[first].strip():
            break
        if _MOMENT.search(lines[first]):
            return first
    return last


def _end_before_quotes(lines: list[str]) -> int:
    """Without a quotation that ends the text and has no line that introduces it."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    return end


def _without_signature(lines: list[str]) -> str:
    for number, line in enumerate(lines):
        is_last_words = number and (line in ("-- ", "--") or _DEVICE.match(line.strip()))
        if is_last_words and len(lines) - number <= 12:
            return "\n".join(lines[:number]).strip()
    return "\n".join(lines).strip()
