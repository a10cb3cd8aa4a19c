from datetime import datetime

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.money import Money, percent_of
from offers.models import Merchant, Offer
from offers.networks.models import NetworkAccount
from partners.models import CreditOn, Partner, Shopper, Storefront
from transactions.partitions import first_id


def _plain_link(to: type[models.Model], verbose_name: str) -> models.ForeignKey:
    """A link without a database constraint: the click-out's statement has just read the row that it names."""
    return models.ForeignKey(
        to,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="clicks",
        verbose_name=verbose_name,
    )


class ClickQuerySet(models.QuerySet["Click"]):
    def since(self, moment: datetime) -> "ClickQuerySet":
        """Clicks after the moment; being bounded by id, the query reads only the months it needs."""
        return self.filter(pk__gte=first_id(moment))

    def latest_first(self) -> "ClickQuerySet":
        return self.order_by("-pk")


class Click(models.Model):
    """A shopping trip: a shopper left for a shop, under the promises frozen here. Partitioned by month on the id."""

    id = ids.IdField()
    partner = _plain_link(Partner, _("partner"))
    storefront = _plain_link(Storefront, _("storefront"))
    shopper = _plain_link(Shopper, _("shopper"))
    merchant = _plain_link(Merchant, _("merchant"))
    offer = _plain_link(Offer, _("offer"))
    account = _plain_link(NetworkAccount, _("network account"))
    currency = models.CharField(_("currency"), max_length=3)
    # The split, the policy and the promise as they were: later changes never touch an old click. The rates in force
    # are the offer's rate rows of that moment, for those rows are never edited.
    shopper_percent = models.DecimalField(_("shopper's part, %"), max_digits=5, decimal_places=2)
    partner_percent = models.DecimalField(_("partner's part, %"), max_digits=5, decimal_places=2)
    credit_on = models.CharField(_("credit"), max_length=10, choices=CreditOn.choices)
    best_percent = models.DecimalField(_("best rate, %"), max_digits=7, decimal_places=4, null=True)
    best_fixed_minor = models.BigIntegerField(_("best fixed reward"), null=True)
    terms_digest = models.CharField(_("terms version"), max_length=16)
    user_agent = models.CharField(_("browser"), max_length=300)
    created_at = models.DateTimeField(_("clicked"), db_default=Now())
    # What the page before the shop learnt of the browser; null where no such page was shown, or nothing was told.
    blocker_seen = models.BooleanField(_("ad blocker on"), null=True)
    cookies_kept = models.BooleanField(_("cookies kept"), null=True)
    evidence_at = models.DateTimeField(_("browser looked at"), null=True)

    objects = ClickQuerySet.as_manager()

    class Meta:
        verbose_name = _("click")
        verbose_name_plural = _("clicks")
        indexes = [
            models.Index(fields=["shopper", "-id"], name="click_by_shopper"),
            models.Index(fields=["offer", "id"], name="click_by_offer"),
            models.Index(fields=["partner", "-id"], name="click_by_partner"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return ids.public("clk", self.pk)


class Status(models.TextChoices):
    PENDING = "pending", _("pending")
    APPROVED = "approved", _("confirmed")
    DECLINED = "declined", _("declined")


class Source(models.TextChoices):
    """Who vouches for a transaction: the network's report, or its answer to an inquiry of ours."""

    NETWORK = "network", _("network's report")
    INQUIRY = "inquiry", _("inquiry")


_IS_CREDITED = models.Q(status=Status.APPROVED) & (
    models.Q(credit_on=CreditOn.APPROVED) | models.Q(paid_at__isnull=False)
)


class TransactionQuerySet(models.QuerySet["Transaction"]):
    """Every purchase is in one of three: promised and not money yet (pending, or confirmed where only paid sales are
    credited), credited, or declined."""

    AWAITED = ~models.Q(status=Status.DECLINED) & ~_IS_CREDITED
    CREDITED = _IS_CREDITED
    DECLINED = models.Q(status=Status.DECLINED)

    def awaited(self) -> "TransactionQuerySet":
        return self.filter(self.AWAITED)

    def latest_first(self) -> "TransactionQuerySet":
        return self.order_by("-occurred_at", "-pk")


class Transaction(models.Model):
    """A purchase as the network last reported it. Identity is the network's action, never the click."""

    id = ids.IdField()
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="transactions", verbose_name=_("partner")
    )
    storefront = models.ForeignKey(
        Storefront, models.PROTECT, related_name="transactions", verbose_name=_("storefront")
    )
    shopper = models.ForeignKey(
        Shopper, models.PROTECT, related_name="transactions", verbose_name=_("shopper")
    )
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="transactions", verbose_name=_("merchant")
    )
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="transactions", verbose_name=_("offer"))
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, related_name="transactions", verbose_name=_("network account")
    )
    # No constraint: old months of clicks are detached whole, and what we owe by them is copied here.
    click = models.ForeignKey(
        Click,
        models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="transactions",
        verbose_name=_("click"),
    )
    external_id = models.CharField(_("id at the network"), max_length=64)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.NETWORK)
    order_id = models.CharField(_("order"), max_length=200, blank=True)
    # As first reported, in normal form (transactions.recording.orders). Empty also where another purchase holds the
    # number: that is, of one order in several sales, the first.
    order_norm = models.CharField(max_length=100, blank=True, default="", editable=False)
    rate_name = models.CharField(_("rate"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    is_stalled = models.BooleanField(_("stalled"), default=False)
    decline_reason = models.TextField(_("decline reason"), blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    sale_minor = models.BigIntegerField(_("order amount"), null=True)
    commission_minor = models.BigIntegerField(_("commission"))
    shopper_percent = models.DecimalField(_("shopper's part, %"), max_digits=5, decimal_places=2)
    partner_percent = models.DecimalField(_("partner's part, %"), max_digits=5, decimal_places=2)
    credit_on = models.CharField(_("credit"), max_length=10, choices=CreditOn.choices)
    # What the commission above gives the two sides once it is credited.
    cashback_minor = models.BigIntegerField(_("cashback"))
    partner_minor = models.BigIntegerField(_("partner share"))
    paid_at = models.DateTimeField(_("network paid"), null=True)
    # What the network granted for the order on an inquiry of ours, which it named by that reference: a floor, whatever
    # its own row of the order says (transactions.recording.grants).
    inquiry = models.CharField(_("inquiry"), max_length=60, blank=True, default="")
    granted_minor = models.BigIntegerField(_("granted on inquiry"), null=True)
    granted_at = models.DateTimeField(_("granted"), null=True)
    occurred_at = models.DateTimeField(_("bought"))
    expected_at = models.DateTimeField(_("decision expected"), null=True)
    # Together they order the network's words: a word is older if its change is, or if it was read earlier.
    changed_at = models.DateTimeField(_("changed at the network"))
    observed_at = models.DateTimeField(_("read from the network"))
    created_at = models.DateTimeField(_("recorded"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"))

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="transaction_is_one_action_of_the_network"
            ),
            # Also what an inquiry's grant meets the network's own row by, and how the two find each other in a race.
            models.UniqueConstraint(
                fields=["account", "merchant", "order_norm", "shopper"],
                condition=~models.Q(order_norm=""),
                name="order_of_a_shopper_is_held_by_one_transaction",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="transaction_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(granted_minor=None, granted_at=None, inquiry="")
                | (
                    models.Q(granted_minor__gte=0, granted_at__isnull=False, status=Status.APPROVED)
                    & ~models.Q(inquiry="")
                    & models.Q(commission_minor__gte=models.F("granted_minor"))
                ),
                name="transaction_never_gives_less_than_was_granted",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=Source.values), name="transaction_source_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(commission_minor__gte=0), name="transaction_commission_is_never_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(cashback_minor__gte=0, partner_minor__gte=0)
                & models.Q(commission_minor__gte=models.F("cashback_minor") + models.F("partner_minor")),
                name="transaction_gives_no_more_than_its_commission",
            ),
        ]
        indexes = [
            models.Index(fields=["shopper", "-occurred_at"], name="transaction_by_shopper"),
            models.Index(fields=["click"], name="transaction_by_click"),
            models.Index(fields=["offer", "status"], name="transaction_by_offer"),
            models.Index(fields=["partner", "updated_at", "id"], name="transaction_feed"),
            models.Index(fields=["partner", "occurred_at"], name="transaction_by_day"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return ids.public("txn", self.pk)

    @property
    def is_credited(self) -> bool:
        """Whether the shopper is owed the cashback now, under the policy that the click froze."""
        return self.status == Status.APPROVED and (
            self.credit_on == CreditOn.APPROVED or self.paid_at is not None
        )

    @property
    def awaits_payment(self) -> bool:
        """Confirmed, where the shopper is credited only once the network has paid, and it has not."""
        return self.status == Status.APPROVED and not self.is_credited

    @property
    def is_declined(self) -> bool:
        return self.status == Status.DECLINED

    @property
    def cashback(self) -> Money:
        return Money(self.cashback_minor, self.currency)

    @property
    def commission(self) -> Money:
        return Money(self.commission_minor, self.currency)

    @property
    def sale_amount(self) -> Money | None:
        return None if self.sale_minor is None else Money(self.sale_minor, self.currency)

    def share_out(self) -> None:
        """Derives both sides' shares from the commission; what rounding cuts off stays with the house."""
        self.cashback_minor = percent_of(self.commission_minor, self.shopper_percent)
        self.partner_minor = percent_of(self.commission_minor, self.partner_percent)


class TransactionEvent(models.Model):
    """One word of the network that changed a transaction, with the row it came in."""

    class Via(models.TextChoices):
        POSTBACK = "postback", _("postback")
        POLL = "poll", _("poll")
        STAFF = "staff", _("staff")
        INQUIRY = "inquiry", _("inquiry")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    transaction = models.ForeignKey(
        Transaction, models.PROTECT, related_name="events", verbose_name=_("transaction")
    )
    via = models.CharField(_("via"), max_length=10, choices=Via.choices)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    sale_minor = models.BigIntegerField(_("order amount"), null=True)
    commission_minor = models.BigIntegerField(_("commission"))
    cashback_minor = models.BigIntegerField(_("cashback"))
    is_paid = models.BooleanField(_("paid"))
    note = models.TextField(_("note"), blank=True)
    changed_at = models.DateTimeField(_("changed at the network"))
    recorded_at = models.DateTimeField(_("recorded"))
    raw = models.JSONField(_("as reported"))

    class Meta:
        verbose_name = _("transaction event")
        verbose_name_plural = _("transaction events")
        indexes = [models.Index(fields=["transaction", "id"], name="event_by_transaction")]

    def __str__(self) -> str:
        return f"{self.status} {self.recorded_at:%Y-%m-%d %H:%M}"


class UnattributedSale(models.Model):
    """A sale that we cannot give to a shopper yet. It waits here, whole, and staff see it."""

    class Why(models.TextChoices):
        NO_CLICK = "no_click", _("the network names no click")
        UNKNOWN_CLICK = "unknown_click", _("no such click")
        OTHER_ACCOUNT = "other_account", _("the click went through another network account")
        OTHER_CURRENCY = "other_currency", _("the storefront has another currency")

    id = ids.IdField()
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, related_name="unattributed_sales", verbose_name=_("network account")
    )
    external_id = models.CharField(_("id at the network"), max_length=64)
    why = models.CharField(_("why"), max_length=20, choices=Why.choices)
    click_ref = models.CharField(_("click named"), max_length=250, blank=True)
    order_id = models.CharField(_("order"), max_length=200, blank=True)
    offer_external_id = models.CharField(_("programme"), max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    commission_minor = models.BigIntegerField(_("commission"))
    currency = models.CharField(_("currency"), max_length=3)
    occurred_at = models.DateTimeField(_("bought"))
    changed_at = models.DateTimeField(_("changed at the network"))
    observed_at = models.DateTimeField(_("read from the network"))
    # The sale's latest word, whole (transactions.recording.words), to be recorded once its click is known.
    word = models.JSONField(_("latest word"))
    created_at = models.DateTimeField(_("first seen"), db_default=Now(), editable=False)
    transaction = models.OneToOneField(
        Transaction,
        models.PROTECT,
        null=True,
        related_name="was_unattributed",
        verbose_name=_("attributed as"),
    )

    class Meta:
        verbose_name = _("unattributed sale")
        verbose_name_plural = _("unattributed sales")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], name="unattributed_sale_is_one_action_of_the_network"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.external_id}"
