"""The admin theme's own pages speak Russian too."""

import re
from pathlib import Path

import pytest
import unfold
from django.utils.translation import gettext, override

from cashback.theme_words import WORDS

_SAID = re.compile(r"""\{%\s*(?:trans|translate)\s+(["'])(.+?)\1""")
_CODED = re.compile(r"""\b(?:_|gettext|gettext_lazy)\(\s*(["'])(.+?)\1,?\s*\)""")
THEME = Path(unfold.__file__).parent
# Parts of the theme that no page of ours has.
_UNUSED = {"constance", "forms", "guardian", "import_export", "location_field", "simple_history"}
# A name that is put together, and alike in every language.
_NO_WORDS = {"%(class_name)s %(instance)s"}
SAID = sorted(
    {
        words
        for places, pattern in (("**/*.html", _SAID), ("**/*.py", _CODED))
        for file in THEME.glob(places)
        if _UNUSED.isdisjoint(file.parts)
        for _quote, words in pattern.findall(file.read_text())
    }
    - _NO_WORDS
)


def test_the_themes_words_are_found():
    assert len(SAID) > 50


@pytest.mark.parametrize("words", SAID)
def test_each_word_of_the_theme_is_said_in_russian(words):
    with override("ru"):
        assert gettext(words) != words


def test_no_word_is_kept_that_the_theme_says_no_longer():
    assert set(WORDS) <= set(SAID)
