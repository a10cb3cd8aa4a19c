from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from support.desk.models import Agent


def _points(title: str, **options) -> models.DecimalField:
    return models.DecimalField(title, max_digits=9, decimal_places=2, **options)


class BonusPlan(models.Model):
    """How many points what is worth, from a moment on; never edited, a change is a new plan."""

    id = ids.IdField()
    starts_at = models.DateTimeField(_("from"), unique=True)
    per_case = _points(_("for a closed case of weight 1"))
    satisfaction = _points(_("for satisfaction, in full"))
    speed = _points(_("for answers in time, in full"))
    per_zero_shift = _points(_("for a shift closed at zero"))
    per_suggestion = _points(_("for a suggestion shipped"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("bonus plan")
        verbose_name_plural = _("bonus plans")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    per_case__gte=0,
                    satisfaction__gte=0,
                    speed__gte=0,
                    per_zero_shift__gte=0,
                    per_suggestion__gte=0,
                ),
                name="bonus_plan_takes_nothing_away",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d}"


class BonusSheet(models.Model):
    """What everybody earned in a period, frozen with all that it was worked out from. Nothing of it is ever changed."""

    class Kind(models.TextChoices):
        WEEK = "week", _("week")
        MONTH = "month", _("month")

    id = ids.IdField()
    kind = models.CharField(_("period"), max_length=5, choices=Kind.choices)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    time_zone = models.CharField(_("time zone"), max_length=60)
    # What is told of the period after this moment changes nothing: no reopening could take back any more.
    settled_at = models.DateTimeField(_("settled"))
    # The plan's figures, and the weights and shares of the whole house, as they were used.
    inputs = models.JSONField(_("worked out from"))
    # So many lines belong to it; the database takes no further one.
    line_count = models.IntegerField(_("lines"))
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("frozen by")
    )
    frozen_at = models.DateTimeField(_("frozen"))

    class Meta:
        verbose_name = _("bonus sheet")
        verbose_name_plural = _("bonus sheets")
        constraints = [
            models.UniqueConstraint(fields=["kind", "starts_at"], name="bonus_sheet_is_one_for_a_period"),
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at"))
                & models.Q(ends_at__lt=models.F("settled_at"))
                & models.Q(settled_at__lte=models.F("frozen_at")),
                name="bonus_sheet_is_frozen_after_its_period_has_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d}"


class BonusLine(models.Model):
    """One agent's part of a sheet: points by component, and the figures behind each."""

    id = ids.IdField()
    sheet = models.ForeignKey(BonusSheet, models.PROTECT, related_name="lines", verbose_name=_("sheet"))
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="bonus_lines", verbose_name=_("agent"))
    # As they were called then.
    name = models.CharField(_("name"), max_length=80)
    team = models.CharField(_("team"), max_length=80)
    quantity = _points(_("quantity"))
    satisfaction = _points(_("satisfaction"))
    speed = _points(_("speed"))
    zero = _points(_("shifts at zero"))
    suggestions = _points(_("suggestions"))
    total = models.GeneratedField(
        expression=models.F("quantity")
        + models.F("satisfaction")
        + models.F("speed")
        + models.F("zero")
        + models.F("suggestions"),
        output_field=models.DecimalField(max_digits=10, decimal_places=2),
        db_persist=True,
        verbose_name=_("total"),
    )
    inputs = models.JSONField(_("worked out from"))

    class Meta:
        verbose_name = _("bonus line")
        verbose_name_plural = _("bonus lines")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "agent"], name="bonus_line_is_one_for_an_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.total}"
