"""A raw letter taken apart: who, to whom, in answer to what, the words and the files. Whatever comes in, either this
comes out or Unreadable, in bounded time; nothing of ours is looked up here."""

import email
import re
from dataclasses import dataclass, field
from email.message import Message as Part
from email.utils import getaddresses

from cashback.lib.errors import DomainError
from partners.sign_in.addresses import NotAnAddress, normal
from support.mail import charsets, html

_DEEPEST, _MOST_PARTS, _MOST_BOUNDARIES = 30, 200, 100
_MOST_IDS, _MOST_RECIPIENTS, _LONGEST_ADDRESSES = 60, 50, 8000
_LONGEST_TEXT = 200_000
_ID = re.compile(r"<[^<>\s]{1,240}>")
_BOUNDARY = re.compile(rb"boundary\s*\*?\d*\*?=", re.IGNORECASE)
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")


class Unreadable(DomainError):
    """The letter cannot be taken apart."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class File:
    """Something that hangs on the letter."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """`sender` is a normal address (`partners.sign_in.addresses`), `recipients` are in lower case. `text` and `html`
    are all of the words, also the quoted ones; `html` is safe to show. `headers` are the first of each name, in lower
    case."""

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    files: tuple[File, ...]
    headers: dict[str, str]
    # A report of a mail server about a letter (RFC 3464), with its machine-readable part.
    is_report: bool = False
    report: str = ""


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    report: list[str] = field(default_factory=list)
    parts: int = 0


def read(raw: bytes) -> Letter:
    """The letter behind the bytes. Raises Unreadable."""
    if len(_BOUNDARY.findall(raw)) > _MOST_BOUNDARIES:
        raise Unreadable("The letter is nested too deeply to be read.")
    try:
        return _read(raw)
    except Unreadable:
        raise
    except Exception as error:
        # The library's parser raises whatever a broken letter leads it to, up to RecursionError.
        raise Unreadable(f"The letter cannot be read: {type(error).__name__}.") from error


def _read(raw: bytes) -> Letter:
    message = email.message_from_bytes(raw)
    headers: dict[str, str] = {}
    everything: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        everything.setdefault(name.lower(), []).append(str(value))
    for name, values in everything.items():
        headers[name] = charsets.header_text(values[0])
    if not {"from", "to", "subject", "date", "message-id", "received", "return-path"} & headers.keys():
        raise Unreadable("This is no letter: it has none of a letter's headers.")
    found = _Found()
    _walk(message, found, depth=0)
    name, sender = _sender(everything)
    return Letter(
        sender=sender,
        sender_name=name,
        recipients=_recipients(everything),
        subject=headers.get("subject", ""),
        message_id=next(iter(_ids(everything, "message-id")), ""),
        in_reply_to=_ids(everything, "in-reply-to"),
        references=_ids(everything, "references"),
        text="\n\n".join(text for text in found.texts if text)[:_LONGEST_TEXT],
        html="\n".join(found.pages),
        files=tuple(found.files),
        headers=headers,
        is_report=message.get_content_type() == "multipart/report",
        report="\n".join(found.report),
    )


def _walk(part: Part, found: _Found, *, depth: int) -> None:
    found.parts += 1
    if depth > _DEEPEST or found.parts > _MOST_PARTS:
        raise Unreadable("The letter is nested too deeply to be read.")
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        found.report.append(_headers_of(part))
    elif kind == "multipart/alternative":
        _choose(part, found, depth=depth)
    elif part.is_multipart():
        for inner in _inner(part):
            if kind.startswith("message/"):
                found.texts.append(_title(inner))
            _walk(inner, found, depth=depth + 1)
    elif not _is_body(part):
        _take_file(part, found)
    elif kind == "text/html":
        _take_page(_text(part), found)
    else:
        found.texts.append(_text(part).strip())


def _choose(part: Part, found: _Found, *, depth: int) -> None:
    """Of several forms of the same words: the plain one as text, the HTML one as the page."""
    forms = _Found(parts=found.parts)
    for inner in _inner(part):
        one = _Found(parts=forms.parts)
        _walk(inner, one, depth=depth + 1)
        forms.parts = one.parts
        forms.files += one.files
        forms.report += one.report
        if one.pages:
            forms.pages, from_page = one.pages, one.texts
            forms.texts = forms.texts or from_page
        elif any(one.texts):
            forms.texts = one.texts
    found.texts += forms.texts
    found.pages += forms.pages
    found.files += forms.files
    found.report += forms.report
    found.parts = forms.parts


def _take_page(markup: str, found: _Found) -> None:
    page = html.safe(markup)
    found.pages.append(page)
    found.texts.append(html.to_text(page))


def _take_file(part: Part, found: _Found) -> None:
    if content := _bytes(part):
        name = charsets.header_text(part.get_filename() or "")
        found.files.append(File(name[:200], content))


def _title(forwarded: Part) -> str:
    """What a letter that came inside another says of itself."""
    told = [(name, str(forwarded.get(name) or "")) for name in ("From", "Date", "Subject")]
    lines = [f"{name}: {charsets.header_text(value)}" for name, value in told if value]
    return "\n".join(["* * *", *lines])


def _inner(part: Part) -> list[Part]:
    inner = part.get_payload()
    return [each for each in inner if isinstance(each, Part)] if isinstance(inner, list) else []


def _is_body(part: Part) -> bool:
    """Words to be read in the letter, not a file that hangs on it."""
    if part.get_content_maintype() == "multipart":
        return True  # Said to have parts, and has none.
    if part.get_content_type() not in ("text/plain", "text/html"):
        return False
    return part.get_content_disposition() != "attachment" and not part.get_filename()


def _text(part: Part) -> str:
    return charsets.text_of(_bytes(part), part.get_param("charset") and _charset(part))


def _charset(part: Part) -> str:
    value = part.get_param("charset")
    return str(value[2] if isinstance(value, tuple) else value)


def _bytes(part: Part) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _headers_of(part: Part) -> str:
    """A delivery status is blocks of headers: one about the letter, one about each recipient."""
    blocks = _inner(part) or [part]
    return "\n\n".join(
        "\n".join(f"{name}: {charsets.header_text(str(value))}" for name, value in block.raw_items())
        for block in blocks[:20]
    )


def _ids(everything: dict[str, list[str]], name: str) -> tuple[str, ...]:
    found = [one for value in everything.get(name, []) for one in _ID.findall(value[:20_000])]
    return tuple(charsets.clean(one) for one in found[-_MOST_IDS:])


def _sender(everything: dict[str, list[str]]) -> tuple[str, str]:
    """The name and the normal address of who wrote; "" where no address can be written to."""
    for name, address in _addresses(everything.get("from", [])[:1]):
        try:
            return charsets.header_text(name)[:120], normal(address)
        except NotAnAddress:
            continue
    return "", ""


def _recipients(everything: dict[str, list[str]]) -> tuple[str, ...]:
    values = [value for name in _TO for value in everything.get(name, [])]
    found = [charsets.clean(address).strip().lower() for _name, address in _addresses(values)]
    return tuple(dict.fromkeys(found[:_MOST_RECIPIENTS]))


def _addresses(values: list[str]) -> list[tuple[str, str]]:
    return [pair for value in values for pair in getaddresses([value[:_LONGEST_ADDRESSES]]) if "@" in pair[1]]
