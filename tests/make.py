"""Plain factories. They hold no surprises: what a test cares about it passes."""

import itertools
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from django.http import HttpResponse
from django.test import Client, RequestFactory

from offers.models import Category, Coupon, Merchant, MerchantLogo, Offer, OfferFacts, Rate
from offers.networks.base import CouponKind, RateKind, Sale, SaleStatus
from offers.networks.models import NetworkAccount
from partners import shopper_session
from partners.models import Partner, Shopper, Storefront
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind
from transactions.models import Click

_numbers = itertools.count(1)


def account(**facts) -> NetworkAccount:
    number = next(_numbers)
    made = NetworkAccount(**{"network": "admitad", "name": f"Admitad {number}", **facts})
    made.credentials = {"client_id": "id", "client_secret": "secret", "website": "1"}
    made.save()
    return made


def storefront(*, slug: str, **facts) -> Storefront:
    partner, _ = Partner.objects.get_or_create(slug=slug, defaults={"name": facts.get("name", slug.title())})
    defaults = {
        "name": slug.title(),
        "currency": "RUB",
        "locale": "ru",
        "shopper_percent": Decimal(70),
        "partner_percent": Decimal(10),
    }
    return Storefront.objects.create(partner=partner, slug=slug, **{**defaults, **facts})


def shopper(at: Storefront, external_id: str) -> Shopper:
    return Shopper.objects.create(partner=at.partner, storefront=at, external_id=external_id)


def sign_on(client: Client, who: Shopper) -> None:
    """The shopper is signed on in the client's browser, without a launch token."""
    answer = HttpResponse()
    request = RequestFactory().get("/")
    shopper_session.start(answer, request=request, shopper=who, storefront=who.storefront)
    client.cookies.update(answer.cookies)


def overdraw(who: Shopper, *, by: int, at: datetime) -> None:
    """Money leaves the shopper's account, as if it had been spent; `by` is in minor units."""

    def open_account(kind: AccountKind, owner_id: uuid.UUID | None) -> Account:
        return ledger.open_account(
            partner_id=who.partner_id, kind=kind, owner_id=owner_id, currency=who.storefront.currency
        )

    ledger.transfer(
        source=open_account(AccountKind.SHOPPER, who.pk),
        target=open_account(AccountKind.MARGIN, None),
        amount=by,
        key=f"spent:{next(_numbers)}",
        reason="spent",
        occurred_at=at,
        subject_id=uuid.uuid4(),
    )


def category(slug: str, **facts) -> Category:
    return Category.objects.create(
        **{"slug": slug, "name_ru": slug.title(), "name_en": slug.title(), **facts}
    )


def merchant(name: str = "", **facts) -> Merchant:
    number = next(_numbers)
    slug = facts.pop("slug", f"shop-{number}")
    return Merchant.objects.create(
        **{"name": name or f"Shop {number}", "slug": slug, "domain": f"{slug}.example", **facts}
    )


def logo(digest: str, *, content: bytes) -> MerchantLogo:
    return MerchantLogo.objects.create(digest=digest, content=content, content_type="image/webp")


def offer(
    *,
    of: Merchant | None = None,
    at: NetworkAccount,
    percent: str | None = "5",
    fixed: str | None = None,
    **facts,
) -> Offer:
    """An open offer with one rate in force: `percent` of the order, or `fixed` major units."""
    of = of or merchant()
    number = next(_numbers)
    defaults = {
        "external_id": str(number),
        "name": of.name,
        "site_url": f"https://{of.domain}/",
        "currency": "RUB",
        "tracking_url": f"https://ad.example/g/{number}/",
        "is_open": True,
        "hold_days": 30,
        "terms_digest": "0" * 16,
        "best_percent": Decimal(percent) if percent else None,
        "best_fixed_minor": int(Decimal(fixed) * 100) if fixed else None,
    }
    made = Offer.objects.create(merchant=of, account=at, **{**defaults, **facts})
    if percent:
        rate(of=made, value=percent)
    if fixed:
        rate(of=made, value=fixed, kind=RateKind.FIXED)
    return made


def rate(*, of: Offer, value: str, **facts) -> Rate:
    number = next(_numbers)
    defaults = {
        "external_id": str(number),
        "name": f"Order {number}",
        "kind": RateKind.PERCENT,
        "currency": of.currency,
        "seen_at": datetime.now(tz=UTC),
    }
    return Rate.objects.create(offer=of, value=Decimal(value), **{**defaults, **facts})


def facts(*, of: Offer, exclusions: Iterable[dict] = (), rates: Iterable[dict] = (), **told) -> OfferFacts:
    """What staff has written of the offer."""
    sheet = OfferFacts.objects.create(offer=of, **told)
    for line in exclusions:
        sheet.exclusions.create(**line)
    for line in rates:
        sheet.rates.create(**line)
    return sheet


def coupon(*, of: Offer, code: str = "", **facts) -> Coupon:
    number = next(_numbers)
    defaults = {
        "external_id": str(number),
        "name": f"Coupon {number}",
        "kind": CouponKind.CODE if code else CouponKind.DEAL,
        "tracking_url": f"{of.tracking_url}?i={number}",
    }
    return Coupon.objects.create(account=of.account, offer=of, code=code, **{**defaults, **facts})


def click(*, by: Shopper, on: Offer, **facts) -> Click:
    place = by.storefront
    defaults = {
        "currency": place.currency,
        "shopper_percent": place.shopper_percent,
        "partner_percent": place.partner_percent,
        "credit_on": place.credit_on,
        "best_percent": on.best_percent,
        "best_fixed_minor": on.best_fixed_minor,
        "terms_digest": on.terms_digest,
        "user_agent": "Mozilla/5.0",
    }
    return Click.objects.create(
        partner=by.partner,
        storefront=place,
        shopper=by,
        merchant=on.merchant,
        offer=on,
        account=on.account,
        **{**defaults, **facts},
    )


def sale(*, click_ref: str = "", **facts) -> Sale:
    """A pending sale of 1 990.00 with a commission of 99.50 in roubles, changed and read just now."""
    now = datetime.now(tz=UTC)
    defaults = {
        "external_id": str(next(_numbers)),
        "offer_external_id": "1",
        "click_ref": click_ref,
        "order_id": "order-1",
        "status": SaleStatus.PENDING,
        "sale_minor": 199000,
        "commission_minor": 9950,
        "currency": "RUB",
        "paid": False,
        "stalled": False,
        "occurred_at": now,
        "clicked_at": None,
        "closes_on": None,
        "changed_at": now,
        "observed_at": now,
        "raw": {"id": 1},
    }
    return Sale(**{**defaults, **facts})
