"""What the catalogue's answers look like, for the schema."""

from rest_framework import serializers

from partners.api.fields import MoneyShape


class RewardShape(serializers.Serializer):
    text = serializers.CharField(
        help_text="As the storefront's own pages write it, in its language: `3.5%`, `$12`."
    )
    percent = serializers.CharField(
        allow_null=True, help_text="Of the order, exactly: the shopper's part of what the network pays."
    )
    amount = MoneyShape(allow_null=True, help_text="For each order. One of the two is null.")


class RateShape(serializers.Serializer):
    name = serializers.CharField(help_text="The kind of order, as the network names it.")
    group = serializers.CharField(allow_null=True, help_text="The heading that our staff put it under.")
    reward = RewardShape(allow_null=True, help_text="null: such orders earn nothing.")
    country = serializers.CharField(
        allow_null=True, help_text="For orders from this country alone (ISO 3166)."
    )
    min_order = MoneyShape(allow_null=True, help_text="For orders from this amount up.")
    customer = serializers.ChoiceField(choices=["new", "existing"], allow_null=True)
    coupon = serializers.ChoiceField(choices=["with", "without"], allow_null=True)
    channel = serializers.ChoiceField(choices=["app", "web"], allow_null=True)
    starts_on = serializers.DateField(allow_null=True, help_text="A day to come: what it earns from then on.")


class MerchantShape(serializers.Serializer):
    id = serializers.CharField(help_text="mrc_…")
    name = serializers.CharField()
    slug = serializers.CharField()
    logo_url = serializers.URLField(allow_null=True)
    currency = serializers.CharField(help_text="ISO 4217: the storefront's.")
    up_to = RewardShape(allow_null=True, help_text="The best of the rates in force.")
    rates = RateShape(many=True)
    categories = serializers.ListField(child=serializers.CharField(), help_text="Slugs.")
    countries = serializers.ListField(
        child=serializers.CharField(), help_text="Where it delivers; empty: nobody has said."
    )
    hold_days = serializers.IntegerField(allow_null=True, help_text="Until the shop usually decides.")


class CouponShape(serializers.Serializer):
    id = serializers.CharField(help_text="cpn_…")
    merchant = serializers.CharField(help_text="mrc_…")
    merchant_name = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["code", "deal"])
    code = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_blank=True)
    discount = serializers.CharField(allow_blank=True)
    is_exclusive = serializers.BooleanField()
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class NamesShape(serializers.Serializer):
    ru = serializers.CharField()
    en = serializers.CharField()


class CategoryShape(serializers.Serializer):
    id = serializers.CharField(help_text="cat_…")
    slug = serializers.CharField()
    name = serializers.CharField(help_text="In the storefront's language.")
    names = NamesShape()
    merchants = serializers.IntegerField(help_text="How many shops the storefront shows in it.")
