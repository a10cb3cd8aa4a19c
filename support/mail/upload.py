"""A letter out of what a mail provider posts: the raw letter itself, or a form that has it in a field."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

# As the providers name the field with the whole letter.
_FIELDS = ("body-mime", "message", "email", "mime", "rfc822", "raw")
_TO, _FROM = ("recipient", "envelope-to", "rcpt_to", "to"), ("sender", "envelope-from", "mail_from")
_MOST_FIELDS = 200
_LONGEST_NAME = 200


class NoLetter(Exception):
    """The form has no letter in it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The letter, and its envelope where the form says it."""

    raw: bytes
    recipients: tuple[str, ...] = ()
    return_path: str | None = None


def read(body: bytes, content_type: str) -> Upload:
    """The letter in the body. Raises NoLetter."""
    kind, _semicolon, rest = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "multipart/form-data":
        return _of_form(_parts(body, _boundary(rest)))
    if kind == "application/x-www-form-urlencoded":
        try:
            return _of_form(dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)))
        except ValueError as error:
            raise NoLetter from error
    if not body.strip():
        raise NoLetter
    return Upload(body)


def _of_form(fields: dict[bytes, bytes]) -> Upload:
    named = {name.decode("ascii", "replace").lower(): value for name, value in fields.items()}
    raw = next((named[field] for field in _FIELDS if named.get(field)), b"")
    if not raw.strip():
        raise NoLetter
    to = next((named[field] for field in _TO if field in named), b"")
    sender = next((named[field] for field in _FROM if field in named), None)
    recipients = to.decode("utf-8", "replace").replace(";", ",").split(",")
    return Upload(
        raw,
        tuple(each.strip() for each in recipients if "@" in each),
        None if sender is None else sender.decode("utf-8", "replace"),
    )


def _boundary(parameters: str) -> bytes:
    for parameter in parameters.split(";"):
        name, _equals, value = parameter.strip().partition("=")
        if name.strip().lower() == "boundary":
            boundary = value.strip().strip('"').encode("ascii", "ignore")
            if 0 < len(boundary) <= 70:
                return boundary
    raise NoLetter


def _parts(body: bytes, boundary: bytes) -> dict[bytes, bytes]:
    """By name, each field's bytes as they came: Django's own reader would take a letter of more than a megabyte for an
    attack, and Python's would take the letter apart."""
    found: dict[bytes, bytes] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary, _MOST_FIELDS + 1)[1:]:
        if part.startswith(b"--"):
            break
        head, separator, content = part.partition(b"\r\n\r\n")
        if separator and (name := _name(head)):
            found.setdefault(name, content)
    return found


def _name(head: bytes) -> bytes:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-disposition:"):
            for parameter in line.split(b";")[1:]:
                key, _equals, value = parameter.strip().partition(b"=")
                if key.lower() == b"name":
                    return value.strip(b'"')[:_LONGEST_NAME]
    return b""
