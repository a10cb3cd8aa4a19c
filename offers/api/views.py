"""What a partner's storefront has on its shelves, for pages that the partner builds itself."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from offers import feed
from offers.api.rendering import MerchantRenderer
from offers.api.shapes import CategoryShape, CouponShape, MerchantShape
from partners.api import storefronts
from partners.api.doors import Door
from partners.api.pages import page, the_one
from partners.api.parameters import PAGE, STOREFRONT, documented, listed
from partners.models import Storefront

_CATALOGUE = {"GET": "catalogue:read"}
_Answer = Callable[[Storefront, datetime], Response]


class Merchants(Door):
    """The shops that the storefront shows now, each with all that it pays: the shopper's part, as its pages have it."""

    scopes = _CATALOGUE
    renderer_classes = [MerchantRenderer]

    @documented(
        operation_id="list_merchants", parameters=[*PAGE, STOREFRONT], responses=listed(MerchantShape)
    )
    def get(self, request: Request) -> HttpResponse:
        def answer(storefront: Storefront, at: datetime) -> Response:
            as_json = partial(feed.merchants_as_json, storefront=storefront, at=at)
            return page(request, feed.merchants(storefront), as_json=as_json)

        return _unless_known(request, answer)


class Merchant(Door):
    scopes = _CATALOGUE
    renderer_classes = [MerchantRenderer]

    @documented(operation_id="get_merchant", parameters=[STOREFRONT], responses=MerchantShape)
    def get(self, request: Request, merchant: str) -> HttpResponse:
        def answer(storefront: Storefront, at: datetime) -> Response:
            rows = list(feed.merchants(storefront).filter(**feed.named("mrc", merchant)))
            return the_one(feed.merchants_as_json(rows, storefront, at=at))

        return _unless_known(request, answer)


class Coupons(Door):
    """Codes and deals that can be used now in the shops that the storefront shows."""

    scopes = _CATALOGUE

    @documented(operation_id="list_coupons", parameters=[*PAGE, STOREFRONT], responses=listed(CouponShape))
    def get(self, request: Request) -> HttpResponse:
        def answer(storefront: Storefront, at: datetime) -> Response:
            return page(request, feed.coupons(storefront, at=at), as_json=_coupons)

        return _unless_known(request, answer)


class Coupon(Door):
    scopes = _CATALOGUE

    @documented(operation_id="get_coupon", parameters=[STOREFRONT], responses=CouponShape)
    def get(self, request: Request, coupon: str) -> HttpResponse:
        def answer(storefront: Storefront, at: datetime) -> Response:
            return the_one(
                _coupons(feed.coupons(storefront, at=at).filter(pk=ids.from_public_or_none("cpn", coupon)))
            )

        return _unless_known(request, answer)


class Categories(Door):
    """The shelves with something on them."""

    scopes = _CATALOGUE

    @documented(
        operation_id="list_categories", parameters=[*PAGE, STOREFRONT], responses=listed(CategoryShape)
    )
    def get(self, request: Request) -> HttpResponse:
        def answer(storefront: Storefront, _at: datetime) -> Response:
            rows, counts = feed.categories(storefront)
            return page(request, rows, as_json=partial(_categories, counts=counts))

        return _unless_known(request, answer)


class Category(Door):
    scopes = _CATALOGUE

    @documented(operation_id="get_category", parameters=[STOREFRONT], responses=CategoryShape)
    def get(self, request: Request, category: str) -> HttpResponse:
        def answer(storefront: Storefront, _at: datetime) -> Response:
            rows, counts = feed.categories(storefront)
            return the_one(_categories(rows.filter(**feed.named("cat", category)), counts=counts))

        return _unless_known(request, answer)


def _unless_known(request: Request, answer: _Answer) -> HttpResponse:
    """304 where the caller has it already, before any of it is read; in the storefront's language."""
    storefront, at = storefronts.asked(request), timezone.now()
    told = f"{request.get_full_path()}\n{feed.mark(storefront, at=at)}"
    etag = f'"{hashlib.blake2b(told.encode(), digest_size=16).hexdigest()}"'
    known = get_conditional_response(request._request, etag=etag)
    if known is None:
        with translation.override(storefront.locale):
            known = answer(storefront, at)
    known.headers["ETag"] = etag
    known.headers["Cache-Control"] = "private, no-cache"
    return known


def _coupons(found: Any) -> list[dict[str, Any]]:
    return [feed.coupon_as_json(coupon) for coupon in found]


def _categories(found: Any, *, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [feed.category_as_json(category, merchants=counts[category.slug]) for category in found]
