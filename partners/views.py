from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from partners import services, shopper_session, storefronts
from partners.embed import advice, seen
from partners.visit import LANGUAGE_COOKIE, LANGUAGES

_YEAR_SECONDS = 365 * 86400
# The token is in the address: neither the next page's referrer nor a cache may keep it.
_SECRET_ADDRESS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class HttpResponseSeeOther(HttpResponseRedirect):
    status_code = 303


@require_GET
def launch(request: HttpRequest) -> HttpResponse:
    """Signs the token's shopper on in this browser, and goes on to the shops under an address without the token."""
    storefront, now = request.storefront, timezone.now()
    try:
        shopper = services.sign_on(storefront=storefront, token=request.GET.get("token", ""), at=now)
    except services.LaunchRefused as refusal:
        seen.token(storefront, refusal=refusal, at=now)
        response = _launch_refused(request, refusal)
    else:
        seen.token(storefront, at=now)
        response = HttpResponseSeeOther(reverse("shops"))
        shopper_session.start(response, request=request, shopper=shopper, storefront=storefront)
    for name, value in _SECRET_ADDRESS.items():
        response.headers[name] = value
    return response


def _launch_refused(request: HttpRequest, refusal: services.LaunchRefused) -> HttpResponse:
    if refusal.code == "not_in_pilot":
        return render(request, "partners/opens_soon.html", {"code": refusal.code}, status=403)
    context = {"refusal": refusal, "fix": advice.fix(refusal.code)}
    return render(request, "partners/launch_refused.html", context, status=403)


@require_safe
def switch_language(request: HttpRequest, code: str) -> HttpResponse:
    """The shopper, or else this browser, reads the storefront in the language from now on."""
    if code not in LANGUAGES:
        raise Http404
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("shops")
    # Another site's page can make a browser ask for this address, so a choice is kept only if ours asked.
    if request.shopper and request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none"):
        services.choose_language(shopper=request.shopper, language=code)
    response = HttpResponseSeeOther(back)
    response.set_cookie(
        LANGUAGE_COOKIE,
        code,
        max_age=_YEAR_SECONDS,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


@csrf_exempt
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forgets the shopper in this browser."""
    response = HttpResponseSeeOther(reverse("shops"))
    shopper_session.end(response, request=request, storefront=request.storefront)
    return response


@csrf_exempt
@require_safe
def host_is_ours(request: HttpRequest) -> HttpResponse:
    """Whether a proxy should get a certificate for the host name (on-demand TLS); see docs/custom-domains.md."""
    name = request.GET.get("domain", "").lower().removesuffix(".")
    is_ours = name in settings.OWN_HOSTS or bool(name and storefronts.has_host(name))
    return HttpResponse(status=200 if is_ours else 404, content_type="text/plain")
