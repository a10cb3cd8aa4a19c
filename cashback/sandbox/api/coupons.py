"""Coupons; only the website's form carries the promo code and the link."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest

from cashback.sandbox import catalogue, clock
from cashback.sandbox.api.answers import Page, endpoint, our_website, page_of, paging, whole_numbers
from cashback.sandbox.api.errors import bad_request, not_found
from cashback.sandbox.api.programmes import gotolink, image
from cashback.sandbox.programmes import Campaign

Row = dict[str, Any]

# What stands in the place of a code where none is needed.
NO_CODE = {"ru": "НЕ НУЖЕН", "en": "Not required"}
TYPES = {
    1: "Free delivery",
    2: "Discount on an order",
    3: "Gift with an order",
}
ORDERINGS = ("name", "date_start", "date_end", "rating")


@endpoint("coupons")
def listing(request: HttpRequest) -> Page:
    return _page(request, standard)


@endpoint("coupons")
def one(request: HttpRequest, coupon_id: int) -> Row:
    return standard(_known(coupon_id))


@endpoint("coupons_for_website")
def website_listing(request: HttpRequest, website_id: int) -> Page:
    our_website(website_id)
    return _page(request, for_website)


@endpoint("coupons_for_website")
def website_one(request: HttpRequest, website_id: int, coupon_id: int) -> Row:
    our_website(website_id)
    return for_website(_known(coupon_id))


@endpoint("public_data")
def categories(request: HttpRequest) -> Page:
    known = [{"id": number, "name": name} for number, name in catalogue.coupon_categories().items()]
    return page_of(request, known)


@endpoint("public_data")
def category(request: HttpRequest, category_id: int) -> Row:
    name = catalogue.coupon_categories().get(category_id)
    if name is None:
        raise not_found(f"Coupon category {category_id} does not exist")
    return {"id": category_id, "name": name}


def standard(coupon: Row) -> Row:
    """A coupon as /coupons/ shows it."""
    campaign = campaign_of(coupon)
    names = catalogue.coupon_categories()
    return {
        "id": coupon["id"],
        "name": coupon["name"],
        "short_name": coupon["short_name"],
        "description": coupon["description"],
        "status": "active",
        "rating": coupon["rating"],
        "campaign": {"id": campaign.id, "name": campaign.name, "site_url": campaign.site_url},
        "image": image(campaign),
        "species": coupon["species"],
        "discount": coupon["discount"],
        "types": [{"id": coupon["type"], "name": TYPES[coupon["type"]]}],
        "categories": [{"id": number, "name": names[number]} for number in coupon["categories"]],
        "regions": list(campaign.regions),
        "language": campaign.language,
        "date_start": f"{_date(coupon['starts']).isoformat()}T00:00:00",
        "date_end": None if coupon["ends"] is None else f"{_date(coupon['ends']).isoformat()}T23:59:00",
        "exclusive": coupon["exclusive"],
        "is_unique": False,
        "is_personal": False,
    }


def for_website(coupon: Row) -> Row:
    """A coupon as /coupons/website/{w}/ shows it."""
    campaign = campaign_of(coupon)
    return {
        **standard(coupon),
        "promocode": coupon["promocode"] or NO_CODE[campaign.language],
        "goto_link": f"{gotolink(campaign)}?i=3",
        "frameset_link": "",
    }


def campaign_of(coupon: Row) -> Campaign:
    return catalogue.by_slug()[coupon["campaign"]]


def _date(days: int) -> date:
    """Counted from the first of this month: coupons never go stale, yet stand still from day to day."""
    return clock.now().date().replace(day=1) + timedelta(days=days)


def _page(request: HttpRequest, show: Any) -> Page:
    limit, offset = paging(request)
    found = [show(coupon) for coupon in _asked_for(request)]
    for ordering in reversed(request.GET.getlist("order_by")):
        name = ordering.removeprefix("-")
        if name not in ORDERINGS:
            raise bad_request(f"Cannot order by {ordering}")
        found.sort(key=lambda row, name=name: row[name] or "9", reverse=ordering.startswith("-"))
    return Page(found[offset : offset + limit], len(found), limit, offset)


def _asked_for(request: HttpRequest) -> list[Row]:
    campaigns = whole_numbers(request, "campaign")
    campaign_categories = whole_numbers(request, "campaign_category")
    wanted = whole_numbers(request, "category")
    return [
        coupon
        for coupon in catalogue.coupons()
        if (not campaigns or campaign_of(coupon).id in campaigns)
        and (not campaign_categories or campaign_categories & set(campaign_of(coupon).categories))
        and (not wanted or wanted & set(coupon["categories"]))
    ]


def _known(coupon_id: int) -> Row:
    for coupon in catalogue.coupons():
        if coupon["id"] == coupon_id:
            return coupon
    raise not_found(f"Coupon {coupon_id} does not exist")
