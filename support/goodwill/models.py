from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.money import Money
from offers.models import Merchant
from partners.models import Partner, Shopper, Storefront


class Payer(models.TextChoices):
    """Out of whose pocket; a term of the partner's contract."""

    PLATFORM = "platform", _("we")
    PARTNER = "partner", _("the partner")


def _amount(name: object, help_text: object = "") -> models.BigIntegerField:
    return models.BigIntegerField(name, validators=[MinValueValidator(0)], help_text=help_text)


class GoodwillPolicy(models.Model):
    """How much may be given in goodwill at a partner, by whom, and to whom. Amounts in the currency's minor units."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    currency = models.CharField(_("currency"), max_length=3)
    payer = models.CharField(_("paid by"), max_length=10, choices=Payer.choices, default=Payer.PLATFORM)
    auto_max_minor = _amount(_("at once, most"), _("Paid without a person, before anything is investigated."))
    agent_max_minor = _amount(_("an agent, most"), _("Above it a second person is needed."))
    lead_max_minor = _amount(_("a team lead, most"))
    per_shopper_30d_minor = _amount(_("a shopper in 30 days, most"))
    per_shopper_life_minor = _amount(_("a shopper in all, most"))
    ratio_to_confirmed = models.PositiveSmallIntegerField(
        _("most, per cent of the shopper's confirmed cashback"),
        default=100,
        validators=[MaxValueValidator(1000)],
        help_text=_("Of what is paid at once; 0 is no limit."),
    )
    cooldown_days = models.PositiveSmallIntegerField(
        _("days between two paid at once"), default=7, validators=[MaxValueValidator(365)]
    )
    monthly_budget_minor = _amount(_("budget of a month"))
    # Reasons of triage for which nobody is asked; empty: any.
    allowed_reasons = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("reasons paid at once")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("goodwill policy")
        verbose_name_plural = _("goodwill policies")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "currency"], name="goodwill_policy_is_one_per_currency"
            ),
            models.CheckConstraint(
                condition=models.Q(auto_max_minor__gte=0, auto_max_minor__lte=models.F("agent_max_minor"))
                & models.Q(agent_max_minor__lte=models.F("lead_max_minor")),
                name="goodwill_limits_rise_with_the_role",
            ),
            models.CheckConstraint(
                condition=models.Q(payer__in=Payer.values), name="goodwill_payer_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.currency}"


class GoodwillBudget(models.Model):
    """What may be spent in a period. Its row is locked by whoever spends from it."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    currency = models.CharField(_("currency"), max_length=3)
    # None: the partner's whole; else one member of staff's part in it.
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("holder"),
    )
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    amount_minor = _amount(_("budget"))
    spent_minor = models.BigIntegerField(_("spent"), default=0, editable=False)

    class Meta:
        verbose_name = _("goodwill budget")
        verbose_name_plural = _("goodwill budgets")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "currency", "holder", "begins_at"],
                nulls_distinct=False,
                name="goodwill_budget_is_one_for_a_period",
            ),
            models.CheckConstraint(
                condition=models.Q(spent_minor__gte=0, spent_minor__lte=models.F("amount_minor")),
                name="goodwill_budget_is_not_overspent",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")),
                name="goodwill_budget_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.begins_at:%Y-%m}"

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.spent_minor


class GrantStatus(models.TextChoices):
    ASKED = "asked", _("waits for a second person")
    REFUSED = "refused", _("refused")
    PAID = "paid", _("paid")


class GrantQuerySet(models.QuerySet["GoodwillGrant"]):
    def waiting(self) -> "GrantQuerySet":
        return self.filter(status=GrantStatus.ASKED)

    def waiting_at(self, at: datetime) -> "GrantQuerySet":
        """Those that waited for a second person at that moment."""
        return self.filter(created_at__lte=at).filter(
            models.Q(status=GrantStatus.ASKED)
            | models.Q(decided_at__gt=at, approved_by__isnull=False)
            | models.Q(status=GrantStatus.REFUSED, decided_at__gt=at)
        )

    def paid(self) -> "GrantQuerySet":
        return self.filter(status=GrantStatus.PAID)

    def counted(self) -> "GrantQuerySet":
        """Paid, or asked for: what counts against a limit."""
        return self.exclude(status=GrantStatus.REFUSED)


class GoodwillGrant(models.Model):
    """Money given though no network has paid for it (yet). Once paid it never changes; what comes back is a transfer of
    its own."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    storefront = models.ForeignKey(Storefront, models.PROTECT, related_name="+", verbose_name=_("storefront"))
    shopper = models.ForeignKey(
        Shopper, models.PROTECT, related_name="goodwill_grants", verbose_name=_("shopper")
    )
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, related_name="+", verbose_name=_("merchant")
    )
    claim = models.ForeignKey(
        "claims.Claim", models.PROTECT, related_name="goodwill_grants", verbose_name=_("claim")
    )
    amount_minor = models.BigIntegerField(_("amount"), validators=[MinValueValidator(1)])
    currency = models.CharField(_("currency"), max_length=3)
    payer = models.CharField(_("paid by"), max_length=10, choices=Payer.choices)
    reason = models.CharField(_("reason"), max_length=40)
    note = models.CharField(_("why"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=GrantStatus.choices)
    # None: the service itself, within the policy.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    # The second pair of eyes, where one was needed.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("refused by")
    )
    refusal = models.CharField(_("refused because"), max_length=300, blank=True)
    needs_second = models.BooleanField(_("needs a second person"), default=False)
    created_at = models.DateTimeField(_("asked"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("goodwill grant")
        verbose_name_plural = _("goodwill grants")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="goodwill_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=GrantStatus.values), name="goodwill_grant_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | models.Q(requested_by__isnull=False) & ~models.Q(approved_by=models.F("requested_by")),
                name="goodwill_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=GrantStatus.PAID, needs_second=True)
                | models.Q(approved_by__isnull=False),
                name="goodwill_above_the_limit_had_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(status=GrantStatus.ASKED) | models.Q(decided_at__isnull=False),
                name="goodwill_decision_has_its_time",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=models.Q(requested_by=None),
                name="goodwill_is_paid_at_once_once_for_a_claim",
            ),
        ]
        indexes = [
            models.Index(fields=["shopper", "created_at"], name="goodwill_by_shopper"),
            models.Index(fields=["claim"], name="goodwill_by_claim"),
            models.Index(fields=["created_at"], name="goodwill_waiting", condition=models.Q(status="asked")),
            models.Index(fields=["partner", "decided_at"], name="goodwill_by_partner"),
        ]

    def __str__(self) -> str:
        return ids.public("gwl", self.pk)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class GoodwillRefusal(models.Model):
    """Why a claim was not made good at once: for staff, who may do so all the same."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    claim = models.ForeignKey(
        "claims.Claim", models.PROTECT, related_name="goodwill_refusals", verbose_name=_("claim")
    )
    code = models.CharField(_("why"), max_length=30)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("goodwill not given")
        verbose_name_plural = _("goodwill not given")
        indexes = [models.Index(fields=["claim", "-id"], name="goodwill_refusal_by_claim")]

    def __str__(self) -> str:
        return self.code
