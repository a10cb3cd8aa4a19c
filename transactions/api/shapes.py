"""What comes in and goes out at clicks, transactions, balances and statistics."""

from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from rest_framework import serializers

from cashback.lib import ids
from offers import feed
from offers.intake.matching import domain_of
from offers.models import Offer
from offers.networks.base import Unreadable
from partners.api import storefronts
from partners.api.fields import Body, MoneyShape, Text
from partners.api.periods import PeriodQuery
from transactions.measuring.statistics import By
from transactions.models import Status


class ClickBody(Body):
    shopper = Text(max_length=128, trim_whitespace=False, help_text="Your own id of the shopper.")
    merchant = Text(max_length=80, help_text="Its id or its slug.")
    url = Text(
        max_length=1000, required=False, help_text="A page of the shop, where its network can lead there."
    )
    coupon = Text(max_length=30, required=False, help_text="cpn_…: through this coupon.")
    storefront = Text(
        max_length=storefronts.LONGEST_SLUG, required=False, help_text="Its slug, where you have several."
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        storefront = storefronts.meant(self.context["partner"], said.get("storefront"))
        shopper = storefronts.shopper_named(storefront, said["shopper"])
        if shopper is None:
            raise _wrong("shopper", "You have told us of no such shopper.", code="shopper_unknown")
        merchant = feed.merchants(storefront).filter(**feed.named("mrc", said["merchant"])).first()
        if merchant is None:
            raise _wrong("merchant", "The storefront shows no such shop now.", code="merchant_unknown")
        offer = merchant.offers.get(pk=merchant.offer_id)
        return {
            "storefront": storefront,
            "shopper": shopper,
            "merchant": merchant,
            "coupon": _coupon(offer, said.get("coupon")),
            "url": _page_of(offer, said.get("url", "")),
        }


def _coupon(offer: Offer, text: str | None) -> Any:
    if text is None:
        return None
    found = offer.coupons.live(at=timezone.now()).filter(pk=ids.from_public_or_none("cpn", text)).first()
    if found is None:
        raise _wrong("coupon", "The shop has no such coupon now.", code="coupon_unknown")
    return found.pk


def _page_of(offer: Offer, url: str) -> str:
    """A page of the very shop: the link never leads anybody anywhere else."""
    if not url:
        return ""
    if not offer.allows_deeplinks:
        raise _wrong("url", "This shop's network leads to its front page alone.", code="url_not_taken")
    try:
        parts = urlsplit(url)
        is_of_the_shop = parts.scheme in ("http", "https") and domain_of(url) == domain_of(offer.site_url)
    except (Unreadable, ValueError):
        is_of_the_shop = False
    if not is_of_the_shop or parts.username is not None:
        raise _wrong("url", "This is not a page of the shop's.", code="url_of_another_site")
    return url


def _wrong(field: str, detail: str, *, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: detail}, code=code)


class MadeClickShape(serializers.Serializer):
    id = serializers.CharField(help_text="clk_…")
    redirect_url = serializers.URLField(
        help_text="Send the shopper's browser there within 30 minutes: it is led on to the shop, without another click."
    )


class ClickShape(serializers.Serializer):
    id = serializers.CharField(help_text="clk_…")
    storefront = serializers.CharField()
    shopper = serializers.CharField(help_text="Your own id of the shopper.")
    merchant = serializers.CharField(help_text="mrc_…")
    merchant_name = serializers.CharField()
    created_at = serializers.DateTimeField()


class TransactionShape(serializers.Serializer):
    id = serializers.CharField(help_text="txn_…")
    click_id = serializers.CharField(allow_null=True, help_text="clk_…")
    storefront = serializers.CharField()
    shopper = serializers.CharField(help_text="Your own id of the shopper.")
    merchant = serializers.CharField(help_text="mrc_…")
    merchant_name = serializers.CharField()
    order_id = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Status.values, help_text="No state is final.")
    is_credited = serializers.BooleanField(help_text="The cashback is in the shopper's balance.")
    paid_at = serializers.DateTimeField(allow_null=True, help_text="When the network paid us.")
    sale_amount = MoneyShape(allow_null=True)
    cashback = MoneyShape(help_text="The shopper's part.")
    partner_share = MoneyShape(help_text="Your part.")
    occurred_at = serializers.DateTimeField()
    expected_at = serializers.DateTimeField(allow_null=True, help_text="When the shop should have decided.")
    updated_at = serializers.DateTimeField()
    decline_reason = serializers.CharField(allow_blank=True)


class WordShape(serializers.Serializer):
    status = serializers.ChoiceField(choices=Status.values)
    is_paid = serializers.BooleanField()
    sale_amount = MoneyShape(allow_null=True)
    cashback = MoneyShape()
    recorded_at = serializers.DateTimeField()


class FullTransactionShape(TransactionShape):
    history = WordShape(
        many=True, help_text="Every word of the network that changed it, the first one first."
    )


class BalanceShape(serializers.Serializer):
    available = MoneyShape(help_text="Below zero after a return of what was spent.")
    pending = MoneyShape(help_text="Promised, and not money yet.")
    reserved = MoneyShape(help_text="In payouts under way.")
    paid_out = MoneyShape()
    lifetime = MoneyShape(help_text="available + reserved + paid_out.")


class StatisticsQuery(PeriodQuery):
    group_by = serializers.ChoiceField(choices=[by.value for by in By], default=By.DAY.value)
    storefront = serializers.SlugField(max_length=storefronts.LONGEST_SLUG, required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        told = super().validate(said)
        slug, by = told.pop("storefront", None), By(told.pop("group_by"))
        place = None if slug is None else storefronts.meant(self.context["partner"], slug)
        return {**told, "by": by, "storefront": place}


class FiguresShape(serializers.Serializer):
    currency = serializers.CharField()
    clicks = serializers.IntegerField()
    orders = serializers.IntegerField(help_text="Bought in this time, whatever became of them.")
    pending = serializers.IntegerField()
    approved = serializers.IntegerField()
    declined = serializers.IntegerField()
    conversion = serializers.CharField(allow_null=True, help_text="Orders per 100 clicks.")
    approval = serializers.CharField(allow_null=True, help_text="Approved of 100 decided orders.")
    epc = MoneyShape(allow_null=True, help_text="Your income of a click, expected income included.")
    sales = MoneyShape(help_text="Orders' amounts, without the declined.")
    cashback = MoneyShape(help_text="The shoppers' part, without the declined.")
    income = MoneyShape(help_text="Your part of what is approved.")
    expected_income = MoneyShape(help_text="Your part of what is pending.")


class StatisticsLineShape(FiguresShape):
    day = serializers.DateField(required=False)
    merchant = serializers.CharField(required=False)
    merchant_name = serializers.CharField(required=False)
    storefront = serializers.CharField(required=False)


class StatisticsShape(serializers.Serializer):
    to = serializers.DateField()
    time_zone = serializers.CharField()
    data = StatisticsLineShape(many=True)
    totals = FiguresShape(many=True, help_text="One for each currency.")
    next_cursor = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}
