"""Letters of support: each one that came as it came, each one that goes until it has gone, and in whose name."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner, Storefront
from support.desk.models import Message, Ticket

LONGEST_NAME, LONGEST_SIGNATURE = 120, 600


class Source(models.TextChoices):
    WEBHOOK = "webhook", _("mail provider")
    MAILBOX = "mailbox", _("mailbox")


class Outcome(models.TextChoices):
    """What became of a letter that came."""

    NONE = "", _("nothing yet")
    OPENED = "opened", _("opened a ticket")
    HEARD = "heard", _("added to its ticket")
    NOTED = "noted", _("noted: written by a machine")
    BOUNCE = "bounce", _("says that a letter of ours came back")
    REPEAT = "repeat", _("a repeat of a letter that we have")
    LEFT = "left", _("left: nobody's question")


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    def waiting(self) -> "InboundMailQuerySet":
        return self.filter(processed_at=None, parked_at=None)

    def due(self, *, at: datetime) -> "InboundMailQuerySet":
        return self.waiting().filter(next_attempt_at__lte=at).order_by("next_attempt_at", "pk")

    def parked(self) -> "InboundMailQuerySet":
        """Those that a person must look at."""
        return self.exclude(parked_at=None)


class _WithoutBytes(models.Manager.from_queryset(InboundMailQuerySet)):  # type: ignore[misc]
    """A list of letters does not read 30 MB of each."""

    def get_queryset(self) -> InboundMailQuerySet:
        letters: InboundMailQuerySet = super().get_queryset()
        return letters.defer("raw")


class InboundMail(models.Model):
    """A letter as it came, stored before anything reads it. It has no partner: whose it is only reading tells."""

    id = ids.IdField()
    source = models.CharField(_("came by"), max_length=8, choices=Source.choices)
    # SHA-256 of the raw letter: however often it is delivered, it is one row.
    digest = models.BinaryField(max_length=32, unique=True)
    # Emptied some time after it was read (`inbound.forget_old`).
    raw = models.BinaryField()
    size = models.IntegerField(_("size, bytes"))
    # Of a letter that was too large only the beginning is kept.
    is_cut = models.BooleanField(_("only its beginning"), default=False)
    # The envelope's, where the provider told: they count before the headers, which the writer wrote.
    recipients = ArrayField(models.CharField(max_length=254), default=list)
    # None: not told; "": a letter that nobody may answer (RFC 5321's null path).
    return_path = models.CharField(max_length=254, null=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    received_at = models.DateTimeField(_("received"))
    # What reading found. The sender is what the letter says, and proves nothing.
    sender = models.CharField(_("from"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    # All of its words, with the history that it quotes.
    text = models.TextField(_("text"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True, default="")
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, related_name="mail", verbose_name=_("ticket")
    )
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="mail", verbose_name=_("message")
    )
    processed_at = models.DateTimeField(_("processed"), null=True)
    # Parked: nothing safe can be done with it, a person must look. Replay makes it wait again.
    parked_at = models.DateTimeField(_("parked"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"))

    objects = _WithoutBytes()

    class Meta:
        verbose_name = _("letter received")
        verbose_name_plural = _("letters received")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(processed_at=None) | models.Q(parked_at=None),
                name="inbound_mail_is_processed_or_parked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(processed_at=None, parked_at=None),
                name="inbound_mail_waiting",
            ),
            models.Index(
                fields=["-parked_at"], condition=~models.Q(parked_at=None), name="inbound_mail_parked"
            ),
            models.Index(fields=["sender", "-received_at"], name="inbound_mail_by_sender"),
        ]

    def __str__(self) -> str:
        return ids.public("eml", self.pk)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self, *, at: datetime) -> "OutgoingMailQuerySet":
        return self.filter(done_at=None, next_try_at__lte=at).order_by("next_try_at", "pk")


class OutgoingMail(models.Model):
    """The way of one message by mail; how it went is the message's own `delivery`."""

    message = models.OneToOneField(
        Message, models.PROTECT, primary_key=True, related_name="outgoing", verbose_name=_("message")
    )
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    # Where it went at the last try; who reads the conversation is asked anew at each.
    to = models.CharField(_("to"), max_length=254, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    expires_at = models.DateTimeField(_("given up after"))
    done_at = models.DateTimeField(_("done"), null=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter sent")
        verbose_name_plural = _("letters sent")
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(done_at=None), name="outgoing_mail_by_next_try"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} → {self.to}"


class SupportSender(models.Model):
    """In whose name a storefront's support writes. What is not said here is made from the storefront's own texts."""

    storefront = models.OneToOneField(
        Storefront,
        models.CASCADE,
        primary_key=True,
        related_name="support_sender",
        verbose_name=_("storefront"),
    )
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+", verbose_name=_("partner"))
    # {"ru": "Поддержка Акорн Банка", "en": "Acorn Bank support"}
    names = models.JSONField(_("name, by language"), default=dict, blank=True)
    signatures = models.JSONField(_("signature, by language"), default=dict, blank=True)
    # The partner's own address of support, if it forwards to ours.
    forwards_from = models.EmailField(
        _("forwards to us from"),
        blank=True,
        help_text=_("Letters that this address passes on to us belong to this storefront. In lower case."),
    )

    class Meta:
        verbose_name = _("support's name in letters")
        verbose_name_plural = _("support's names in letters")
        constraints = [
            models.UniqueConstraint(
                fields=["forwards_from"],
                condition=~models.Q(forwards_from=""),
                name="support_sender_address_is_of_one_storefront",
            ),
        ]

    def __str__(self) -> str:
        return str(self.storefront)

    def clean(self) -> None:
        for field, longest in (("names", LONGEST_NAME), ("signatures", LONGEST_SIGNATURE)):
            texts = getattr(self, field)
            if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
                raise ValidationError({field: _('Write texts by language: {"ru": "…", "en": "…"}.')})
            if any(len(each) > longest for each in texts.values()):
                raise ValidationError(
                    {field: _("There is room for %(most)s characters.") % {"most": longest}}
                )
