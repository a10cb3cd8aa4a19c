"""Where partners hear of events, and how each event came there. What is sent is read from the outbox at the moment of
sending: nothing here repeats what an event says of a shopper."""

import base64
import secrets
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.crypto import EncryptedTextField
from partners.models import OutboxEvent, Partner

VERSION = "v1"


def new_secret() -> str:
    """In the form of Standard Webhooks, over 256 random bits."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def kept(self) -> "WebhookEndpointQuerySet":
        return self.exclude(off_because=WebhookEndpoint.OffBecause.DELETED)

    def listening(self) -> "WebhookEndpointQuerySet":
        """Without their secrets, of which one that cannot be read would stop all."""
        return self.filter(is_enabled=True, partner__is_active=True).defer("secret", "old_secret")

    def ready(self, *, at: datetime) -> "WebhookEndpointQuerySet":
        """Those that may be called now and have something due, who has waited longest first."""
        due = Delivery.objects.due(at=at).filter(endpoint=OuterRef("pk")).order_by("next_attempt_at")
        return (
            self.listening()
            .filter(Q(rests_until=None) | Q(rests_until__lte=at))
            .annotate(due_since=Subquery(due.values("next_attempt_at")[:1]))
            .exclude(due_since=None)
            .order_by("due_since", "pk")
        )

    def switched_off_by_us(self) -> "WebhookEndpointQuerySet":
        because = WebhookEndpoint.OffBecause
        return self.filter(off_because__in=[because.GONE, because.FAILING])


class WebhookEndpoint(models.Model):
    """An address of a partner's server that hears of the partner's events."""

    class OffBecause(models.TextChoices):
        SWITCHED_OFF = "switched_off", _("switched off")
        # Both done by us, and told by mail.
        GONE = "gone", _("it answered 410")
        FAILING = "failing", _("it had failed for five days")
        DELETED = "deleted", _("deleted")

    id = ids.IdField()
    partner = models.ForeignKey(
        Partner, models.CASCADE, related_name="webhook_endpoints", verbose_name=_("partner")
    )
    url = models.CharField(_("address"), max_length=2000)
    description = models.CharField(_("description"), max_length=200, blank=True)
    # Empty: all, those of later too.
    event_types = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("event types")
    )
    contact_email = models.EmailField(
        _("who hears of its failures"), blank=True, help_text=_("A technical address of the partner's.")
    )
    api_version = models.CharField(_("version"), max_length=8, default=VERSION)
    # Shown once, when it is made.
    secret = EncryptedTextField(default=new_secret)
    # Signs beside the new one for a while after a rotation.
    old_secret = EncryptedTextField(blank=True)
    old_secret_until = models.DateTimeField(_("former secret signs until"), null=True)
    is_enabled = models.BooleanField(_("switched on"), default=True)
    off_because = models.CharField(
        _("off because"), max_length=12, choices=OffBecause.choices, blank=True, default=""
    )
    off_since = models.DateTimeField(_("off since"), null=True)
    # Failures since the last success. After some the endpoint rests before each further try, so that one that is dead
    # takes nobody's time.
    failures = models.IntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    rests_until = models.DateTimeField(_("rests until"), null=True)
    # To the minute.
    last_success_at = models.DateTimeField(_("last success"), null=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"))

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_enabled=True, off_because="", off_since=None)
                | (Q(is_enabled=False, off_since__isnull=False) & ~Q(off_because="")),
                name="webhook_endpoint_that_is_off_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return ids.public("whe", self.pk)

    def signs_with(self, at: datetime) -> list[str]:
        """The newest secret first."""
        old = self.old_secret_until
        return [self.secret, self.old_secret] if old and old > at else [self.secret]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> "DeliveryQuerySet":
        return self.filter(status=Delivery.Status.WAITING)

    def due(self, *, at: datetime) -> "DeliveryQuerySet":
        return self.waiting().filter(next_attempt_at__lte=at)

    def done_with(self, *, before: datetime) -> "DeliveryQuerySet":
        """Those that nobody may replay any more; of what waits, only what an endpoint that is off holds up."""
        is_on = WebhookEndpoint.objects.filter(pk=OuterRef("endpoint_id"), is_enabled=True)
        return self.filter(created_at__lt=before, changed_at__lt=before).exclude(
            Exists(is_on), status=Delivery.Status.WAITING
        )


class Delivery(models.Model):
    """One event on its way to one endpoint, until it has arrived or five days have passed."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+", verbose_name=_("partner"))
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.CASCADE,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("endpoint"),
    )
    event = models.ForeignKey(
        OutboxEvent, models.CASCADE, related_name="+", db_index=False, verbose_name=_("event")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    # Those of the running five days: a replay begins anew.
    tries = models.IntegerField(_("tries"), default=0)
    tried_since = models.DateTimeField(_("tried since"), null=True)
    # While a sender has it: when it may be taken from that one, who has died meanwhile.
    next_attempt_at = models.DateTimeField(_("next try"))
    created_at = models.DateTimeField(_("created"))
    changed_at = models.DateTimeField(_("changed"))

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="delivery_of_an_event_to_an_endpoint_is_one"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(status="waiting"),
                name="delivery_by_next_attempt",
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return ids.public("whd", self.pk)


class DeliveryAttempt(models.Model):
    """One call of the endpoint. `status_code` is empty where nothing answered, and `error` says why."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+", verbose_name=_("partner"))
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("tried"))
    status_code = models.IntegerField(_("answer's status"), null=True)
    latency_ms = models.IntegerField(_("milliseconds"))
    # The first 2 KB.
    answer = models.TextField(_("answer"), blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        ordering = [F("at").desc(), F("id").desc()]

    def __str__(self) -> str:
        return f"{self.status_code or self.error}"
