"""What the networks list: shops, offers, their rates and coupons."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import NOTHING, Panel, ReadOnlyAdmin, StaffAdmin, amount, link_to, list_of, moment
from cashback.lib.walls import SHARED
from offers import shelving
from offers.admin import facts
from offers.models import Category, Coupon, Merchant, Offer, Rate
from offers.networks.base import RateKind

SHOWN = 20


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    wall = SHARED
    fields = ["slug", "name_en", "name_ru"]
    list_display = ["slug", "name_en", "name_ru"]
    search_fields = ["name_en", "name_ru"]
    ordering = ["name_en", "pk"]


@admin.register(Merchant)
class MerchantAdmin(StaffAdmin):
    wall = SHARED
    fields = ["name", "is_hidden", "domain", "slug", "shelves", "logo_url", "created_at"]
    readonly_fields = ["name", "domain", "slug", "shelves", "logo_url", "created_at"]
    list_display = ["name", "domain", "is_hidden", "created_at"]
    list_filter = ["is_hidden", "categories"]
    search_fields = ["name", "domain"]
    ordering = ["name", "pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:
        shelving.hide_merchant(merchant=obj, is_hidden=obj.is_hidden)

    def get_panels(self, request: HttpRequest, row: Merchant) -> list[Panel]:
        offers = row.offers.select_related("account").order_by("-is_open", "-score", "pk")
        return [
            Panel(
                title=_("Offers"),
                headers=[_("offer"), _("network account"), _("currency"), _("best rate"), _("state")],
                rows=[
                    [link_to(offer), offer.account, offer.currency, best_rate(offer), _state(offer)]
                    for offer in offers
                ],
            )
        ]

    @display(description=_("categories"))
    def shelves(self, merchant: Merchant) -> str:
        return ", ".join(str(shelf) for shelf in merchant.categories.order_by("slug")) or NOTHING


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    wall = SHARED
    fieldsets = [
        (None, {"fields": ["merchant", "account", "external_id", "is_open", "closed_because"]}),
        (_("What it pays"), {"fields": [("best", "currency"), ("score", "earnings_per_click")]}),
        (
            _("What the network says"),
            {
                "fields": [
                    ("approval_rate", "conversion_rate", "rating"),
                    ("cookie_days", "payment_days"),
                    ("hold_days", "max_hold_days"),
                    ("allows_deeplinks", "takes_claims"),
                    "countries",
                    "site_url",
                    "tracking_url",
                    "started_on",
                    ("first_seen_at", "changed_at"),
                ]
            },
        ),
        (_("For shoppers"), {"fields": ["sheet", "description", "terms"]}),
    ]
    list_display = ["name", "merchant", "account", "currency", "best", "score", "is_open", "changed_at"]
    list_filter = ["is_open", "account", "currency"]
    list_select_related = ["merchant", "account"]
    search_fields = ["name", "merchant__domain", "external_id__exact"]
    ordering = ["-score", "pk"]

    def get_fieldsets(self, request: HttpRequest, obj: Offer | None = None) -> list[Any]:
        """Whoever may not write a sheet of facts is not led to a new one."""
        if getattr(obj, "facts", None) or request.user.has_perm("offers.add_offerfacts"):
            return self.fieldsets
        *rest, (title, shown) = self.fieldsets
        return [*rest, (title, {"fields": [name for name in shown["fields"] if name != "sheet"]})]

    def get_panels(self, request: HttpRequest, row: Offer) -> list[Panel]:
        rates = row.rates.order_by("replaced_at", "-seen_at", "pk")
        coupons = row.coupons.order_by("-closed_at", "name", "pk")
        return [
            Panel(
                title=_("Rates, those in force and those replaced"),
                headers=[_("rate"), _("pays"), _("country"), _("from"), _("first seen"), _("replaced")],
                rows=[
                    [
                        rate.name,
                        _pays(rate),
                        rate.country or NOTHING,
                        rate.starts_on or NOTHING,
                        moment(rate.seen_at),
                        moment(rate.replaced_at),
                    ]
                    for rate in rates[:SHOWN]
                ],
                more_url=list_of(Rate, offer__id__exact=row.pk),
            ),
            Panel(
                title=_("Coupons"),
                headers=[_("coupon"), _("code"), _("until"), _("closed")],
                rows=[
                    [
                        link_to(coupon),
                        coupon.code or NOTHING,
                        moment(coupon.ends_at),
                        moment(coupon.closed_at),
                    ]
                    for coupon in coupons[:SHOWN]
                ],
                more_url=list_of(Coupon, offer__id__exact=row.pk),
            ),
        ]

    @display(description=_("best rate"), ordering="best_percent")
    def best(self, offer: Offer) -> str:
        return best_rate(offer)

    @display(description=_("facts"))
    def sheet(self, offer: Offer) -> str:
        return facts.sheet_of(offer)

    @display(description=_("terms"))
    def terms(self, offer: Offer) -> str:
        return strip_tags(offer.terms_html) or NOTHING


@admin.register(Rate)
class RateAdmin(ReadOnlyAdmin):
    wall = SHARED
    fields = [
        "offer",
        "external_id",
        "name",
        "pays",
        "country",
        "min_order",
        "starts_on",
        "seen_at",
        "replaced_at",
    ]
    list_display = ["name", "offer", "pays", "country", "starts_on", "seen_at", "replaced_at"]
    list_filter = ["kind"]
    list_select_related = ["offer"]
    search_fields = ["name", "offer__name"]
    ordering = ["-pk"]

    @display(description=_("pays"), ordering="value")
    def pays(self, rate: Rate) -> str:
        return _pays(rate)

    @display(description=_("smallest order"), ordering="min_order_minor")
    def min_order(self, rate: Rate) -> str:
        return amount(rate.min_order_minor, rate.currency)


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    wall = SHARED
    fields = [
        "offer",
        "account",
        "external_id",
        "name",
        ("kind", "code", "discount"),
        "description",
        ("language", "countries", "is_exclusive"),
        ("starts_at", "ends_at", "closed_at"),
        "tracking_url",
    ]
    list_display = ["name", "offer", "kind", "code", "starts_at", "ends_at", "closed_at"]
    list_filter = ["kind", "account", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["offer"]
    search_fields = ["name", "code", "offer__name"]
    ordering = ["-pk"]


def best_rate(offer: Offer) -> str:
    """The better of its rates, as the network pays it to us."""
    parts = []
    if offer.best_percent is not None:
        parts.append(f"{offer.best_percent.normalize():f} %")
    if offer.best_fixed_minor is not None:
        parts.append(amount(offer.best_fixed_minor, offer.currency))
    return " / ".join(parts) or NOTHING


def _pays(rate: Rate) -> str:
    unit = "%" if rate.kind == RateKind.PERCENT else rate.currency
    return f"{rate.value.normalize():f} {unit}"


def _state(offer: Offer) -> str:
    return _("open") if offer.is_open else _("closed: %(why)s") % {"why": offer.closed_because or NOTHING}
