"""What other rooms add below an answer, such as the invitation to rate it."""

from collections.abc import Callable

from support.desk.models import Message

Footer = Callable[[Message], str | None]
_footers: list[Footer] = []


def register_footer(footer: Footer) -> None:
    """`footer(message)` gives plain text in the language that is active, with whole addresses in it, or None. It is
    asked at each try to send, so it must give the same for the same message."""
    if footer not in _footers:
        _footers.append(footer)


def of(message: Message) -> list[str]:
    return [text for footer in _footers if (text := footer(message))]
