"""Where shoppers say which letters they want, and where a letter's own link says: none."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cashback.lib import sight
from partners.models import Shopper
from partners.notices import addresses, links, preferences, readers
from partners.views import HttpResponseSeeOther
from partners.visit import inside

# The token is in the address: neither the next page's referrer nor a cache may keep it.
_SECRET_ADDRESS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
_ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def notice_preferences(request: HttpRequest) -> HttpResponse:
    if not request.shopper:
        status = 403 if request.method == "POST" else 200
        return render(request, "notices/guest.html", status=status)
    if request.method == "POST":
        switches = {name: request.POST.get(name) == "on" for name in preferences.SWITCHES}
        preferences.choose(shopper=request.shopper, switches=switches)
        return HttpResponseSeeOther(f"{reverse('notice-preferences')}?saved=1")
    wanted = preferences.of(request.shopper)
    stopped = addresses.suppression(request.shopper) if request.shopper.email else None
    context = {
        "switches": [
            {"name": name, "is_on": getattr(wanted, name) and not stopped} for name in preferences.SWITCHES
        ],
        "has_address": bool(request.shopper.email and request.shopper.email_confirmed_at),
        "stopped": stopped,
        "is_saved": "saved" in request.GET,
    }
    return render(request, "notices/preferences.html", context)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: one POST without a cookie ends the letters, however often it comes. A GET only shows the button, for
    scanners of mail follow every link."""
    shopper_id = links.read_unsubscribe(token)
    shopper = readers.find(shopper_id) if shopper_id else None
    if shopper is None:
        raise Http404
    sight.settle_on([shopper.partner_id])
    name, value = _ONE_CLICK
    if request.method == "POST":
        if request.POST.get(name) != value:
            return HttpResponseBadRequest("List-Unsubscribe=One-Click", content_type="text/plain")
        preferences.unsubscribe(shopper=shopper, at=timezone.now())
    return _unsubscribe_page(request, shopper)


def _unsubscribe_page(request: HttpRequest, shopper: Shopper) -> HttpResponse:
    with inside(request, shopper.storefront), translation.override(preferences.language_of(shopper)):
        context = {"is_done": request.method == "POST", "path": request.path}
        response = render(request, "notices/unsubscribe.html", context)
        response.headers["Content-Language"] = translation.get_language()
    for header, value in _SECRET_ADDRESS.items():
        response.headers[header] = value
    return response
