"""Parts of pages that are the same for every shopper, kept until the storefront's shelves change.

A part is keyed by storefront, edition of its shelves, language and wish; nothing in it is anybody's own. Where each
shopper sees something else, such as a heart, there is a gap, filled whenever the part is shown. A gap is written with
a NUL, which no text from the database can hold.
"""

import hashlib
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from offers.rules import Edition

# Time alone changes little (what was new is not new for ever), and the next edition is never far.
_SECONDS = 600
_PAGE_SECONDS = 60
_GAP = re.compile("\0([^\0]+)\0([^\0]*)\0")
_RETURN = "\0return\0"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of shops as a page shows it, with gaps for hearts."""

    html: str
    is_empty: bool
    is_past_the_end: bool


def kept(edition: Edition, *name: object, make: Callable[[], Any], seconds: int = _SECONDS) -> Any:
    """What `make` made for this edition, language and address, under this name."""
    told = "/".join(map(str, (edition.key, get_language(), get_script_prefix(), *name)))
    key = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    store = caches["fragments"]
    if (found := store.get(key)) is None:
        found = make()
        store.set(key, found, seconds)
    return found


def kept_for_guests(request: HttpRequest, edition: Edition, *name: object, make: Callable[[], Any]) -> Any:
    """A whole page, as every guest of the storefront sees it. Around the shelves it says what the storefront's own row
    holds, so all of that is in its name; and it is made anew each minute, for what a minute may change."""
    storefront = {
        field: value for field, value in request.storefront.__dict__.items() if not field.startswith("_")
    }
    facts = (request.partner.name, request.look, storefront)
    return kept(edition, "page", *name, facts, make=make, seconds=_PAGE_SECONDS)


def gap_for_heart(slug: str, name: str) -> SafeString:
    return mark_safe(f"\0{escape(slug)}\0{escape(name)}\0")  # noqa: S308 - both are escaped


def with_hearts(html: str, favourites: Container[str] | None, *, back: str) -> SafeString:
    """Each heart full or empty; a guest, who has no favourites at all, sees none. `back` is where a heart pressed
    without a script leads."""
    if favourites is None:
        return mark_safe(_GAP.sub("", html))  # noqa: S308 - rendered by templates
    home, language = get_script_prefix(), get_language()
    filled = _GAP.sub(lambda gap: _heart(gap[1], gap[2], gap[1] in favourites, home, language), html)
    return mark_safe(filled.replace(_RETURN, escape(back)))  # noqa: S308 - as above


def heart(slug: str, name: str, *, is_kept: bool, back: str) -> SafeString:
    return with_hearts(gap_for_heart(slug, name), {slug} if is_kept else (), back=back)


@lru_cache(maxsize=4096)
def _heart(slug: str, escaped_name: str, is_kept: bool, _home: str, _language: str) -> str:
    facts = {"slug": slug, "name": SafeString(escaped_name), "is_kept": is_kept, "back": SafeString(_RETURN)}
    return render_to_string("ui/heart.html", facts)
