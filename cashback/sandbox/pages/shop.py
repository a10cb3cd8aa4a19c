"""From the network's link to a shop's thank-you page: no cookie, no script, the basket is in the address."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from cashback.sandbox import amounts, catalogue, config, sales
from cashback.sandbox.pages.words import WORDS
from cashback.sandbox.programmes import Campaign

MAX_BASKET = 20
TEXT_LENGTH = 300


@require_GET
def go(request: HttpRequest, code: str) -> HttpResponse:
    """The network's redirect: remembers the click with its sub-ids, then on to the shop."""
    campaign = catalogue.by_link_code(config.current().website).get(code)
    if campaign is None or not campaign.is_open:
        return _missing(request)
    sub_ids = {name: _cut(request.GET.get(name), length) for name, length in sales.SUB_ID_LENGTHS.items()}
    uid = sales.record_click(
        campaign,
        sub_ids,
        user_agent=(_cut(request.headers.get("User-Agent"), TEXT_LENGTH) or ""),
        referer=(_cut(request.headers.get("Referer"), TEXT_LENGTH) or ""),
    )
    query = {"utm_source": "admitad", "utm_medium": "cpa", "admitad_uid": uid}
    wanted = _wanted_page(request.GET.get("ulp", ""), campaign)
    if wanted:
        query["page"] = wanted
    return HttpResponseRedirect(f"/shop/{campaign.slug}/?{urlencode(query)}")


@require_GET
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = catalogue.by_slug().get(slug)
    if campaign is None:
        return _missing(request)
    basket = _basket(request.GET.get("basket"), campaign)
    uid = _cut(request.GET.get("admitad_uid"), 64) or ""
    context = {
        **_frame(campaign),
        "uid": uid,
        "wanted": request.GET.get("page", ""),
        "basket": basket,
        "basket_text": _basket_text(basket),
        "lines": [campaign.products[number] for number in basket],
        "total": sum(campaign.products[number].price for number in basket),
        "shelf": [
            {"product": product, "add": _address(uid, [*basket, number][:MAX_BASKET])}
            for number, product in enumerate(campaign.products)
        ],
        "emptied": _address(uid, []),
    }
    return render(request, "sandbox/shop.html", context)


@require_POST
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """The order is placed. The network hears of it only if the shopper came by one of its links."""
    campaign = catalogue.by_slug().get(slug)
    if campaign is None:
        return _missing(request)
    try:
        cart = amounts.to_minor(request.POST.get("cart", ""))
    except ValueError as problem:
        return render(request, "sandbox/refused.html", {**_frame(campaign), "problem": problem}, status=400)
    click = sales.click(request.POST.get("admitad_uid", ""), campaign)
    order = sales.Order(
        campaign=campaign, cart=cart, items=_items(request.POST.get("basket", ""), campaign, cart)
    )
    action = sales.place(order, came_by=click) if click and campaign.is_open else None
    context = {**_frame(campaign), "action": action, "cart": cart}
    return render(request, "sandbox/thanks.html", context)


def _frame(campaign: Campaign) -> dict[str, Any]:
    is_nameless = "/shared-" in campaign.logo
    return {"shop": campaign, "words": WORDS[campaign.language], "is_nameless": is_nameless}


def _missing(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotFound(render(request, "sandbox/missing.html").content)


def _cut(text: str | None, length: int) -> str | None:
    return text.replace("\0", "")[:length] or None if text else None


def _wanted_page(target: str, campaign: Campaign) -> str:
    """The page of the shop that a deeplink asks for; a target on any other site is ignored."""
    if not campaign.allows_deeplink:
        return ""
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return parts.path if host.removeprefix("www.") == campaign.site else ""


def _basket(text: str | None, campaign: Campaign) -> list[int]:
    """Who arrives finds the first product in the basket: one press of a button is a purchase."""
    if text is None:
        return [0]
    numbers = [int(part) for part in text.split(".") if part.isascii() and part.isdigit() and len(part) < 4]
    return [number for number in numbers if number < len(campaign.products)][:MAX_BASKET]


def _basket_text(basket: list[int]) -> str:
    return ".".join(str(number) for number in basket)


def _address(uid: str, basket: list[int]) -> str:
    return "?" + urlencode({"admitad_uid": uid, "basket": _basket_text(basket)}) + "#basket"


def _items(text: str, campaign: Campaign, cart: int) -> tuple[dict[str, Any], ...]:
    """The basket's lines, where they sum to what was paid."""
    products = [(number, campaign.products[number]) for number in _basket(text, campaign)]
    if sum(product.price for _, product in products) != cart:
        return ()
    return tuple(
        {
            "id": f"{campaign.id}-{number}",
            "name": product.name,
            "amount": product.price,
            "url": f"{campaign.site_url}p/{number}/",
        }
        for number, product in products
    )
