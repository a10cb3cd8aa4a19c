import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.money import Money
from offers.models import Merchant, Offer
from offers.networks.models import NetworkAccount
from partners.models import Partner, Shopper, Storefront
from support.claims import numbers
from support.desk.models import Agent, Channel, StoredFile, Ticket
from transactions.models import Click, Transaction

_COUNT = [MinValueValidator(1), MaxValueValidator(1000)]
_DAYS = [MinValueValidator(1), MaxValueValidator(365)]


class Kind(models.TextChoices):
    """What the shopper misses. The words are impact.com's inquiry types and two more."""

    UNTRACKED = "untracked", _("purchase is missing")
    WRONG_AMOUNT = "wrong_amount", _("wrong amount")
    DECLINED = "declined", _("purchase was declined")
    LATE_CONFIRM = "late_confirm", _("confirmation is late")
    PAYOUT_PROBLEM = "payout_problem", _("payout problem")


class Status(models.TextChoices):
    TRIAGING = "triaging", _("being checked")
    ANSWERED_AUTO = "answered_auto", _("answered by itself")
    ON_ICE = "on_ice", _("on ice: too early")
    NEED_INFO = "need_info", _("waiting for the shopper")
    IN_REVIEW = "in_review", _("with an agent")
    LODGED = "lodged", _("to be sent to the network")
    WAITING_NETWORK = "waiting_network", _("waiting for the network")
    APPROVED_NET = "approved_net", _("the network agreed")
    DECLINED_NET = "declined_net", _("the network refused")
    APPEALED = "appealed", _("appealed")
    NO_ANSWER = "no_answer", _("the network is silent")
    GOODWILL_PENDING = "goodwill_pending", _("goodwill asked for")
    CREDITED = "credited", _("credited")
    COMPENSATED = "compensated", _("made good")
    REJECTED = "rejected", _("rejected")
    LAPSED = "lapsed", _("lapsed")
    WITHDRAWN = "withdrawn", _("withdrawn")


CLOSED = (Status.CREDITED, Status.COMPENSATED, Status.REJECTED, Status.LAPSED, Status.WITHDRAWN)
OPEN = tuple(status for status in Status if status not in CLOSED)
# Answered in full, should the shopper agree; one word of theirs opens it again.
SETTLED_FOR_NOW = (*CLOSED, Status.ANSWERED_AUTO)
# Somebody owes the next step, so the shopper has been told by when they hear of it.
WAITING = tuple(status for status in OPEN if status not in (Status.TRIAGING, Status.ANSWERED_AUTO))


class Stage(models.TextChoices):
    """What a shopper reads, whatever happens behind it."""

    RECEIVED = "received", _("received")
    CHECKING = "checking", _("checking")
    ANSWERED = "answered", _("answered")
    ASKING_YOU = "asking_you", _("waiting for you")
    SENT_TO_SHOP = "sent_to_shop", _("sent to the shop")
    SHOP_AGREED = "shop_agreed", _("the shop agreed")
    SHOP_REFUSED = "shop_refused", _("the shop refused")
    PAID = "paid", _("paid")
    CLOSED = "closed", _("closed")


class PaidWith(models.TextChoices):
    CARD = "card", _("card or cash")
    GIFT_CARD = "gift_card", _("gift card")
    POINTS = "points", _("the shop's points")


class BoughtIn(models.TextChoices):
    WEB = "web", _("on the site")
    APP = "app", _("in the shop's app")


def normal_order(text: str) -> str:
    """The order's number without what people add to it: case, spaces, "№", dashes, "order", another alphabet."""
    return numbers.key(text)


class RejectReason(models.TextChoices):
    """What a person's "no" is filed under. Shoppers read it, so it is neutral about everybody else."""

    NO_PURCHASE = "no_purchase", _("no such purchase was found")
    NOT_OUR_TRIP = "not_our_trip", _("the purchase did not come from a trip of ours")
    GOODS_EXCLUDED = "goods_excluded", _("goods without cashback")
    TERMS_BROKEN = "terms_broken", _("the shop's terms were not met")
    RETURNED = "returned", _("returned or cancelled")
    DUPLICATE = "duplicate", _("claimed or paid already")
    NO_PROOF = "no_proof", _("the purchase could not be proved")
    MISUSE = "misuse", _("against the rules of the service")
    OTHER = "other", _("another reason")


class ClaimQuerySet(models.QuerySet["Claim"]):
    def open(self) -> "ClaimQuerySet":
        return self.filter(status__in=OPEN)

    def latest_first(self) -> "ClaimQuerySet":
        return self.order_by("-pk")


