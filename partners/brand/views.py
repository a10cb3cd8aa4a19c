"""A storefront's look, its partner's logo, and the two pages that explain: how it works, and the terms."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from partners import storefronts, terms, theme
from partners.brand import images

_FOR_EVER = f"public, max-age={365 * 86400}, immutable"
# An address that another release wrote: its answer may be another than it was, and will be again.
_FOR_A_MINUTE = "public, max-age=60"


@csrf_exempt
@require_safe
def theme_css(request: HttpRequest, name: str) -> HttpResponse:
    """The storefront's tokens as CSS, under an address that changes with them."""
    digest, is_ours = theme.read_address(name)
    tokens = {} if digest == theme.digest({}) else storefronts.theme_by_digest(digest)
    if tokens is None:
        raise Http404
    response = HttpResponse(theme.css(tokens), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = _FOR_EVER if is_ours else _FOR_A_MINUTE
    return response


@csrf_exempt
@require_safe
def brand_image(request: HttpRequest, digest: str) -> HttpResponse:
    """A partner's logo, under an address that changes with it."""
    found = images.by_digest(digest)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response.headers["Cache-Control"] = _FOR_EVER
    return response


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/how_it_works.html")


@require_safe
def terms_in_force(request: HttpRequest) -> HttpResponse:
    """The terms that hold today, and what is announced."""
    return _terms(request, terms.overview(request.storefront, at=timezone.now()))


@require_safe
def terms_version(request: HttpRequest, number: int) -> HttpResponse:
    """One version, whether it holds today, did once, or will."""
    found = terms.overview(request.storefront, number=number, at=timezone.now())
    if found.shown is None:
        raise Http404
    return _terms(request, found)


def _terms(request: HttpRequest, found: terms.Overview) -> HttpResponse:
    return render(request, "partners/terms.html", {"terms": found})
