"""The product's addresses and, on the same server behind the same middleware, what they are compared with."""

import os
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from cashback.lib import ids, sight
from cashback.urls import urlpatterns as product
from offers.models import Offer
from offers.networks.registry import network_class
from partners.models import Shopper
from transactions.models import Click


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("https://shop.example/")


def plain_page(request: HttpRequest) -> HttpResponse:
    """As many bytes as the page that it is compared with."""
    return HttpResponse(_page())


@cache
def _page() -> bytes:
    return Path(os.environ["PAGE_FILE"]).read_bytes()


def by_orm(request: HttpRequest, shopper: str, merchant: str) -> HttpResponse:
    """The click-out as one would first write it: the same look-ups and the same insert through the ORM, no wall."""
    sight.settle_on_all("the bench's yardstick")
    who = Shopper.objects.select_related("storefront__partner").get(pk=shopper, storefront__is_active=True)
    place = who.storefront
    offer = (
        Offer.objects.select_related("merchant", "account")
        .filter(merchant=merchant, merchant__is_hidden=False, currency=place.currency, is_open=True)
        .filter(account__is_active=True)
        .order_by("-score", "pk")[0]
    )
    click = Click.objects.create(
        partner=place.partner,
        storefront=place,
        shopper=who,
        merchant=offer.merchant,
        offer=offer,
        account=offer.account,
        currency=place.currency,
        shopper_percent=place.shopper_percent,
        partner_percent=place.partner_percent,
        credit_on=place.credit_on,
        best_percent=offer.best_percent,
        best_fixed_minor=offer.best_fixed_minor,
        terms_digest=offer.terms_digest,
        user_agent=request.headers.get("User-Agent", "")[:300],
    )
    network = network_class(offer.account.network)
    return HttpResponseRedirect(
        network.deeplink(tracking_url=offer.tracking_url, click_ref=ids.suffix(click.pk))
    )


urlpatterns = [
    path("go/plain/", plain),
    path("plain/", plain_page),
    path("go/by-orm/<uuid:shopper>/<uuid:merchant>/", by_orm),
    *product,
]
