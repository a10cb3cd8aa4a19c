from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from partners import services, shopper_session, storefronts, theme
from partners.visit import LANGUAGE_COOKIE, LANGUAGES

_YEAR_SECONDS = 365 * 86400
# The token is in the address: neither the next page's referrer nor a cache may keep it.
_SECRET_ADDRESS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class HttpResponseSeeOther(HttpResponseRedirect):
    status_code = 303


@require_GET
def launch(request: HttpRequest) -> HttpResponse:
    """Signs the token's shopper on in this browser, and goes on to the shops under an address without the token."""
    try:
        shopper = services.sign_on(
            storefront=request.storefront, token=request.GET.get("token", ""), at=timezone.now()
        )
    except services.LaunchRefused as refusal:
        response = render(request, "partners/launch_refused.html", {"refusal": refusal}, status=403)
    else:
        response = HttpResponseSeeOther(reverse("shops"))
        shopper_session.start(response, shopper=shopper, storefront=request.storefront)
    for name, value in _SECRET_ADDRESS.items():
        response.headers[name] = value
    return response


@require_safe
def switch_language(request: HttpRequest, code: str) -> HttpResponse:
    """The browser reads this host's storefronts in the language from now on."""
    if code not in LANGUAGES:
        raise Http404
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("shops")
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
    """Forgets the shopper in this browser. Browsers say themselves whether a page of ours asked for it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return HttpResponseForbidden()
    response = HttpResponseSeeOther(reverse("shops"))
    shopper_session.end(response, storefront=request.storefront)
    return response


@csrf_exempt
@require_safe
def theme_css(request: HttpRequest, digest: str) -> HttpResponse:
    """The storefront's tokens as CSS, under an address that changes with them."""
    tokens = {} if digest == theme.digest({}) else storefronts.theme_by_digest(digest)
    if tokens is None:
        raise Http404
    response = HttpResponse(theme.css(tokens), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    return response
