"""What is known of an offer beside its rates: shown to shoppers, never used in arithmetic."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from offers.models.catalogue import Offer

_LONGEST_WAIT_DAYS = 400
_DAYS = [MinValueValidator(1), MaxValueValidator(_LONGEST_WAIT_DAYS)]


def _in_language(russian: str, english: str) -> str:
    """The text in the language that is active, or in the other one where only that is written."""
    return (russian or english) if get_language() == "ru" else (english or russian)


class Deduction(models.TextChoices):
    """A part of what is paid that earns no cashback."""

    VAT = "vat", _("VAT")
    DELIVERY = "delivery", _("delivery")
    GIFT_CARDS = "gift_cards", _("gift cards")
    BONUSES = "bonuses", _("what you pay with the shop's bonuses")
    SERVICES = "services", _("services, such as assembly or insurance")


class ConfirmsAfter(models.TextChoices):
    """From which event the shop counts the days until it confirms."""

    DELIVERY = "delivery", _("delivery")
    CHECK_OUT = "check_out", _("check-out")
    TRIP = "trip", _("the end of the trip")
    COURSE = "course", _("the end of the trial period")


class OfferFacts(models.Model):
    """What our staff knows of an offer. What is not known is empty, and then nothing is said of it.

    A refresh never touches it: the network's listing has its own columns, in Offer."""

    id = ids.IdField()
    offer = models.OneToOneField(Offer, models.CASCADE, related_name="facts", verbose_name=_("offer"))
    deductions = ArrayField(
        models.CharField(max_length=12, choices=Deduction.choices),
        default=list,
        blank=True,
        verbose_name=_("not counted"),
        help_text=_("Parts of the order's amount that the percentage is not taken from."),
    )
    cap_minor = models.BigIntegerField(
        _("most commission for one order"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10**15)],
        help_text=_("In minor units of the offer's currency. Shoppers see their part of it."),
    )
    takes_claims = models.BooleanField(
        _("takes claims"), null=True, blank=True, help_text=_("Unknown is what the network says.")
    )
    claim_after_days = models.PositiveSmallIntegerField(
        _("claims from, days after the purchase"), null=True, blank=True, validators=_DAYS
    )
    claim_until_days = models.PositiveSmallIntegerField(
        _("claims until, days after the purchase"), null=True, blank=True, validators=_DAYS
    )
    counts_in_app = models.BooleanField(_("counts in the shop's app"), null=True, blank=True)
    counts_on_mobile_site = models.BooleanField(_("counts on the shop's mobile site"), null=True, blank=True)
    counts_with_other_codes = models.BooleanField(
        _("counts with codes from elsewhere"),
        null=True,
        blank=True,
        help_text=_("Coupons that are not listed with us."),
    )
    is_for_new_customers = models.BooleanField(_("new customers only"), null=True, blank=True)
    confirms_after = models.CharField(
        _("days to the decision are counted from"), max_length=10, blank=True, choices=ConfirmsAfter.choices
    )
    note_ru = models.TextField(_("note in Russian"), blank=True, max_length=1000)
    note_en = models.TextField(_("note in English"), blank=True, max_length=1000)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("facts of an offer")
        verbose_name_plural = _("facts of offers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deductions__contained_by=Deduction.values),
                name="offer_facts_deduct_known_parts",
            ),
            models.CheckConstraint(
                condition=models.Q(cap_minor=None) | models.Q(cap_minor__gt=0),
                name="offer_facts_cap_is_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(claim_after_days=None)
                | models.Q(claim_until_days=None)
                | models.Q(claim_until_days__gte=models.F("claim_after_days")),
                name="offer_facts_claims_end_after_they_begin",
            ),
            models.CheckConstraint(
                condition=models.Q(confirms_after__in=["", *ConfirmsAfter.values]),
                name="offer_facts_confirm_after_a_known_event",
            ),
        ]

    def __str__(self) -> str:
        return str(self.offer)

    @property
    def note(self) -> str:
        return _in_language(self.note_ru, self.note_en)


