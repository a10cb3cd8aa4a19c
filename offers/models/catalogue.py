from datetime import date, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from offers.networks.base import CouponKind, RateKind
from offers.networks.models import NetworkAccount


class Category(models.Model):
    """A shelf of the catalogue. Networks' categories meet here by their English name."""

    id = ids.IdField()
    slug = models.SlugField(_("slug"), unique=True)
    name_ru = models.CharField(_("name in Russian"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_ru if get_language() == "ru" else self.name_en


class Merchant(models.Model):
    """A shop, whichever networks list it. Its identity is the domain of its site."""

    id = ids.IdField()
    slug = models.SlugField(_("slug"), unique=True, max_length=80)
    domain = models.CharField(_("domain"), max_length=253, unique=True)
    name = models.CharField(_("name"), max_length=200)
    # The address the network gave, and the digest of the picture that we fetched from there ("" until then).
    logo_url = models.CharField(_("logo address"), max_length=500, blank=True)
    logo_digest = models.CharField(max_length=16, blank=True, db_index=True)
    # What offers.intake.logos asked last, and when it failed there: such an address is not asked again every hour.
    logo_tried_url = models.CharField(max_length=500, blank=True, editable=False)
    logo_failed_at = models.DateTimeField(null=True, editable=False)
    categories = models.ManyToManyField(
        Category, related_name="merchants", blank=True, verbose_name=_("categories")
    )
    is_hidden = models.BooleanField(_("hidden"), default=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")

    def __str__(self) -> str:
        return self.name


class MerchantLogo(models.Model):
    """The bytes of a logo, re-encoded by us and served from our own host under their digest."""

    digest = models.CharField(max_length=16, primary_key=True)
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.digest


class Offer(models.Model):
    """A merchant's programme at one network account. What the network no longer lists is closed, never deleted."""

    id = ids.IdField()
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="offers", verbose_name=_("merchant"))
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, related_name="offers", verbose_name=_("network account")
    )
    external_id = models.CharField(_("id at the network"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    site_url = models.CharField(_("site"), max_length=500)
    currency = models.CharField(_("currency"), max_length=3)
    tracking_url = models.CharField(_("tracking address"), max_length=1000)
    is_open = models.BooleanField(_("open"))
    closed_because = models.CharField(_("closed because"), max_length=200, blank=True)
    allows_deeplinks = models.BooleanField(_("deep links"), default=False)
    takes_claims = models.BooleanField(_("takes claims"), default=False)
    # Empty where the network does not say.
    counts_in_app = models.BooleanField(_("counts in the shop's app"), null=True)
    counts_on_mobile_site = models.BooleanField(_("counts on the shop's mobile site"), null=True)
    description = models.TextField(_("description"), blank=True)
    terms_html = models.TextField(_("terms"), blank=True)
    # Changes whenever what a shopper is promised changes; the click keeps it.
    terms_digest = models.CharField(max_length=16, blank=True)
    logo_url = models.CharField(_("logo address"), max_length=500, blank=True)
    countries = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name=_("countries")
    )
    cookie_days = models.IntegerField(_("cookie, days"), null=True)
    hold_days = models.IntegerField(_("usual hold, days"), null=True)
    max_hold_days = models.IntegerField(_("longest hold, days"), null=True)
    payment_days = models.IntegerField(_("payment, days"), null=True)
    approval_rate = models.DecimalField(_("approved, %"), max_digits=6, decimal_places=2, null=True)
    conversion_rate = models.DecimalField(
        _("orders per 100 clicks"), max_digits=8, decimal_places=4, null=True
    )
    earnings_per_click = models.DecimalField(
        _("earnings per click"), max_digits=14, decimal_places=4, null=True
    )
    rating = models.DecimalField(_("rating"), max_digits=4, decimal_places=2, null=True)
    started_on = models.DateField(_("started"), null=True)
    # Derived by offers.ranking after each refresh, from rates in force and statistics; never typed in.
    best_percent = models.DecimalField(
        _("best rate, %"), max_digits=7, decimal_places=4, null=True, editable=False
    )
    best_fixed_minor = models.BigIntegerField(_("best fixed reward"), null=True, editable=False)
    score = models.FloatField(_("expected commission per click, minor units"), default=0, editable=False)
    first_seen_at = models.DateTimeField(_("first seen"), db_default=Now(), editable=False)
    changed_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="offer_is_listed_once_per_account"
            ),
        ]
        indexes = [
            # The click-out and the catalogue: the best open offer of a merchant in a currency.
            models.Index(
                fields=["merchant", "currency", "-score"],
                condition=models.Q(is_open=True),
                name="offer_open_by_merchant",
            ),
            # The first pages of the shops, as most shoppers see them: the recommended ones.
            models.Index(
                fields=["currency", "-score", "id"],
                condition=models.Q(is_open=True),
                name="offer_open_by_score",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RateQuerySet(models.QuerySet["Rate"]):
    def current(self) -> "RateQuerySet":
        """What the network lists now, rates that begin later included."""
        return self.filter(replaced_at=None)

    def in_force(self, *, at: datetime) -> "RateQuerySet":
        """What orders earn today: of two rates for one kind of order, the later begun has replaced the other."""
        has_begun = models.Q(starts_on=None) | models.Q(starts_on__lte=at.date())
        later = Rate.objects.current().filter(
            starts_on__gt=Coalesce(models.OuterRef("starts_on"), models.Value(date.min)),
            starts_on__lte=at.date(),
            offer=models.OuterRef("offer"),
            name=models.OuterRef("name"),
            country=models.OuterRef("country"),
            min_order_minor=models.OuterRef("min_order_minor"),
        )
        return self.current().filter(has_begun, ~models.Exists(later))


class Rate(models.Model):
    """What the network pays for one kind of order. A changed rate is a new row: the old one says when it ended."""

    KINDS = [(RateKind.PERCENT.value, _("per cent")), (RateKind.FIXED.value, _("fixed"))]

    id = ids.IdField()
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="rates", verbose_name=_("offer"))
    external_id = models.CharField(_("id at the network"), max_length=64)
    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=10, choices=KINDS)
    # Per cent of the order, or an amount in major units of the currency.
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    country = models.CharField(_("country"), max_length=2, blank=True)
    min_order_minor = models.BigIntegerField(_("smallest order"), default=0)
    starts_on = models.DateField(_("from"), null=True)
    seen_at = models.DateTimeField(_("first seen"))
    replaced_at = models.DateTimeField(_("replaced"), null=True)

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "external_id"],
                condition=models.Q(replaced_at=None),
                name="rate_has_one_current_version",
            ),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="rate_is_never_negative"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in RateKind]), name="rate_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CouponQuerySet(models.QuerySet["Coupon"]):
    def live(self, *, at: datetime) -> "CouponQuerySet":
        return self.filter(
            models.Q(starts_at=None) | models.Q(starts_at__lte=at),
            models.Q(ends_at=None) | models.Q(ends_at__gt=at),
            closed_at=None,
        )


class Coupon(models.Model):
    """A code, or a deal that needs none."""

    KINDS = [(CouponKind.CODE.value, _("code")), (CouponKind.DEAL.value, _("deal"))]

    id = ids.IdField()
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, related_name="coupons", verbose_name=_("network account")
    )
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="coupons", verbose_name=_("offer"))
    external_id = models.CharField(_("id at the network"), max_length=64)
    name = models.CharField(_("name"), max_length=500)
    kind = models.CharField(_("kind"), max_length=10, choices=KINDS)
    code = models.CharField(_("code"), max_length=120, blank=True)
    tracking_url = models.CharField(_("tracking address"), max_length=1000)
    description = models.TextField(_("description"), blank=True)
    discount = models.CharField(_("discount"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    countries = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name=_("countries")
    )
    starts_at = models.DateTimeField(_("from"), null=True)
    ends_at = models.DateTimeField(_("until"), null=True)
    is_exclusive = models.BooleanField(_("exclusive"), default=False)
    # Set when the network lists it no longer.
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="coupon_is_listed_once_per_account"
            ),
        ]
        indexes = [
            models.Index(fields=["offer"], condition=models.Q(closed_at=None), name="coupon_open_by_offer")
        ]

    def __str__(self) -> str:
        return self.name
