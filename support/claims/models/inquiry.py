from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from offers.models import Merchant
from offers.networks.models import NetworkAccount
from partners.models import Partner
from support.claims.models.claim import Claim


class InquiryKind(models.TextChoices):
    UNTRACKED = "untracked", _("untracked")
    INCORRECT = "incorrect", _("incorrect amount")
    DECLINED = "declined", _("appeal of a declined one")


class Transport(models.TextChoices):
    API = "api", _("network's API")
    CSV = "csv", _("file in a batch")
    EMAIL = "email", _("e-mail to the network")


class InquiryStatus(models.TextChoices):
    QUEUED = "queued", _("to be sent")
    # Sent, and no answer came: the network is asked before it is sent again.
    UNSURE = "unsure", _("perhaps sent")
    SUBMITTED = "submitted", _("at the network")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    CREDITED = "credited", _("credited")
    NO_ANSWER = "no_answer", _("no answer")
    # The network will not take it: a person must look.
    REFUSED = "refused", _("not taken")
    WITHDRAWN = "withdrawn", _("withdrawn")


UNDECIDED = (InquiryStatus.QUEUED, InquiryStatus.UNSURE, InquiryStatus.SUBMITTED)


class InquiryBatch(models.Model):
    """Inquiries to a network without an API, as one file for a person to send."""

    id = ids.IdField()
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, related_name="+", verbose_name=_("network account")
    )
    number = models.IntegerField(_("number"))
    content = models.TextField(_("file"))
    made_at = models.DateTimeField(_("made"))
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("batch of inquiries")
        verbose_name_plural = _("batches of inquiries")
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="inquiry_batch_number_is_one_file"),
        ]

    def __str__(self) -> str:
        return f"{self.account}, {self.number}"


class NetworkInquiry(models.Model):
    """What we asked a network about one order, and what it said. It goes on when the claim is closed: after a claim
    was made good at once, the network is asked for our own account."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="inquiries", verbose_name=_("claim"))
    account = models.ForeignKey(
        NetworkAccount, models.PROTECT, related_name="inquiries", verbose_name=_("network account")
    )
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    kind = models.CharField(_("kind"), max_length=10, choices=InquiryKind.choices)
    transport = models.CharField(_("transport"), max_length=6, choices=Transport.choices)
    # Ours, unique, told to the network: what a repeat is recognised by.
    reference = models.CharField(_("our reference"), max_length=60, unique=True)
    external_id = models.CharField(_("id at the network"), max_length=64, blank=True)
    order_no = models.CharField(_("order"), max_length=100)
    order_no_norm = models.CharField(max_length=100)
    # As it was asked: order, day, amount, expected reward, comment; money in minor units with its currency.
    asked = models.JSONField(_("asked"))
    status = models.CharField(
        _("status"), max_length=10, choices=InquiryStatus.choices, default=InquiryStatus.QUEUED
    )
    reason = models.CharField(_("network's reason"), max_length=300, blank=True)
    # What the network says that it pays us for it, in minor units of the claim's currency; None: it said nothing.
    awarded_minor = models.BigIntegerField(_("awarded commission"), null=True)
    batch = models.ForeignKey(
        InquiryBatch, models.PROTECT, null=True, related_name="inquiries", verbose_name=_("batch")
    )
    attempts = models.IntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    created_at = models.DateTimeField(_("made"))
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    deadline_at = models.DateTimeField(_("answer expected by"), null=True)
    chased = models.IntegerField(_("chased"), default=0)
    answered_at = models.DateTimeField(_("answered"), null=True)
    # When the shopper was told of the answer, by whatever road; an answer not passed on is owed by us.
    passed_on_at = models.DateTimeField(_("passed on"), null=True)

    class Meta:
        verbose_name = _("network inquiry")
        verbose_name_plural = _("network inquiries")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "merchant", "order_no_norm"],
                condition=models.Q(status__in=UNDECIDED),
                name="inquiry_of_an_order_is_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=InquiryStatus.values), name="inquiry_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(awarded_minor=None) | models.Q(awarded_minor__gte=0),
                name="inquiry_award_is_never_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["claim", "id"], name="inquiry_by_claim"),
            models.Index(
                fields=["next_attempt_at"],
                name="inquiry_to_work_on",
                condition=models.Q(status__in=UNDECIDED),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def public_id(self) -> str:
        return ids.public("inq", self.pk)


class InquiryWord(models.Model):
    """One answer of the network about an inquiry, as it came; never edited."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    inquiry = models.ForeignKey(
        NetworkInquiry, models.PROTECT, related_name="words", verbose_name=_("inquiry")
    )
    status = models.CharField(_("status"), max_length=10, choices=InquiryStatus.choices)
    raw = models.JSONField(_("as answered"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("network's word on an inquiry")
        verbose_name_plural = _("networks' words on inquiries")

    def __str__(self) -> str:
        return f"{self.status} {self.at:%Y-%m-%d %H:%M}"
