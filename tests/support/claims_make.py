"""Trips, purchases and claims about them, at moments that a test chooses."""

import io
import itertools
from datetime import datetime, timedelta

from PIL import Image

from cashback.lib import ids
from offers.models import Offer
from offers.networks.base import SaleStatus
from partners.models import Shopper
from support.claims import services
from support.claims.models import Claim, Kind
from support.clocks.services import make_default_policies
from support.desk.models import Agent, Channel, Role
from support.desk.services import default_team
from support.goodwill.models import GoodwillPolicy
from tests import make
from transactions import services as purchases
from transactions.models import Click, Transaction, TransactionEvent

_numbers = itertools.count(1)
DAY = timedelta(days=1)
ORDER = "AB-1001"
AMOUNT = 199000
# 5 % of the order, of which the shopper has 70 %.
CASHBACK = 6965


def offer(*, at, **facts) -> Offer:
    """A shop that takes claims and pays 5 %, as it has since the first day."""
    percent = facts.pop("percent", "5")
    made = make.offer(at=at, percent=percent, **{"takes_claims": True, **facts})
    long_ago(made)
    return made


def long_ago(of: Offer) -> None:
    """Its rates have been in force for years."""
    of.rates.update(seen_at=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))


def trip(*, by: Shopper, on: Offer, at: datetime, **facts) -> Click:
    return make.click(by=by, on=on, created_at=at, **facts)


def sold(
    click: Click,
    *,
    at: datetime,
    order: str = ORDER,
    minor: int | None = AMOUNT,
    status: SaleStatus = SaleStatus.PENDING,
    commission: int | None = None,
    **facts,
) -> Transaction:
    """The network reports a purchase of that trip at `at`."""
    sale = make.sale(
        click_ref=ids.suffix(click.pk),
        offer_external_id=click.offer.external_id,
        order_id=order,
        sale_minor=minor,
        commission_minor=(minor or AMOUNT) * 5 // 100 if commission is None else commission,
        status=status,
        **{
            "occurred_at": click.created_at + timedelta(minutes=20),
            "changed_at": at,
            "observed_at": at,
            **facts,
        },
    )
    recorded = purchases.record(sale=sale, account=click.account, via=TransactionEvent.Via.POLL, at=at)
    return recorded.transaction


def say(sale: Transaction, status: SaleStatus, *, at: datetime, **facts) -> Transaction:
    """The network changes its mind about a purchase."""
    word = make.sale(
        external_id=sale.external_id,
        click_ref=ids.suffix(sale.click_id),
        offer_external_id=sale.offer.external_id,
        order_id=sale.order_id,
        commission_minor=facts.pop("commission", sale.commission_minor),
        status=status,
        **{
            "sale_minor": sale.sale_minor,
            "occurred_at": sale.occurred_at,
            "changed_at": at,
            "observed_at": at,
            **facts,
        },
    )
    purchases.record(sale=word, account=sale.account, via=TransactionEvent.Via.POLL, at=at)
    sale.refresh_from_db()
    return sale


def claim(click: Click, *, at: datetime, **facts) -> Claim:
    """The trip's shopper asks for order AB-1001 of 1 990.00, made half an hour after the click."""
    told = {
        "shopper": Shopper.objects.select_related("storefront").get(pk=click.shopper_id),
        "kind": Kind.UNTRACKED,
        "click": click,
        "order_no": ORDER,
        "order_at": click.created_at + timedelta(minutes=30),
        "order_minor": AMOUNT,
        "via": Channel.STOREFRONT,
        "language": "en",
        "at": at,
    }
    return services.open_claim(**{**told, **facts})


def about(sale: Transaction, kind: Kind, *, at: datetime, **facts) -> Claim:
    """The purchase's shopper asks about it."""
    told = {"kind": kind, "transaction": sale, "via": Channel.STOREFRONT, "language": "en", "at": at}
    return services.open_claim(**{"shopper": sale.shopper, **told, **facts})


def generous(partner, **facts) -> GoodwillPolicy:
    """300.00 at once to whoever has had a purchase confirmed."""
    defaults = {
        "currency": "RUB",
        "auto_max_minor": 30000,
        "agent_max_minor": 150000,
        "lead_max_minor": 1000000,
        "per_shopper_30d_minor": 1000000,
        "per_shopper_life_minor": 10000000,
        "ratio_to_confirmed": 0,
        "cooldown_days": 0,
        "monthly_budget_minor": 100000000,
    }
    return GoodwillPolicy.objects.create(partner=partner, **{**defaults, **facts})


def with_history(who: Shopper, *, on: Offer, at: datetime) -> Transaction:
    """The shopper has had a purchase confirmed, a year ago."""
    click = trip(by=who, on=on, at=at - 365 * DAY)
    return sold(click, at=at - 330 * DAY, order=f"OLD-{next(_numbers)}", status=SaleStatus.APPROVED)


def agent(django_user_model, name: str, *, role: Role = Role.AGENT) -> Agent:
    user = django_user_model.objects.create_user(name, password="a-long-password", is_staff=True)
    return Agent.objects.create(user=user, team=default_team(), name=name.title(), role=role)


def picture(shade: int = 0) -> bytes:
    """A receipt: a small PNG."""
    content = io.BytesIO()
    Image.new("RGB", (40, 40), (shade % 256, 90, 90)).save(content, "PNG")
    return content.getvalue()


def clocks() -> None:
    make_default_policies()
