"""No word that people read stands outside gettext.

Two nets: one reads every template (whatever the state of the page, its words are there), the other renders every page
in a language that marks what was translated, and so catches words that Python says.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from cashback.settings import spoken_in

ROOT = Path(__file__).resolve().parent.parent
# The API's page is in English, as the schema is that it shows; embed/v1.js runs in the partner's page and speaks to
# its developers' console alone.
FOR_DEVELOPERS = {"docs.html", "api_docs.js", "v1.js"}
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.*")) if path.name not in FOR_DEVELOPERS]
SCRIPTS = [
    path for path in sorted((ROOT / "cashback" / "static").rglob("*.js")) if path.name not in FOR_DEVELOPERS
]

# What a reader sees or hears of these attributes.
_SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "label"}
_SPOKEN_INPUTS = {"submit", "button", "reset"}
# Names, and what is written alike in every language.
_NAMES = {
    "Ctrl",
    "Shift",
    "Enter",
    "Vitrina",
    "English",
    "Русский",
    "EN",
    "RU",
    "HTML",
    "CSV",
    "JSON",
    "API",
    "px",
    "UTC",
}
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSEEN = {"script", "style", "template"}
# What machines say to integrators is alike in every language too.
_MACHINES = {"code", "kbd", "pre"}
_ADDRESS = re.compile(r"\S+@\S+")
_HOLE = "\ue000"


class Reader(HTMLParser):
    """Collects what a reader meets in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        # The admin theme's icons are ligatures: the name of a drawing stands where letters would.
        is_icon = "material-symbols-outlined" in (dict(attributes).get("class") or "")
        if tag in _UNSEEN | _MACHINES or is_icon:
            self._inside.append(tag)
        given = {name: value or "" for name, value in attributes}
        self.texts += [value for name, value in given.items() if name in _SPOKEN]
        if tag == "input" and given.get("type") in _SPOKEN_INPUTS:
            self.texts.append(given.get("value", ""))
        if tag == "meta" and given.get("name") == "description":
            self.texts.append(given.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag == self._inside[-1]:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(data)


def words(texts: list[str]) -> list[str]:
    return [text.strip() for text in texts if set(_WORD.findall(_ADDRESS.sub("", text))) - _NAMES]


def bare_words(template: str, *, is_html: bool = True) -> list[str]:
    """What the template says by itself: neither a variable nor inside a translating tag."""
    kept, until = [], None
    for token in Lexer(template).tokenize():
        verb = token.contents.split(" ", 1)[0] if token.token_type is TokenType.BLOCK else ""
        if until:
            until = None if verb == until else until
        elif verb == "block" and token.contents.endswith(("class", "data")):
            until = "endblock"  # attributes of the parent's tag
        elif verb in {"blocktranslate", "blocktrans", "comment"}:
            until = f"end{verb}"
            kept.append(_HOLE)
        elif token.token_type is TokenType.TEXT:
            kept.append(token.contents)
        elif token.token_type is not TokenType.COMMENT:
            kept.append(_HOLE)
    text = "".join(kept)
    if not is_html:
        return words([text])
    reader = Reader()
    reader.feed(re.sub(r"<!--.*?-->", "", text, flags=re.S))
    reader.close()
    return words(reader.texts)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_that_is_not_translated(path):
    assert bare_words(path.read_text(), is_html=path.suffix in {".html", ".svg"}) == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<h1>Your cashback</h1>", ["Your cashback"]),
        ('<img src="x" alt="A shop">', ["A shop"]),
        ('<a aria-label="Go {{ name }}">{{ name }}</a>', ["Go \ue000"]),
        ('<input type="submit" value="Search">', ["Search"]),
        ('{% if x %}<p class="{% if y %}on{% endif %}">Кэшбэк</p>{% endif %}', ["Кэшбэк"]),
        ('{% translate "Go" %}<b title="{% translate "Far" %}">{{ name }}</b>', []),
        ("{% blocktranslate %}Go to {{ name }}{% endblocktranslate %} · 5 %", []),
        ("{# a word #}<!-- a word --><script>let word;</script>{% comment %}word{% endcomment %}", []),
    ],
)
def test_the_net_over_templates_holds_what_it_should(template, found):
    assert bare_words(template) == found


# A capital and more words: what a script would say to a person. Their words belong in the page's data- attributes.
_SAID = re.compile(r"""(["'`])([A-ZА-ЯЁ][^"'`\n]*?\s[^"'`\n]*?)\1""")


def spoken(script: str) -> list[str]:
    code = re.sub(r"/\*.*?\*/|(?:^|(?<=\s))//[^\n]*", "", script, flags=re.S | re.M)
    return [said for _quote, said in _SAID.findall(code)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_words_of_its_own(path):
    assert [said for said in spoken(path.read_text()) if not _is_code(said)] == []


def _is_code(said: str) -> bool:
    """A header's value."""
    return said.startswith("Bearer ")


def test_the_net_over_scripts_holds_what_it_should():
    assert spoken("// Copied to it\nbutton.textContent = 'Copied to clipboard';") == ["Copied to clipboard"]
    assert spoken("button.dataset.copied; /* Copied it 'Yes we did' */ x = 'aria-live'") == []


def test_a_language_is_there_as_soon_as_its_catalogue_is(tmp_path):
    for code in ("ru", "de"):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / code / "LC_MESSAGES" / "django.mo").touch()
    assert spoken_in(tmp_path) == [("de", "Deutsch"), ("en", "English"), ("ru", "Русский")]
