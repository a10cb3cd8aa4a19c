"""Finds the storefront of a request, by host name or by the /s/<slug>/ prefix, and who shops in it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_script_prefix, set_script_prefix, set_urlconf
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from partners import shopper_session
from partners.models import Storefront

PREFIX = "/s/"
LANGUAGE_COOKIE = "cb-language"
LANGUAGES = dict(settings.LANGUAGES)
# Answered by the project's own urlconf on every host: links to these carry no storefront prefix.
_SHARED = ("/go/", "/theme/", "/logos/", "/static/", "/healthz", "/readyz")


class StorefrontMiddleware:
    """Sets `request.storefront`, `.partner` and `.shopper`; then only the storefront's urlconf is served."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.own_host = urlsplit(settings.SITE_URL).netloc

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.storefront = None
        if request.path_info.startswith(_SHARED):
            return self.get_response(request)
        if request.path_info.startswith(PREFIX):
            slug, _, rest = request.path_info[len(PREFIX) :].partition("/")
            return self._serve(request, Storefront.objects.open().filter(slug=slug), PREFIX + slug, "/" + rest)
        if request.get_host() != self.own_host:
            storefronts = Storefront.objects.open().filter(host=request.get_host().partition(":")[0])
            if storefronts.exists():
                return self._serve(request, storefronts, "", request.path_info)
        return self.get_response(request)

    def _serve(self, request: HttpRequest, storefronts, prefix: str, path: str) -> HttpResponse:
        storefront = storefronts.first()
        if storefront is None:
            raise Http404
        request.storefront = storefront
        request.partner = storefront.partner
        request.shopper = SimpleLazyObject(lambda: shopper_session.read(request, storefront=storefront))
        request.path_info = path
        request.urlconf = settings.STOREFRONT_URLCONF
        script_prefix, language = get_script_prefix(), translation.get_language()
        set_script_prefix(prefix + "/")
        set_urlconf(settings.STOREFRONT_URLCONF)
        translation.activate(self._language(request))
        try:
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
            return response
        finally:
            set_script_prefix(script_prefix)
            set_urlconf(None)
            translation.activate(language)

    def _language(self, request: HttpRequest) -> str:
        """The shopper's choice in this browser, else what the partner said of them, else the storefront's own."""
        chosen = request.COOKIES.get(LANGUAGE_COOKIE)
        if chosen in LANGUAGES:
            return chosen
        if request.shopper and request.shopper.locale in LANGUAGES:
            return request.shopper.locale
        return request.storefront.locale
