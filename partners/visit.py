"""A request inside a storefront: whose it is, how its links begin, which language it speaks."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import get_script_prefix, set_script_prefix, set_urlconf
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from cashback.lib import sight
from partners import shopper_session
from partners.models import Storefront

PREFIX = "/s/"
# No slug has a dot in it, so no storefront's own cookie has this name.
LANGUAGE_COOKIE = "cb.language"
LANGUAGES = dict(settings.LANGUAGES)


# What a browser says of a document that it loads into a frame.
_FRAMES = ("iframe", "frame", "embed", "object")


@contextmanager
def inside(request: HttpRequest, storefront: Storefront, *, wish: str = "") -> Iterator[None]:
    """The request belongs to the storefront: its shopper, addresses, language and days. Restored afterwards.

    `wish` is the language that the page around a frame asks for.
    """
    request.storefront = storefront
    request.partner = storefront.partner
    session = shopper_session.of_request(request, storefront=storefront)
    request.shopper = SimpleLazyObject(lambda: shopper_session.shopper_of(session, storefront=storefront))
    # The host's page may say which look the frame takes: "light", "dark", or "" for what the browser prefers.
    request.look = session.look if session else ""
    request.is_embedded = _is_in_a_frame(request, session)
    request.urlconf = settings.STOREFRONT_URLCONF
    script_prefix, language = get_script_prefix(), translation.get_language()
    with sight.of_partner(storefront.partner_id):
        spoken = _language(request, wish)
        # From here on nothing fails before the restoring.
        set_script_prefix(home(request, storefront))
        set_urlconf(settings.STOREFRONT_URLCONF)
        translation.activate(spoken)
        try:
            with timezone.override(_zone(storefront.time_zone)):
                yield
        finally:
            set_script_prefix(script_prefix)
            set_urlconf(None)
            translation.activate(language)


def home(request: HttpRequest, storefront: Storefront) -> str:
    """Where the storefront begins on this host: at the root of its own, else below its prefix."""
    is_on_own_host = storefront.host and storefront.host == host(request)
    return "/" if is_on_own_host else f"{PREFIX}{storefront.slug}/"


def host(request: HttpRequest) -> str:
    """The name alone, as host names are compared: without the port, in lower case, without the root's dot."""
    return split_domain_port(request.get_host())[0]


def _is_in_a_frame(request: HttpRequest, session: shopper_session.Session | None) -> bool:
    """Of a page the browser says it itself; what a script of a page asks for is where the session began."""
    destination = request.headers.get("Sec-Fetch-Dest", "")
    if destination == "document":
        return False
    return destination in _FRAMES or bool(session and session.is_embedded)


@cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def _language(request: HttpRequest, wish: str) -> str:
    """What the shopper chose, then this browser; else what the partner said of them, else the storefront's own."""
    shopper = request.shopper
    wishes = (
        shopper.chosen_locale if shopper else "",
        request.COOKIES.get(LANGUAGE_COOKIE),
        wish,
        shopper.locale if shopper else "",
    )
    return next((each for each in wishes if each in LANGUAGES), request.storefront.locale)
