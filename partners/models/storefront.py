from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners import theme
from partners.models.partner import Partner


class CreditOn(models.TextChoices):
    APPROVED = "approved", _("when the network confirms")
    PAID = "paid", _("when the network has paid us")


class StorefrontQuerySet(models.QuerySet["Storefront"]):
    def open(self) -> "StorefrontQuerySet":
        return self.filter(is_active=True, partner__is_active=True).select_related("partner")


class Storefront(models.Model):
    """One branded shop window of a partner: its catalogue, split, currency, language and address."""

    id = ids.IdField()
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="storefronts", verbose_name=_("partner")
    )
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    host = models.CharField(
        _("host name"),
        max_length=253,
        blank=True,
        help_text=_("The partner's own, e.g. cashback.acorn.example."),
    )
    currency = models.CharField(_("currency"), max_length=3)
    locale = models.CharField(_("language"), max_length=8)
    shopper_percent = models.DecimalField(
        _("shopper's part, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Of the commission. What the two parts leave stays with us."),
    )
    partner_percent = models.DecimalField(
        _("partner's part, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    credit_on = models.CharField(
        _("credit"), max_length=10, choices=CreditOn.choices, default=CreditOn.APPROVED
    )
    theme = models.JSONField(_("theme"), default=dict, blank=True)
    theme_digest = models.CharField(max_length=16, editable=False, db_index=True)
    # Origins (scheme://host:port) whose pages may show this storefront in a frame.
    embed_origins = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, verbose_name=_("embed origins")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        default="UTC",
        help_text=_("Such as Europe/Moscow: whose days are meant."),
    )
    # Two-letter codes; empty is no limit. A shop stays if it delivers to one of them, or does not say where.
    ships_to = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name=_("ships to")
    )
    is_pilot = models.BooleanField(
        _("pilot"), default=False, help_text=_("Only the listed shoppers may use it, until it is opened.")
    )
    has_email_sign_in = models.BooleanField(
        _("sign-in by e-mail"), default=False, help_text=_("For a partner whose own site signs nobody on.")
    )
    has_interstitial = models.BooleanField(
        _("page before the shop"), default=True, help_text=_("Says what earns cashback on the way to a shop.")
    )
    interstitial_seconds = models.PositiveSmallIntegerField(
        _("goes on after, seconds"),
        default=5,
        validators=[MaxValueValidator(60)],
        help_text=_("0 waits for the shopper to press the button."),
    )
    terms_notice_days = models.PositiveSmallIntegerField(
        _("notice of new terms, days"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(180)],
        help_text=_("How long before they take effect new terms are announced."),
    )
    # What every page needs of the texts, logos and terms; written by partners.brand.dress.
    dress = models.JSONField(default=dict, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = StorefrontQuerySet.as_manager()

    class Meta:
        verbose_name = _("storefront")
        verbose_name_plural = _("storefronts")
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=~models.Q(host=""), name="storefront_host_names_one_storefront"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    shopper_percent__gte=0,
                    partner_percent__gte=0,
                    shopper_percent__lte=100 - models.F("partner_percent"),
                ),
                name="storefront_split_leaves_the_house_no_debt",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_on__in=CreditOn.values), name="storefront_credits_on_a_known_event"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.host = self.host.lower().removesuffix(".")
        fields = kwargs.get("update_fields")
        # The digest names the tokens that are written with it, never those that another has written since.
        if fields is None or "theme" in fields:
            self.theme_digest = theme.digest(self.theme)
            kwargs["update_fields"] = None if fields is None else {*fields, "theme_digest"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        theme.validate(self.theme)