class Claim(models.Model):
    """A shopper's question about money that did not come, bound to the trip or the purchase that it is about."""

    id = ids.IdField()
    # C-10042. From the sequence claims_claim_number.
    number = models.BigIntegerField(
        _("number"),
        unique=True,
        editable=False,
        db_default=models.Func(
            models.Value("claims_claim_number"), function="nextval", output_field=models.BigIntegerField()
        ),
    )
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="claims", verbose_name=_("partner"))
    storefront = models.ForeignKey(
        Storefront, models.PROTECT, related_name="claims", verbose_name=_("storefront")
    )
    shopper = models.ForeignKey(Shopper, models.PROTECT, related_name="claims", verbose_name=_("shopper"))
    # The conversation about it; there from the first moment.
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="claim", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    # No constraint: old months of clicks are detached whole. None only where a purchase or a payout is meant.
    click = models.ForeignKey(
        Click,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="claims",
        verbose_name=_("click"),
    )
    # The purchase it is about, or that came of it.
    transaction = models.ForeignKey(
        Transaction, models.PROTECT, null=True, related_name="claims", verbose_name=_("purchase")
    )
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, related_name="claims", verbose_name=_("merchant")
    )
    offer = models.ForeignKey(
        Offer, models.PROTECT, null=True, related_name="claims", verbose_name=_("offer")
    )
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, null=True, related_name="+", verbose_name=_("network account")
    )
    order_no = models.CharField(_("order's number"), max_length=100, blank=True)
    order_no_norm = models.CharField(max_length=100, blank=True, editable=False)
    # In the shopper's day: an aware time; midnight of the storefront's zone where only the day was told.
    order_at = models.DateTimeField(_("ordered"), null=True)
    order_minor = models.BigIntegerField(_("order amount"), null=True)
    # The storefront's; amounts here are in its minor units.
    currency = models.CharField(_("currency"), max_length=3)
    coupon_used = models.CharField(_("coupon used"), max_length=120, blank=True)
    paid_with = models.CharField(
        _("paid with"), max_length=10, choices=PaidWith.choices, default=PaidWith.CARD
    )
    bought_in = models.CharField(_("bought"), max_length=4, choices=BoughtIn.choices, default=BoughtIn.WEB)
    # What kind of goods, in the shopper's words or a rate's name.
    goods = models.CharField(_("goods"), max_length=300, blank=True)
    # What the click's promise makes of the order's amount, as it was when the claim came; None: cannot be told.
    expected_minor = models.BigIntegerField(_("expected cashback"), null=True)
    # The shop's terms as the click showed them (offers.terms).
    terms_digest = models.CharField(max_length=16, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.TRIAGING)
    # A stable code of why it stands where it stands: a rule of triage, a network's answer, an agent's verdict.
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)
    opened_via = models.CharField(_("opened via"), max_length=10, choices=Channel.choices)
    opened_by = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    # Why a person should look twice: order_of_another, receipt_seen_before, …; shoppers never see it.
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("flags"))
    cycle = models.IntegerField(_("cycle"), default=1, editable=False)
    # By when the shopper hears of it next, whatever happens. Never empty while the claim waits for somebody.
    next_update_due = models.DateTimeField(_("next update due"), null=True)
    # When ice melts, or a reminder or a lapse is due.
    wake_at = models.DateTimeField(_("looked at again"), null=True)
    reminders = models.IntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("opened"))
    updated_at = models.DateTimeField(_("updated"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(
                # Of one shopper: that somebody else claims the same order is for staff to know, and never refused.
                fields=["shopper", "merchant", "order_no_norm"],
                condition=models.Q(status__in=OPEN) & ~models.Q(order_no_norm=""),
                name="claim_of_an_order_is_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="claim_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="claim_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(click__isnull=False)
                | models.Q(
                    kind__in=[Kind.DECLINED, Kind.WRONG_AMOUNT, Kind.LATE_CONFIRM, Kind.PAYOUT_PROBLEM]
                ),
                name="claim_of_a_missing_purchase_names_its_click",
            ),
            models.CheckConstraint(
                condition=models.Q(order_minor=None) | models.Q(order_minor__gt=0),
                name="claim_order_amount_is_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, status__in=OPEN)
                | models.Q(closed_at__isnull=False, status__in=CLOSED),
                name="claim_is_closed_when_its_status_says_so",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=WAITING) | models.Q(next_update_due__isnull=False),
                name="claim_that_waits_says_until_when",
            ),
        ]
        indexes = [
            models.Index(fields=["shopper", "-id"], name="claim_by_shopper"),
            models.Index(fields=["click"], name="claim_by_click"),
            models.Index(fields=["merchant", "order_no_norm"], name="claim_by_order"),
            models.Index(fields=["wake_at"], name="claim_to_wake", condition=models.Q(wake_at__isnull=False)),
            models.Index(fields=["status", "id"], name="claim_by_status"),
            models.Index(fields=["partner", "updated_at", "id"], name="claim_feed"),
        ]

    def __str__(self) -> str:
        return self.public_number

    def save(self, *args, **kwargs):
        self.order_no_norm = normal_order(self.order_no)
        super().save(*args, **kwargs)

    @property
    def public_id(self) -> str:
        return ids.public("clm", self.pk)

    @property
    def public_number(self) -> str:
        return f"C-{self.number}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def expected(self) -> Money | None:
        return None if self.expected_minor is None else Money(self.expected_minor, self.currency)

    @property
    def order_amount(self) -> Money | None:
        return None if self.order_minor is None else Money(self.order_minor, self.currency)


