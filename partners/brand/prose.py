"""Plain text as a page shows it: paragraphs, headings and lists by their first characters, and links that we make
ourselves. Nothing that was typed becomes markup."""

import re
from collections.abc import Iterable

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

# An address ends before the stop or bracket that ends its sentence.
_LINK = re.compile(
    r"(?P<web>https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]»”])"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})"
    # As people write one: with its +, or in groups after an 8. A bare row of digits is an order's number.
    r"|(?P<phone>(?<![\w-])(?:\+\d|8[\s(\N{NO-BREAK SPACE}-])[\d\s()\N{NO-BREAK SPACE}-]{6,22}\d(?!\w))"
)


def linked(text: str) -> SafeString:
    """The text, escaped, with its web and mail addresses and telephone numbers as links."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        link = _link(found)
        if link:
            parts += [escape(text[end : found.start()]), link]
            end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 - each part is escaped


def prose(text: str) -> SafeString:
    """Blocks are parted by blank lines. `# ` begins a heading, `- ` each line of a list."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return format_html_join(
        "\n", "{}", ((_block(block.strip().split("\n")),) for block in blocks if block.strip())
    )


def _block(lines: list[str]) -> SafeString:
    if lines[0].startswith("# "):
        heading = format_html("<h2>{}</h2>", lines[0][2:].strip())
        return heading + _block(lines[1:]) if lines[1:] else heading
    if all(line.startswith("- ") for line in lines):
        return format_html("<ul>{}</ul>", _each("<li>{}</li>", (line[2:] for line in lines)))
    return format_html(
        "<p>{}</p>", format_html_join(mark_safe("<br>"), "{}", ((linked(line),) for line in lines))
    )


def _each(pattern: str, lines: Iterable[str]) -> SafeString:
    return format_html_join("", pattern, ((linked(line),) for line in lines))


def _link(found: re.Match[str]) -> SafeString | None:
    text = found.group()
    if found["web"]:
        return format_html('<a href="{}" rel="noopener nofollow" target="_blank">{}</a>', text, text)
    if found["mail"]:
        return format_html('<a href="mailto:{}">{}</a>', text, text)
    digits = re.sub(r"\D", "", text)
    if not 7 <= len(digits) <= 15:
        return None
    return format_html('<a href="tel:{}{}">{}</a>', "+" if text.startswith("+") else "", digits, text)