class OfferExclusion(models.Model):
    """One kind of goods that earns nothing, as a shopper would look for it."""

    id = ids.IdField()
    facts = models.ForeignKey(OfferFacts, models.CASCADE, related_name="exclusions", verbose_name=_("facts"))
    text_ru = models.CharField(_("in Russian"), max_length=200, blank=True)
    text_en = models.CharField(_("in English"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text_ru="", text_en=""), name="offer_exclusion_says_something"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return _in_language(self.text_ru, self.text_en)


class RateFacts(models.Model):
    """For whom one rate of an offer is. It belongs to the network's id, so it outlives the rate's versions."""

    class Customer(models.TextChoices):
        NEW = "new", _("new customers")
        EXISTING = "existing", _("who has bought there before")

    class Coupon(models.TextChoices):
        WITH = "with", _("with a coupon")
        WITHOUT = "without", _("without a coupon")

    class Channel(models.TextChoices):
        APP = "app", _("in the app")
        WEB = "web", _("on the site")

    id = ids.IdField()
    facts = models.ForeignKey(OfferFacts, models.CASCADE, related_name="rates", verbose_name=_("facts"))
    rate_external_id = models.CharField(_("rate"), max_length=64)
    customer = models.CharField(_("customer"), max_length=10, blank=True, choices=Customer.choices)
    coupon = models.CharField(_("coupon"), max_length=10, blank=True, choices=Coupon.choices)
    channel = models.CharField(_("where"), max_length=10, blank=True, choices=Channel.choices)
    group_ru = models.CharField(_("heading in Russian"), max_length=120, blank=True)
    group_en = models.CharField(_("heading in English"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("facts of a rate")
        verbose_name_plural = _("facts of rates")
        constraints = [
            models.UniqueConstraint(fields=["facts", "rate_external_id"], name="rate_facts_are_said_once"),
            models.CheckConstraint(
                condition=models.Q(
                    customer__in=["", "new", "existing"],
                    coupon__in=["", "with", "without"],
                    channel__in=["", "app", "web"],
                ),
                name="rate_facts_use_known_words",
            ),
        ]

    def __str__(self) -> str:
        return self.rate_external_id

    @property
    def group(self) -> str:
        return _in_language(self.group_ru, self.group_en)

    @property
    def conditions(self) -> list[str]:
        """For whom the rate is, in words; what is not known is not said."""
        said = [
            self.get_customer_display() if self.customer else "",
            self.get_coupon_display() if self.coupon else "",
            self.get_channel_display() if self.channel else "",
        ]
        return [words for words in said if words]


class OfferMeasured(models.Model):
    """What purchases through us have shown of an offer: two times, and how many were confirmed. Reckoned by a task."""

    offer = models.OneToOneField(Offer, models.CASCADE, primary_key=True, related_name="measured")
    tracked = models.IntegerField()
    tracks_half = models.DurationField(null=True)
    tracks_most = models.DurationField(null=True)
    confirmed = models.IntegerField()
    confirms_half = models.DurationField(null=True)
    confirms_most = models.DurationField(null=True)
    approved = models.IntegerField()
    declined = models.IntegerField()
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.offer_id)


class OfferTermsVersion(models.Model):
    """What an offer promised from a moment on. A click keeps the digest, and so always finds its text."""

    id = ids.IdField()
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="terms_versions", verbose_name=_("offer"))
    digest = models.CharField(max_length=16, db_index=True)
    terms_html = models.TextField(_("terms"), blank=True)
    hold_days = models.IntegerField(_("usual hold, days"), null=True)
    max_hold_days = models.IntegerField(_("longest hold, days"), null=True)
    seen_at = models.DateTimeField(_("first seen"))

    class Meta:
        verbose_name = _("version of terms")
        verbose_name_plural = _("versions of terms")
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "seen_at"], name="offer_terms_begin_one_version_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.digest
