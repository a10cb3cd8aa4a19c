"""The coupons of a storefront."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from offers import catalogue, rules
from offers.search.wishes import CouponWish


@require_safe
def coupons(request: HttpRequest) -> HttpResponse:
    wish, now = CouponWish.read(request.GET), timezone.now()
    # Only a search asks what the shelves are like now.
    edition = rules.edition(request.storefront) if wish.text else None
    found = catalogue.coupons(request.storefront, wish, edition=edition, at=now)
    if found.is_past_the_end:
        raise Http404
    of_shops, of_categories = catalogue.coupon_filters(request.storefront, at=now)
    shelves = sorted(((catalogue.name_of(each), each) for each in of_categories), key=lambda line: line[0])
    return render(
        request,
        "offers/coupons.html",
        {
            "wish": wish,
            "page": found,
            "shop_name": next((name for slug, name, _count in of_shops if slug == wish.shop), wish.shop),
            "category_name": next(
                (name for name, each in shelves if each.slug == wish.category), wish.category
            ),
            "shops": [
                (name, wish.but(shop=slug), count, slug == wish.shop) for slug, name, count in of_shops
            ],
            "categories": [
                (name, wish.but(category=each.slug), each.count, each.slug == wish.category)
                for name, each in shelves
            ],
            "any_shop": wish.but(shop=""),
            "any_category": wish.but(category=""),
            "previous_link": wish.but(page=found.number - 1),
            "next_link": wish.but(page=found.number + 1),
        },
    )
