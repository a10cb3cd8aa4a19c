"""Which host names have pages here; the storefront of a request, by host name or by the /s/<slug>/ prefix; and who
shops in it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from partners import guard, shopper_session, storefronts
from partners.models import Storefront
from partners.visit import PREFIX, host, inside

# Answered by the project's own urlconf on every host: links to these carry no storefront prefix.
_SHARED = (
    "/go/",
    "/out/",
    "/postback/",
    "/unsubscribe/",
    "/rate/",
    "/theme/",
    "/brand/",
    "/logos/",
    "/static/",
    "/healthz",
    "/readyz",
    "/hosts/",
)
# The same, but it matters on whose host they are asked for.
_EMBED = "/embed/"
# Read by somebody whose account is gone, whatever they still bring.
_FAREWELL = "/goodbye/"
# Which pages of a storefront on trial are for everybody: the ways in, and what an integrator needs.
_OPEN_IN_A_PILOT = {
    "launch",
    "sign-out",
    "language",
    "goodbye",
    "checklist",
    "terms",
    "terms-version",
    "how-it-works",
}


class HostMiddleware:
    """Only our own host names and those of open storefronts have pages: a row is enough, nothing is started anew."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.resident = None
        name = host(request)
        if not _is_reachable(name):
            raise Http404
        # Hot paths say the same on every host and need no storefront.
        if not request.path_info.startswith(_SHARED):
            request.resident = _resident(name)
        return self.get_response(request)


def _is_reachable(name: str) -> bool:
    """Demo and test call services on this very machine: there no other name has a page, whatever the rows say."""
    return not settings.EGRESS_LOOPBACK or name in settings.LOOPBACK or name.endswith(".test")


def _resident(name: str) -> Storefront | None:
    """Whose host name it is: None for our own, where the staff and all storefronts are. No other name has a page."""
    if name in settings.OWN_HOSTS:
        return None
    storefront = storefronts.open_by_host(name)
    if storefront is None:
        raise Http404
    return storefront


class StorefrontMiddleware:
    """Sets `request.storefront`, `.partner` and `.shopper`; then only the storefront's urlconf is served."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.storefront = None
        if request.path_info.startswith((*_SHARED, _EMBED)):
            return self.get_response(request)
        resident = request.resident
        if request.path_info.startswith(PREFIX):
            slug, _, rest = request.path_info[len(PREFIX) :].partition("/")
            storefront = storefronts.open_by_slug(slug)
            if storefront is None or (resident and resident.partner_id != storefront.partner_id):
                raise Http404
            return self._serve(request, storefront, "/" + rest)
        if resident is not None:
            return self._serve(request, resident, request.path_info)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """What no view of a storefront has to ask again."""
        if request.storefront is None:
            return None
        if not guard.is_welcome(request):
            raise PermissionDenied
        name = request.resolver_match.url_name or ""
        is_open = name in _OPEN_IN_A_PILOT or name.startswith("sign-in")
        if request.storefront.is_pilot and not is_open and not request.shopper:
            return render(request, "partners/opens_soon.html", status=403)
        return None

    def _serve(self, request: HttpRequest, storefront: Storefront, path: str) -> HttpResponse:
        request.path_info = path
        with inside(request, storefront):
            if shopper_session.brings_bearer(request) and not request.shopper and path != _FAREWELL:
                return _bearer_refused()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
            # Pages hold balances and links that live for minutes: no cache between us and the browser keeps them.
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response


def _bearer_refused() -> HttpResponse:
    """Never a guest's page in its place: the frame's script fetches a new bearer and asks again."""
    headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
    return JsonResponse({"code": "session_expired"}, status=401, headers=headers)
