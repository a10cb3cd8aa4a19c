"""The admin theme's own pages speak Russian too."""

import re
from pathlib import Path

import pytest
import unfold
from django.utils.translation import gettext, override

from cashback.theme_words import WORDS

_SAID = re.compile(r"""\{%\s*(?:trans|translate)\s+(["'])(.+?)\1""")
TEMPLATES = Path(unfold.__file__).parent / "templates"
SAID = sorted(
    {words for page in TEMPLATES.rglob("*.html") for _quote, words in _SAID.findall(page.read_text())}
)


def test_the_themes_templates_are_found():
    assert len(SAID) > 50


@pytest.mark.parametrize("words", SAID)
def test_each_word_of_the_theme_is_said_in_russian(words):
    with override("ru"):
        assert gettext(words) != words


def test_no_word_is_kept_that_the_theme_says_no_longer():
    assert set(WORDS) <= set(SAID)