class ClaimStep(models.Model):
    """A claim moved from one status to another; never edited. What the shopper's page and the measures tell."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="steps", verbose_name=_("claim"))
    cycle = models.IntegerField(_("cycle"))
    from_status = models.CharField(_("from"), max_length=20, blank=True)
    to_status = models.CharField(_("to"), max_length=20, choices=Status.choices)
    reason_code = models.CharField(_("reason"), max_length=40, blank=True)
    # None: the service itself.
    agent = models.ForeignKey(Agent, models.PROTECT, null=True, related_name="+", verbose_name=_("agent"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("claim step")
        verbose_name_plural = _("claim steps")
        indexes = [
            models.Index(fields=["claim", "id"], name="claim_step_by_claim"),
            models.Index(fields=["to_status", "at"], name="claim_step_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class ClaimEvidence(models.Model):
    """A receipt or a screenshot that the shopper gave."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="evidence", verbose_name=_("claim"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="evidence", verbose_name=_("file"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return str(self.file)


class TriageRun(models.Model):
    """One run of the rules over a claim's facts, whole: the agent sees why."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="triage_runs", verbose_name=_("claim"))
    ruleset = models.CharField(_("rules"), max_length=20)
    because = models.CharField(_("because"), max_length=40)
    # [{"rule": "already_ours", "verdict": "decisive|passed|undecided|off", "evidence": {…}}, …] in order.
    results = models.JSONField(_("results"))
    decision = models.CharField(_("decision"), max_length=20)
    decided_by = models.CharField(_("rule"), max_length=40, blank=True)
    took_ms = models.IntegerField(_("took, ms"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("triage run")
        verbose_name_plural = _("triage runs")
        indexes = [models.Index(fields=["claim", "-id"], name="triage_run_by_claim")]

    def __str__(self) -> str:
        return f"{self.decided_by} → {self.decision}"


class ClaimPolicy(models.Model):
    """How many claims a shopper may have, and how long each side may take; for one partner, or for all others."""

    id = ids.IdField()
    # None: every partner without a row of its own.
    for_partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("partner")
    )
    most_open = models.PositiveSmallIntegerField(
        _("most open claims of a shopper"), default=20, validators=_COUNT
    )
    most_a_day = models.PositiveSmallIntegerField(
        _("most new claims of a shopper in a day"), default=10, validators=_COUNT
    )
    attribution_days = models.PositiveSmallIntegerField(
        _("a trip counts for, days"),
        default=30,
        validators=_DAYS,
        help_text=_("Where the network does not say how long the shop's cookie lives."),
    )
    update_days = models.PositiveSmallIntegerField(
        _("word to the shopper at least every, days"), default=14, validators=_DAYS
    )
    answer_days = models.PositiveSmallIntegerField(
        _("the shopper's time to answer us, days"), default=14, validators=_DAYS
    )
    contest_days = models.PositiveSmallIntegerField(
        _("an answer may be contested for, days"), default=30, validators=_DAYS
    )

    class Meta:
        verbose_name = _("policy of claims")
        verbose_name_plural = _("policies of claims")
        constraints = [
            models.UniqueConstraint(
                fields=["for_partner"], nulls_distinct=False, name="claim_policy_is_one_for_a_partner"
            ),
        ]

    def __str__(self) -> str:
        return str(self.for_partner or _("all partners"))


def policy_of(partner_id: uuid.UUID) -> ClaimPolicy:
    """The partner's own, else the one for all, else what this release thinks right."""
    fitting = ClaimPolicy.objects.filter(models.Q(for_partner=partner_id) | models.Q(for_partner=None))
    return fitting.order_by(models.F("for_partner").asc(nulls_last=True)).first() or ClaimPolicy()


class RuleSwitch(models.Model):
    """A rule of triage that may not answer by itself: it was wrong too often, or staff stopped it."""

    rule = models.CharField(_("rule"), max_length=40, primary_key=True)
    is_on = models.BooleanField(_("answers by itself"), default=True)
    why = models.CharField(_("why"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("rule of triage")
        verbose_name_plural = _("rules of triage")

    def __str__(self) -> str:
        return self.rule
