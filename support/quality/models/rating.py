from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner
from support.desk.models import Agent, Ticket

# A score from here on is a satisfied shopper; one up to there is looked at by a colleague.
SATISFIED_FROM = 4
POOR_UP_TO = 2


class RatingReason(models.TextChoices):
    """What the shopper minds or likes, in one press."""

    SPEED = "speed", _("how fast it went")
    ANSWER = "answer", _("whether the answer helped")
    KINDNESS = "kindness", _("how I was spoken to")
    OUTCOME = "outcome", _("how it ended")
    OTHER = "other", _("something else")


class RatingQuerySet(models.QuerySet["Rating"]):
    def answered(self) -> "RatingQuerySet":
        return self.exclude(answered_at=None)

    def latest_first(self) -> "RatingQuerySet":
        return self.order_by("-asked_at", "-pk")


class Rating(models.Model):
    """What a shopper thought of one resolution cycle. Asked once, answered once, by a link that lasts 14 days; the
    database lets nobody write it anew."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="ratings", verbose_name=_("ticket"))
    cycle = models.IntegerField(_("cycle"))
    # Whoever spoke last in public in the cycle. None: no person did, the service answered by itself.
    agent = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="ratings", verbose_name=_("agent")
    )
    # SHA-256 of the link's token; the token itself is nowhere.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("link works until"))
    score = models.SmallIntegerField(_("score"), null=True)
    reason = models.CharField(_("about"), max_length=10, choices=RatingReason.choices, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "cycle"], name="rating_is_asked_once_a_cycle"),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__gte=1, score__lte=5),
                name="rating_is_between_1_and_5",
            ),
            models.CheckConstraint(
                condition=models.Q(score=None, answered_at=None)
                | models.Q(score__isnull=False, answered_at__isnull=False),
                name="rating_has_a_score_when_it_is_answered",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at=None) | models.Q(answered_at__lte=models.F("expires_at")),
                name="rating_is_answered_while_its_link_works",
            ),
        ]
        indexes = [
            models.Index(fields=["answered_at"], name="rating_by_answer"),
            models.Index(fields=["asked_at"], name="rating_by_question"),
        ]

    def __str__(self) -> str:
        return f"{self.score or '–'} / 5"

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    @property
    def is_satisfied(self) -> bool:
        return self.score is not None and self.score >= SATISFIED_FROM

    def is_open(self, *, at: datetime) -> bool:
        return not self.is_answered and at <= self.expires_at
