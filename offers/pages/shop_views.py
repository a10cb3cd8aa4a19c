"""One shop's page, and the terms that it has had."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from offers import catalogue, fragments, promises, shelf, terms
from offers.catalogue import Face
from offers.intake import cleaning
from offers.pages.shop_page import closed_shop, shop_page


@require_safe
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    storefront, now = request.storefront, timezone.now()
    offer = catalogue.best_offer(storefront, slug=slug)
    if offer is None:
        return _closed(request, slug)
    shopper = request.shopper or None
    if shopper and _is_opened_by_a_person(request):
        shelf.note_visit(shopper=shopper, merchant_id=offer.merchant_id, at=now)
    page = shop_page(storefront, offer, shopper=shopper, at=now)
    heart = ""
    if shopper:
        heart = fragments.heart(slug, page.shop.name, is_kept=page.is_favourite, back=request.get_full_path())
    facts = {"page": page, "shop": page.shop, "facts": page.facts, "heart": heart}
    return render(request, "offers/shop.html", facts)


def _closed(request: HttpRequest, slug: str) -> HttpResponse:
    found = closed_shop(request.storefront, slug=slug)
    return render(
        request,
        "offers/shop/closed.html" if found else "offers/shop_missing.html",
        {"shop": found, "suggestions": catalogue.suggestions(request.storefront)},
        status=404,
    )


def _is_opened_by_a_person(request: HttpRequest) -> bool:
    """Not fetched ahead by a browser that guesses."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")


@require_safe
def shop_terms(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """What a shop promised in one version. Old trips lead here, so it stays when the shop leaves the storefront."""
    version = terms.version(request.storefront, slug=slug, digest=digest)
    if version is None:
        raise Http404
    return render(
        request,
        "offers/shop/terms_version.html",
        {
            "version": version,
            "shop": Face.of(version.offer.merchant),
            "confirms": promises.confirms_within(
                hold_days=version.hold_days, max_hold_days=version.max_hold_days
            ),
            "terms": cleaning.safe_html(version.terms_html),
        },
    )
