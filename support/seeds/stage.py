"""What happened before anybody asked: trips of the last weeks, and purchases that a network has reported.

They hang on a network account of their own, the archive, which nobody polls: the sandbox's account and its purchases
stay exactly what the sandbox says.
"""

import io
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from cashback.lib.money import Money
from offers.models import Offer
from offers.networks.base import Sale, SaleStatus
from offers.networks.models import NetworkAccount
from partners.models import Shopper, Storefront
from transactions import services
from transactions.models import Click, Transaction, TransactionEvent
from transactions.partitions import first_id

ARCHIVE = "archive"
_SHOPPERS_EACH = 60
_SHOPS_EACH = 18
_BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.1 Safari/605.1.15",
)


@dataclass(slots=True)
class Stage:
    """One storefront's people and shops, as the month begins."""

    storefront: Storefront
    shoppers: list[Shopper]
    offers: list[Offer]


def set_up(storefront: Storefront, *, account: NetworkAccount, begins: datetime) -> Stage:
    """Shoppers nobody else of the demo uses, and the archive's copies of the storefront's best shops."""
    shoppers = [
        Shopper.objects.create(
            partner_id=storefront.partner_id,
            storefront=storefront,
            external_id=f"member-{20_400 + 37 * number}",
            locale=storefront.locale,
            created_at=begins - timedelta(days=200),
        )
        for number in range(_SHOPPERS_EACH)
    ]
    best = Offer.objects.filter(is_open=True, currency=storefront.currency).exclude(best_percent=None)
    best = best.exclude(account=account).select_related("merchant", "facts").order_by("-score", "pk")
    return Stage(
        storefront,
        shoppers,
        [_archived(offer, account, since=begins - timedelta(days=60)) for offer in best[:_SHOPS_EACH]],
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


def id_at(moment: datetime, dice: random.Random) -> uuid.UUID:
    """A UUIDv7 of the moment (RFC 9562 §5.7)."""
    bits = first_id(moment).int | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)
    return uuid.UUID(int=bits)


def click(
    shopper: Shopper, offer: Offer, *, at: datetime, dice: random.Random, blocker: bool = False
) -> Click:
    storefront = shopper.storefront
    return Click.objects.create(
        id=id_at(at, dice),
        partner_id=shopper.partner_id,
        storefront=storefront,
        shopper=shopper,
        merchant=offer.merchant,
        offer=offer,
        account_id=offer.account_id,
        currency=storefront.currency,
        shopper_percent=storefront.shopper_percent,
        partner_percent=storefront.partner_percent,
        credit_on=storefront.credit_on,
        best_percent=offer.best_percent,
        best_fixed_minor=offer.best_fixed_minor,
        terms_digest=offer.terms_digest,
        user_agent=dice.choice(_BROWSERS),
        created_at=at,
        blocker_seen=blocker,
        cookies_kept=not blocker,
        evidence_at=at + timedelta(seconds=2),
    )


def sale(
    *,
    by: Click,
    order_id: str,
    cart: int,
    status: SaleStatus,
    at: datetime,
    number: int,
    paid: bool = False,
    reason: str = "",
    changed_at: datetime | None = None,
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
        changed_at=changed_at or at,
        observed_at=changed_at or at,
        decline_reason=reason,
        raw={"id": number, "source": ARCHIVE},
    )
    found = services.record(sale=word, account=by.account, via=TransactionEvent.Via.POLL, at=changed_at or at)
    assert found.transaction is not None  # noqa: S101 - the click is ours and of this account
    return found.transaction
