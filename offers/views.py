"""The storefront's shelves: shops, one shop, coupons, and the logos on them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cashback.lib import paging
from offers import catalogue, cleaning, promises
from offers.wishes import Sort, Wish

_YEAR_SECONDS = 365 * 86400


@require_safe
def shops(request: HttpRequest) -> HttpResponse:
    wish = Wish.read(request.GET)
    found = catalogue.shops(request.storefront, wish)
    categories = list(catalogue.categories(request.storefront))
    category = next((each for each in categories if each.slug == wish.category), None)
    if found.is_past_the_end or (wish.category and category is None):
        raise Http404
    return render(
        request,
        "offers/shops.html",
        {
            "wish": wish,
            "page": found,
            "category": category,
            "shelves": [(each.name, wish.but(category=each.slug), each == category) for each in categories],
            "all_shelves": wish.but(category=""),
            "sorts": [(label, wish.but(sort=value), value == wish.sort) for value, label in Sort.choices],
            "previous_link": wish.but(page=found.number - 1),
            "next_link": wish.but(page=found.number + 1),
            "suggestions": [] if found.rows else catalogue.suggestions(request.storefront),
        },
    )


@require_safe
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    storefront, now = request.storefront, timezone.now()
    offer = catalogue.best_offer(storefront, slug=slug)
    if offer is None:
        suggestions = catalogue.suggestions(storefront)
        return render(request, "offers/shop_missing.html", {"suggestions": suggestions}, status=404)
    # Cleaned when it was stored; and here, where it counts, whoever stored it.
    terms = cleaning.safe_html(offer.terms_html)
    return render(
        request,
        "offers/shop.html",
        {
            "offer": offer,
            "description": "" if _says(terms, offer.description) else offer.description,
            "terms": terms,
            "shop": catalogue.as_shop(offer, storefront),
            "categories": offer.merchant.categories.order_by("pk"),
            "rates": catalogue.rate_table(offer, share=storefront.shopper_percent, at=now),
            "coupons": catalogue.coupons_of(offer, storefront, at=now),
            "countries": [promises.country(code) for code in offer.countries],
            "tracks_within_hours": round(promises.TRACKS_WITHIN.total_seconds() / 3600),
        },
    )


def _says(terms: str, description: str) -> bool:
    """Networks often repeat the description at the head of the terms."""
    return " ".join(description.split()) in " ".join(cleaning.plain_text(terms).split())


@require_safe
def coupons(request: HttpRequest) -> HttpResponse:
    number = paging.read_number(request.GET.get("page", ""))
    found = catalogue.coupons(request.storefront, number=number, at=timezone.now())
    if found.is_past_the_end:
        raise Http404
    return render(request, "offers/coupons.html", {"page": found})


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """A merchant's logo, under an address that changes with it."""
    found = catalogue.logo(digest)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    return response
