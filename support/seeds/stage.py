"""What happened before anybody asked: trips of the last weeks, and purchases that a network has reported.

They hang on a network account of their own, the archive, which nobody polls: the sandbox's account and its purchases
stay exactly what the sandbox says.
"""

import io
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from cashback.lib.money import Money
from offers.models import Offer
from offers.networks.base import Sale, SaleStatus
from offers.networks.models import NetworkAccount
from partners.models import Shopper, Storefront
from transactions import seeds, services
from transactions.models import Click, Transaction, TransactionEvent

ARCHIVE = "archive"
_SHOPPERS_EACH, _NEWCOMERS_EACH = 60, 12
_SHOPS_EACH = 18


@dataclass(slots=True)
class Stage:
    """One storefront's people and shops, as the month begins. Newcomers have bought nothing yet."""

    storefront: Storefront
    shoppers: list[Shopper]
    newcomers: list[Shopper]
    offers: list[Offer]


def set_up(storefront: Storefront, *, account: NetworkAccount, begins: datetime) -> Stage:
    """Shoppers nobody else of the demo uses, and the archive's copies of the storefront's best shops."""
    everybody = [
        Shopper.objects.create(
            partner_id=storefront.partner_id,
            storefront=storefront,
            external_id=f"member-{20_400 + 37 * number}",
            locale=storefront.locale,
            created_at=begins - timedelta(days=200 - 2 * number, hours=7 * number % 24),
        )
        for number in range(_SHOPPERS_EACH)
    ]
    best = Offer.objects.filter(is_open=True, currency=storefront.currency).exclude(best_percent=None)
    best = best.exclude(account=account).select_related("merchant", "facts").order_by("-score", "pk")
    return Stage(
        storefront,
        everybody[_NEWCOMERS_EACH:],
        everybody[:_NEWCOMERS_EACH],
        [_archived(offer, account, since=begins - timedelta(days=90)) for offer in best[:_SHOPS_EACH]],
    )


def archive() -> NetworkAccount:
    account, is_new = NetworkAccount.objects.get_or_create(
        name=ARCHIVE, defaults={"network": "admitad", "is_active": False}
    )
    return account


def _archived(offer: Offer, account: NetworkAccount, *, since: datetime) -> Offer:
    """The same programme at the archive's account: closed, so that no page shows it twice."""
    rates = list(offer.rates.current())
    facts = getattr(offer, "facts", None)
    copied = Offer.objects.get(pk=offer.pk)
    copied.pk = None
    copied.account, copied.is_open, copied.takes_claims = account, False, offer.takes_claims or facts is None
    copied.save(force_insert=True)
    for rate in rates:
        # It held before the month began, so that old trips were promised it.
        rate.pk, rate.offer, rate.seen_at, rate.starts_on = None, copied, since, None
        rate.save(force_insert=True)
    return copied


def goods_of(offer: Offer) -> list[str]:
    """What the shop pays for, by the names of its rates."""
    return list(offer.rates.current().exclude(value=0).order_by("name").values_list("name", flat=True)[:4])


def receipt(shop: str, order: str, cart: int, currency: str) -> bytes:
    """A slip of paper with the shop, the order and the sum on it: a picture of its own for each order. The font at hand
    has Latin letters alone, so the shop is named by its slug."""
    paper = Image.new("RGB", (380, 260), "#fdfcf7")
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(size=22)
    lines = (shop, f"No. {order}", "- " * 16, f"{Money(cart, currency).as_decimal()} {currency}", "PAID")
    for place, line in enumerate(lines):
        pen.text((26, 24 + 44 * place), line, fill="#222222", font=font)
    written = io.BytesIO()
    paper.save(written, "PNG")
    return written.getvalue()


def click(
    shopper: Shopper, offer: Offer, *, at: datetime, dice: random.Random, blocker: bool = False
) -> Click:
    stored = seeds.trip(shopper, offer, at=at, dice=dice, blocker=blocker)
    stored.save(force_insert=True)
    return stored


def sale(
    *,
    by: Click,
    order_id: str,
    cart: int,
    status: SaleStatus,
    at: datetime,
    number: int,
    dice: random.Random,
    paid: bool = False,
    reason: str = "",
) -> Transaction:
    """The network reports the purchase, or says anew what became of it. `cart` in minor units."""
    percent = by.best_percent or 0
    word = Sale(
        external_id=f"archive-{number}",
        offer_external_id=by.offer.external_id,
        click_ref=by.public_id.removeprefix("clk_"),
        order_id=order_id,
        status=status,
        sale_minor=cart,
        commission_minor=int(cart * percent / 100),
        currency=by.currency,
        paid=paid,
        stalled=False,
        occurred_at=by.created_at + timedelta(minutes=11),
        clicked_at=by.created_at,
        closes_on=None,
        changed_at=at,
        observed_at=at,
        decline_reason=reason,
        raw={"id": number, "source": ARCHIVE},
    )
    with seeds.recorded_at(at, dice=dice):
        found = services.record(sale=word, account=by.account, via=TransactionEvent.Via.POLL, at=at)
    assert found.transaction is not None  # noqa: S101 - the click is ours and of this account
    return found.transaction
