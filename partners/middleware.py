"""Finds the storefront of a request, by host name or by the /s/<slug>/ prefix, and who shops in it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from partners import storefronts
from partners.models import Storefront
from partners.visit import PREFIX, host, inside

# Answered by the project's own urlconf on every host: links to these carry no storefront prefix.
_SHARED = ("/go/", "/postback/", "/theme/", "/logos/", "/static/", "/healthz", "/readyz")


class StorefrontMiddleware:
    """Sets `request.storefront`, `.partner` and `.shopper`; then only the storefront's urlconf is served."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.storefront = None
        if request.path_info.startswith(_SHARED):
            return self.get_response(request)
        resident = _resident(request)
        if request.path_info.startswith(PREFIX):
            slug, _, rest = request.path_info[len(PREFIX) :].partition("/")
            storefront = storefronts.open_by_slug(slug)
            if storefront is None or (resident and resident.partner_id != storefront.partner_id):
                raise Http404
            return self._serve(request, storefront, "/" + rest)
        if resident is not None:
            return self._serve(request, resident, request.path_info)
        return self.get_response(request)

    def _serve(self, request: HttpRequest, storefront: Storefront, path: str) -> HttpResponse:
        request.path_info = path
        with inside(request, storefront):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
            # Pages hold balances and links that live for minutes: no cache between us and the browser keeps them.
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response


def _resident(request: HttpRequest) -> Storefront | None:
    """Whose host name it is: None for our own, where the staff and all storefronts are. No other name has a page."""
    name = host(request)
    if name in settings.OWN_HOSTS:
        return None
    storefront = storefronts.open_by_host(name)
    if storefront is None:
        raise Http404
    return storefront
