"""A request inside a storefront: whose it is, how its links begin, which language it speaks."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import get_script_prefix, set_script_prefix, set_urlconf
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from partners import shopper_session
from partners.models import Storefront

PREFIX = "/s/"
# No slug has a dot in it, so no storefront's own cookie has this name.
LANGUAGE_COOKIE = "cb.language"
LANGUAGES = dict(settings.LANGUAGES)


@contextmanager
def inside(request: HttpRequest, storefront: Storefront) -> Iterator[None]:
    """The request belongs to the storefront: its shopper, its addresses, its language. Restored afterwards."""
    request.storefront = storefront
    request.partner = storefront.partner
    request.shopper = SimpleLazyObject(lambda: shopper_session.read(request, storefront=storefront))
    # The host's page may say which look the frame takes: "light", "dark", or "" for what the browser prefers.
    request.look, request.is_embedded = "", False
    request.urlconf = settings.STOREFRONT_URLCONF
    is_on_own_host = storefront.host and storefront.host == host(request)
    script_prefix, language = get_script_prefix(), translation.get_language()
    set_script_prefix("/" if is_on_own_host else f"{PREFIX}{storefront.slug}/")
    set_urlconf(settings.STOREFRONT_URLCONF)
    translation.activate(_language(request))
    try:
        yield
    finally:
        set_script_prefix(script_prefix)
        set_urlconf(None)
        translation.activate(language)


def host(request: HttpRequest) -> str:
    """The name alone, as host names are compared: without the port, in lower case, without the root's dot."""
    return split_domain_port(request.get_host())[0]


def _language(request: HttpRequest) -> str:
    """The shopper's choice in this browser, else what the partner said of them, else the storefront's own."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    if request.shopper and request.shopper.locale in LANGUAGES:
        return request.shopper.locale
    return request.storefront.locale
