"""A stranger's HTML, made safe: words, lists, tables and links stay; no picture, style, form, script or frame does."""

import re
from html.parser import HTMLParser

import nh3
from django.utils.html import escape

# Some shapes of text take time that grows with the square of their length: a second for this much.
_LONGEST, _DEEPEST = 400_000, 1500
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>?", re.IGNORECASE)
_VOID = {*("br", "hr", "img", "meta", "link", "input", "p", "li", "td", "th", "tr", "col", "area", "wbr")}
_TAGS = {
    *(
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "dd",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
    ),
    *(
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
    ),
    *("tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul"),
}
# Gone with all that is in them; of other unknown tags the words stay.
_GONE = {
    *("script", "style", "title", "head", "noscript", "template", "svg", "math", "iframe", "object", "embed"),
    *("textarea", "select", "audio", "video", "canvas", "xml"),
}
_BLOCKS = {
    *(
        "p",
        "div",
        "li",
        "tr",
        "table",
        "blockquote",
        "ul",
        "ol",
        "dl",
        "dd",
        "dt",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
    ),
    *("h4", "h5", "h6"),
}
_SPACED = {"p", "table", "blockquote", "ul", "ol", "dl", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_GONE,
    attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)


def safe(markup: str) -> str:
    """HTML that can be shown to anybody: it loads nothing, runs nothing, and its links tell nobody where from."""
    markup = markup[:_LONGEST].replace("\x00", "")
    if _is_bomb(markup):
        return f"<pre>{escape(_TAG.sub(' ', markup)).strip()}</pre>"
    return _cleaner.clean(markup).strip()


def to_text(page: str) -> str:
    """The words of safe HTML as a person would write them without it; quotations with “>” before their lines."""
    reader = _Words()
    reader.feed(page)
    reader.close()
    return reader.text()


def _is_bomb(markup: str) -> bool:
    """More tags within tags than any program writes: the time that cleaning takes grows with the square of them."""
    depth = 0
    for found in _TAG.finditer(markup):
        if found[1]:
            depth = max(0, depth - 1)
        elif found[2].lower() not in _VOID:
            depth += 1
        if depth > _DEEPEST:
            return True
    return False


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        # Each with how deeply it is quoted, and its pieces.
        self._lines: list[tuple[int, list[str]]] = [(0, [])]
        self._quotes = 0
        self._pre = 0
        self._href = ""
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break()
        elif tag in _BLOCKS:
            self._start_line(is_spaced=tag in _SPACED)
        if tag == "blockquote":
            self._quotes += 1
            self._lines[-1] = (self._quotes, [])
        elif tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._say("- ")
        elif tag in ("td", "th") and self._lines[-1][1]:
            self._say("  ")
        elif tag == "a":
            self._href, self._said = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._name_link()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if tag in _BLOCKS:
            self._start_line(is_spaced=tag in _SPACED)

    def handle_data(self, data: str) -> None:
        if self._pre:
            first, *others = data.split("\n")
            self._say(first)
            for line in others:
                self._break()
                self._say(line)
            return
        words = re.sub(r"[ \t\n\f\r]+", " ", data)
        self._say(words.lstrip(" ") if not self._lines[-1][1] else words)

    def text(self) -> str:
        lines = [(quotes, "".join(line).strip("\n").rstrip()) for quotes, line in self._lines]
        written = [f"{'>' * min(quotes, 5)} {line}" if quotes and line else line for quotes, line in lines]
        text = "\n".join(written).replace("\N{NO-BREAK SPACE}", " ")
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def _say(self, words: str) -> None:
        if words:
            self._lines[-1][1].append(words)
            self._said.append(words)

    def _break(self) -> None:
        self._lines.append((self._quotes, []))

    def _start_line(self, *, is_spaced: bool) -> None:
        if any(piece.strip() for piece in self._lines[-1][1]):
            self._break()
            if is_spaced:
                self._break()
        elif is_spaced and len(self._lines) > 1 and self._lines[-2][1]:
            self._break()
        else:
            self._lines[-1] = (self._quotes, [])

    def _name_link(self) -> None:
        """Where a link leads, unless its words say so themselves."""
        where, words = self._href.removeprefix("mailto:"), "".join(self._said).strip()
        if where and where.rstrip("/") not in (words, f"https://{words}", f"http://{words}"):
            self._say(f" ({where})" if words else where)
        self._href = ""
