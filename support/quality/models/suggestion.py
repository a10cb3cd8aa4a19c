from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from support.claims.models import Claim
from support.desk.models import Agent

LEAST, MOST = 1, 10
# What a shipped suggestion is worth in the bonus: the same for each, so that nobody argues about its size.
CREDIT = 1


class Stage(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    TASK = "task", _("being made")
    SHIPPED = "shipped", _("shipped")
    DECLINED = "declined", _("declined")
    DUPLICATE = "duplicate", _("the same as another")


WEIGHED = (Stage.ACCEPTED, Stage.TASK, Stage.SHIPPED)


class Suggestion(models.Model):
    """An agent's idea of how to make the service better, followed from the proposal to the day it is live."""

    id = ids.IdField()
    author = models.ForeignKey(
        Agent, models.PROTECT, related_name="suggestions", editable=False, verbose_name=_("author")
    )
    title = models.CharField(_("in one line"), max_length=140)
    text = models.TextField(_("what is wrong, and what would be better"))
    claims = models.ManyToManyField(
        Claim, blank=True, related_name="suggestions", verbose_name=_("claims that show it")
    )
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.PROPOSED)
    # Weighed by whoever accepts it, from 1 to 10.
    impact = models.SmallIntegerField(_("impact"), null=True)
    confidence = models.SmallIntegerField(_("confidence"), null=True)
    ease = models.SmallIntegerField(_("ease"), null=True)
    score = models.GeneratedField(
        expression=models.F("impact") * models.F("confidence") * models.F("ease"),
        output_field=models.IntegerField(null=True),
        db_persist=True,
        verbose_name=_("score"),
    )
    # Who accepted or declined it: never its author.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    task = models.CharField(_("task"), max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", verbose_name=_("the same as")
    )
    credit = models.SmallIntegerField(_("credit"), default=0)
    created_at = models.DateTimeField(_("proposed"))
    shipped_at = models.DateTimeField(_("shipped"), null=True)

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values), name="suggestion_stage_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(stage__in=WEIGHED)
                | (
                    models.Q(impact__gte=LEAST, impact__lte=MOST)
                    & models.Q(confidence__gte=LEAST, confidence__lte=MOST)
                    & models.Q(ease__gte=LEAST, ease__lte=MOST)
                    & models.Q(decided_by__isnull=False)
                ),
                name="suggestion_accepted_is_weighed_from_1_to_10",
            ),
            models.CheckConstraint(
                condition=models.Q(stage=Stage.DUPLICATE, merged_into__isnull=False)
                | (~models.Q(stage=Stage.DUPLICATE) & models.Q(merged_into=None)),
                name="suggestion_that_repeats_another_names_it",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="suggestion_is_never_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=models.Q(stage=Stage.SHIPPED, credit=CREDIT, shipped_at__isnull=False)
                | (~models.Q(stage=Stage.SHIPPED) & models.Q(credit=0, shipped_at=None)),
                name="suggestion_earns_the_same_credit_once_shipped",
            ),
        ]
        indexes = [models.Index(fields=["shipped_at"], name="suggestion_shipped")]

    def __str__(self) -> str:
        return self.title


class SuggestionStep(models.Model):
    """A suggestion moved; never edited."""

    id = ids.IdField()
    suggestion = models.ForeignKey(
        Suggestion, models.PROTECT, related_name="steps", verbose_name=_("suggestion")
    )
    stage = models.CharField(_("to"), max_length=10, choices=Stage.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("suggestion's step")
        verbose_name_plural = _("suggestion's steps")
        indexes = [models.Index(fields=["suggestion", "id"], name="suggestion_step_by_suggestion")]

    def __str__(self) -> str:
        return f"{self.stage} {self.at:%Y-%m-%d %H:%M}"
