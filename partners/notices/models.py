"""Letters to shoppers, and what they are made of. The outbox says what happened; a notice is what a shopper should
hear of it; a letter carries one notice or many."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.crypto import EncryptedTextField
from partners.models import Partner, Shopper, Storefront

PURCHASES = "purchases"


class LetterQuerySet(models.QuerySet["Letter"]):
    def waiting(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.WAITING)


class Letter(models.Model):
    """One mail to one address. What it says is forgotten, and its address masked, once nobody will send it again."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        # The reader's mail server refused it for good: a person may look, and send it again.
        FAILED = "failed", _("failed")
        GIVEN_UP = "given_up", _("given up")
        # When its turn came there was nothing left to say.
        NEEDLESS = "needless", _("needless")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+", verbose_name=_("partner"))
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="+", verbose_name=_("storefront"))
    # Nobody's yet when it carries a code to sign in with.
    shopper = models.ForeignKey(
        Shopper, models.CASCADE, null=True, related_name="letters", verbose_name=_("shopper")
    )
    # The name of its templates, templates/emails/<letter>/.
    letter = models.CharField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=8)
    to = models.CharField(max_length=254)
    # Keyed, so that it is found by a whole address and by nothing less.
    address_hash = models.CharField(max_length=64, db_index=True)
    # JSON. It may hold a one-time code, so nobody reads it in the database.
    context = EncryptedTextField(blank=True)
    # What two attempts to write the same letter have in common; "" where there is no such thing.
    dedupe_key = models.CharField(max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.IntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    expires_at = models.DateTimeField(_("of no use after"))
    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    error = models.TextField(_("error"), blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=~Q(dedupe_key=""), name="letter_is_written_once"
            ),
            models.UniqueConstraint(
                fields=["shopper"],
                condition=Q(letter=PURCHASES, state="waiting"),
                name="letter_about_purchases_waits_alone",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "failed"]) | Q(context=""),
                name="letter_that_is_done_has_forgotten_what_it_said",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="letter_by_next_try"),
        ]

    def __str__(self) -> str:
        return ids.public("ltr", self.pk)


class Notice(models.Model):
    """Something a shopper should hear of a purchase. What exactly is read from the outbox when the letter is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TOLD = "told", _("told")
        DROPPED = "dropped", _("dropped")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="+")
    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="notices")
    subject_id = models.UUIDField()
    event_id = models.UUIDField()
    # With the shopper's other news, once this moment has come.
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    letter = models.ForeignKey(Letter, models.SET_NULL, null=True, related_name="notices")
    # The newest event of the purchase when it was told: the next letter begins from there.
    told_through = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shopper", "event_id"], name="notice_is_made_once_of_an_event"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_by_due"),
            models.Index(fields=["shopper", "subject_id"], name="notice_by_purchase"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.subject_id}"


class Preference(models.Model):
    """Which notices a shopper wants. Where there is no row they want all."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    shopper = models.OneToOneField(
        Shopper, models.CASCADE, primary_key=True, related_name="notice_preference"
    )
    tracked = models.BooleanField(_("A purchase is tracked"), default=True)
    confirmed = models.BooleanField(_("Cashback is confirmed"), default=True)
    changed = models.BooleanField(_("A purchase is declined, or its cashback changes"), default=True)
    terms = models.BooleanField(_("The terms change"), default=True)

    def __str__(self) -> str:
        return str(self.shopper_id)


class Suppression(models.Model):
    """An address that takes no notices of this storefront. It is kept as a keyed hash: a wish not to be written to
    outlives the account that it was made from."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        COMPLAINED = "complained", _("complained of spam")

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="+")
    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "address_hash"], name="suppression_is_written_once_per_address"
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Announcement(models.Model):
    """Changed terms on their way to every shopper of a storefront, some hundreds at a time."""

    event_id = models.UUIDField(primary_key=True)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="+")
    number = models.IntegerField()
    takes_effect_at = models.DateTimeField()
    # {"ru": "…", "en": "…"}
    summary = models.JSONField(default=dict)
    # The last shopper for whom a letter has been written.
    written_through = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.storefront_id} {self.number}"
