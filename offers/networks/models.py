import json
import secrets
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.crypto import EncryptedTextField

_LONGEST_CLAIM_DAYS = 1500  # Awin's four years are the longest known
_CLAIM_DAYS = [MinValueValidator(1), MaxValueValidator(_LONGEST_CLAIM_DAYS)]


class NetworkAccountQuerySet(models.QuerySet["NetworkAccount"]):
    def working(self) -> "NetworkAccountQuerySet":
        """Accounts that may be asked: neither stopped by staff nor switched off by a refusal."""
        return self.filter(is_active=True, refusal="")


class NetworkAccount(models.Model):
    """Our account at a CPA network: one set of credentials, one ad space, one currency of facts."""

    id = ids.IdField()
    # A slug of offers.networks.registry.
    network = models.CharField(_("network"), max_length=40)
    name = models.CharField(_("name"), max_length=120, unique=True)
    base_url = models.CharField(
        _("API address"),
        max_length=200,
        validators=[URLValidator(["https", "http"])],
        blank=True,
        help_text=_("Empty for the network's own; another for its sandbox."),
    )
    # JSON of the network's credential names; encrypted, and never shown again.
    credentials_json = EncryptedTextField(_("credentials"), default="{}")
    access_token = EncryptedTextField(blank=True, editable=False)
    # Names the account in the postback's address. It opens a door for hints only, so staff may read it here.
    postback_token = models.CharField(_("postback token"), max_length=64, unique=True, editable=False)
    # In place of the network's documented rule (`ClaimRules`); a shop may be stricter (offers.models.OfferFacts).
    claim_after_days = models.PositiveSmallIntegerField(
        _("claims from, days after the purchase"), null=True, blank=True, validators=_CLAIM_DAYS
    )
    claim_until_days = models.PositiveSmallIntegerField(
        _("claims until, days after the purchase"), null=True, blank=True, validators=_CLAIM_DAYS
    )
    is_active = models.BooleanField(_("active"), default=True)
    # Set when the network refuses us in a way that waiting won't mend; a person clears it by "check credentials".
    refusal = models.TextField(_("refused because"), blank=True, editable=False)
    # Every sale changed before this moment has been recorded (or parked); polling goes on from here.
    sales_polled_until = models.DateTimeField(_("sales polled until"), null=True, editable=False)
    sales_polled_at = models.DateTimeField(_("last poll"), null=True, editable=False)
    offers_refreshed_at = models.DateTimeField(_("offers refreshed"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = NetworkAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("network account")
        verbose_name_plural = _("network accounts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(claim_after_days=None)
                | models.Q(claim_until_days=None)
                | models.Q(claim_until_days__gte=models.F("claim_after_days")),
                name="network_account_claims_end_after_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.postback_token:
            self.postback_token = secrets.token_urlsafe(24)
        super().save(*args, **kwargs)

    @property
    def credentials(self) -> dict[str, str]:
        named: dict[str, str] = json.loads(self.credentials_json)
        return named

    @credentials.setter
    def credentials(self, value: dict[str, str]) -> None:
        self.credentials_json = json.dumps(value)


class InboundMessageQuerySet(models.QuerySet["InboundMessage"]):
    def waiting(self) -> "InboundMessageQuerySet":
        """Neither processed nor parked: somebody owes it an answer."""
        return self.filter(processed_at=None, parked_at=None)

    def parked(self) -> "InboundMessageQuerySet":
        return self.exclude(parked_at=None)


class InboundMessage(models.Model):
    """A message as a network sent it, stored before anything reads it. A repeat raises `times`.

    A row of the network's report that nobody could read is kept here too, with REPORT as its method.
    """

    REPORT = "REPORT"

    id = ids.IdField()
    # No database constraint, and no index of its own: the statement that stores the message has just read the account,
    # and a constraint would make every postback of an account queue for a lock on its one row.
    account = models.ForeignKey(
        NetworkAccount,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="messages",
        verbose_name=_("network account"),
    )
    digest = models.BinaryField(max_length=32)
    method = models.CharField(_("method"), max_length=8)
    content_type = models.CharField(_("content type"), max_length=120, blank=True)
    query = models.TextField(_("query"), blank=True)
    body = models.BinaryField(_("body"), default=b"")
    times = models.PositiveIntegerField(_("times"), default=1)
    received_at = models.DateTimeField(_("first received"))
    last_received_at = models.DateTimeField(_("last received"))
    processed_at = models.DateTimeField(_("processed"), null=True)
    # Parked: it cannot be understood, a person must look. Replay makes it wait again.
    parked_at = models.DateTimeField(_("parked"), null=True)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"))

    objects = InboundMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("inbound message")
        verbose_name_plural = _("inbound messages")
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="inbound_message_is_stored_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(processed_at=None, parked_at=None),
                name="inbound_message_waiting",
            ),
            models.Index(
                fields=["parked_at"], condition=~models.Q(parked_at=None), name="inbound_message_parked"
            ),
        ]

    def __str__(self) -> str:
        return ids.public("msg", self.pk)
