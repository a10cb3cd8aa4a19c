from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner
from support.desk.models import Agent, Ticket
from support.quality.models.rating import Rating

LEAST, MOST = 1, 5


class Rubric(models.TextChoices):
    """What a reviewer scores, each from 1 to 5."""

    RIGHT = "right", _("The answer is right")
    WHOLE = "whole", _("Everything asked was answered")
    CLEAR = "clear", _("Clear and warm")
    RULES = "rules", _("By the rules, with notes where they are due")


class Why(models.TextChoices):
    SAMPLE = "sample", _("drawn at random")
    LOW_SCORE = "low_score", _("low rating")
    GOODWILL = "goodwill", _("goodwill over the limit")


class QAReviewQuerySet(models.QuerySet["QAReview"]):
    def waiting(self) -> "QAReviewQuerySet":
        return self.filter(reviewed_at=None)


class QAReview(models.Model):
    """A colleague looks at one cycle of an agent's work. Picked by rule, never by whoever is looked at; once written
    it stays."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="reviews", verbose_name=_("ticket"))
    cycle = models.IntegerField(_("cycle"))
    agent = models.ForeignKey(
        Agent, models.PROTECT, related_name="reviews_of_them", verbose_name=_("whose work")
    )
    why = models.CharField(_("picked because"), max_length=10, choices=Why.choices)
    rating = models.ForeignKey(
        Rating, models.PROTECT, null=True, related_name="reviews", verbose_name=_("rating")
    )
    picked_at = models.DateTimeField(_("picked"))
    reviewer = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="reviews_by_them", verbose_name=_("reviewer")
    )
    # {"right": 5, "whole": 4, …}: every name of the rubric, from 1 to 5.
    scores = models.JSONField(_("scores"), default=dict)
    # Money promised wrongly, another's data shown, a shopper insulted: nothing else of it counts then.
    is_critical = models.BooleanField(_("fails whatever the scores"), default=False)
    comment = models.TextField(_("comment"), blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)

    objects = QAReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("quality review")
        verbose_name_plural = _("quality reviews")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "cycle"], name="review_is_one_for_a_cycle"),
            models.CheckConstraint(
                condition=models.Q(reviewer=None) | ~models.Q(reviewer=models.F("agent")),
                name="review_is_by_another_than_its_author",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_at=None, reviewer=None)
                | models.Q(reviewed_at__isnull=False, reviewer__isnull=False),
                name="review_that_is_done_names_its_reviewer",
            ),
        ]
        indexes = [models.Index(fields=["agent", "reviewed_at"], name="review_by_agent")]

    def __str__(self) -> str:
        return f"{self.ticket}, {self.get_why_display()}"

    @property
    def is_done(self) -> bool:
        return self.reviewed_at is not None

    @property
    def percent(self) -> int | None:
        """Of what could be scored; 0 after a critical failure, None until it is done."""
        if not self.is_done:
            return None
        if self.is_critical:
            return 0
        found = [int(self.scores[name]) for name in Rubric.values]
        return round(100 * sum(found) / (MOST * len(found)))

    @property
    def lines(self) -> list[tuple[str | Promise, int | None]]:
        return [(each.label, self.scores.get(each.value)) for each in Rubric]
