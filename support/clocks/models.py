import uuid
from collections.abc import Collection
from datetime import datetime, time, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner


class Calendar(models.Model):
    """When a team works: several intervals a day, in its own time zone, with holidays. Changes make a new version."""

    id = ids.IdField()
    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Moscow", help_text=_("Such as Europe/Moscow.")
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """The hours from a moment on, never edited: a clock keeps the version that it started with, so history does not
    move."""

    id = ids.IdField()
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="versions", verbose_name=_("calendar")
    )
    number = models.IntegerField(_("version"))
    time_zone = models.CharField(_("time zone"), max_length=60)
    created_at = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_number_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar}, {self.number}"


class CalendarInterval(models.Model):
    """Half-open: [opens, closes) in local time; Monday is 0. 24:00 is written as the next day's midnight, so `closes`
    of 00:00 means the end of the day; a night shift is two intervals."""

    id = ids.IdField()
    version = models.ForeignKey(
        CalendarVersion, models.CASCADE, related_name="intervals", verbose_name=_("version")
    )
    weekday = models.SmallIntegerField(_("weekday"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__gte=0, weekday__lte=6), name="calendar_interval_is_on_a_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(opens__lt=models.F("closes")) | models.Q(closes=time()),
                name="calendar_interval_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day on which nobody works, whatever the weekday."""

    id = ids.IdField()
    version = models.ForeignKey(
        CalendarVersion, models.CASCADE, related_name="holidays", verbose_name=_("version")
    )
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "day"], name="holiday_is_listed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class Metric(models.TextChoices):
    FIRST_REPLY = "first_reply", _("first reply")
    NEXT_REPLY = "next_reply", _("next reply")
    TRIAGE = "triage", _("triage")
    LODGE = "lodge", _("sent to the network")
    NETWORK = "network", _("network's answer")
    CUSTOMER_UPDATE = "customer_update", _("word to the shopper")
    RESOLVE_OWN = "resolve_own", _("resolved, our part")
    RESOLVE_TOTAL = "resolve_total", _("resolved, in all")


# A case has one of these in a cycle: once finished, no later word starts another.
ONCE_A_CYCLE = (Metric.FIRST_REPLY, Metric.RESOLVE_OWN, Metric.RESOLVE_TOTAL)
# Those that stand still while it is somebody else's turn; the others go on whatever happens.
PAUSABLE = (Metric.LODGE, Metric.RESOLVE_OWN)


class ClockPolicy(models.Model):
    """How long something may take. The most specific one that fits is taken; the more of its conditions are set, the
    more specific it is."""

    id = ids.IdField()
    metric = models.CharField(_("clock"), max_length=20, choices=Metric.choices)
    # None, or empty: any.
    for_partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("partner")
    )
    category = models.CharField(_("category"), max_length=20, blank=True)
    priority = models.CharField(_("priority"), max_length=10, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    channel = models.CharField(_("channel"), max_length=10, blank=True)
    target_seconds = models.PositiveIntegerField(_("target, seconds"), validators=[MinValueValidator(1)])
    # Whether only the team's hours count; else wall time.
    in_hours = models.BooleanField(_("in working hours"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("clock policy")
        verbose_name_plural = _("clock policies")
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "for_partner", "category", "priority", "language", "channel"],
                nulls_distinct=False,
                condition=models.Q(is_active=True),
                name="clock_policy_is_one_for_a_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()}, {self.target_seconds} s"


class ClockQuerySet(models.QuerySet["Clock"]):
    def running(self) -> "ClockQuerySet":
        """Neither met nor stopped; it may be paused, and it may be late."""
        return self.filter(met_at=None, stopped_at=None)

    def ticking(self) -> "ClockQuerySet":
        """Running, and not paused."""
        return self.running().exclude(
            models.Exists(ClockPause.objects.filter(clock=models.OuterRef("pk"), until=None))
        )

    def running_at(self, at: datetime) -> "ClockQuerySet":
        """Those that were running at that moment, whatever became of them since."""
        return self.filter(
            models.Q(met_at=None) | models.Q(met_at__gt=at),
            models.Q(stopped_at=None) | models.Q(stopped_at__gt=at),
            started_at__lte=at,
        )

    def of_subject(self, subject_id: uuid.UUID, metrics: Collection[str] | None = None) -> "ClockQuerySet":
        found = self.filter(subject_id=subject_id)
        return found if metrics is None else found.filter(metric__in=metrics)


class Clock(models.Model):
    """One promise about time, from its start to met, breached or stopped. What it is about is a plain id: a ticket or
    a claim. `due_at` is a pure function of start, calendar version, target and pauses."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    # The ticket's id: every clock hangs on a ticket, for each claim has one.
    subject_id = models.UUIDField(_("ticket"))
    metric = models.CharField(_("clock"), max_length=20, choices=Metric.choices)
    cycle = models.IntegerField(_("cycle"))
    policy = models.ForeignKey(
        ClockPolicy, models.PROTECT, null=True, related_name="+", verbose_name=_("policy")
    )
    # Whose clock it is: a breach is counted with this team's people on duty. A plain id: teams live a room above.
    team_id = models.UUIDField(_("team"), null=True)
    # None: wall time.
    calendar_version = models.ForeignKey(
        CalendarVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("calendar")
    )
    # None: reported, never due (resolve_total).
    target_seconds = models.PositiveIntegerField(_("target, seconds"), null=True)
    # A tighter target than any policy's, from experience (how long this shop usually takes); None: the policy's holds.
    at_most_seconds = models.PositiveIntegerField(_("at most, seconds"), null=True)
    started_at = models.DateTimeField(_("started"))
    # When target and calendar were chosen: at the start, or when it was planned anew.
    planned_at = models.DateTimeField(_("planned"))
    # None: never, or not while it is paused.
    due_at = models.DateTimeField(_("due"), null=True)
    met_at = models.DateTimeField(_("met"), null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    stopped_reason = models.CharField(_("stopped because"), max_length=40, blank=True)
    # Set once, by the sweep or at a late stop; a breached clock may still be met late.
    breached_at = models.DateTimeField(_("breached"), null=True)
    # Agents on duty when it was breached: a breach is theirs, not the later assignee's.
    on_duty = ArrayField(models.UUIDField(), default=list, blank=True)
    # Time that counted, from the start to the end, without pauses and closed hours; written once, at the end.
    worked_seconds = models.BigIntegerField(_("worked, seconds"), null=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "metric"],
                condition=models.Q(met_at=None, stopped_at=None),
                name="clock_of_a_kind_runs_once",
            ),
            models.UniqueConstraint(
                fields=["subject_id", "metric", "cycle"],
                condition=models.Q(metric__in=ONCE_A_CYCLE),
                name="clock_of_a_cycle_is_never_started_again",
            ),
            models.CheckConstraint(
                condition=models.Q(met_at=None, stopped_at=None) | models.Q(worked_seconds__isnull=False),
                name="clock_that_ended_says_how_long_it_took",
            ),
            models.CheckConstraint(
                condition=models.Q(met_at=None) | models.Q(stopped_at=None), name="clock_ends_one_way"
            ),
        ]
        indexes = [
            models.Index(fields=["subject_id", "id"], name="clock_by_subject"),
            models.Index(
                fields=["due_at"],
                name="clock_running",
                condition=models.Q(met_at=None, stopped_at=None, breached_at=None, due_at__isnull=False),
            ),
            # Overdue words to shoppers, for the board.
            models.Index(
                fields=["metric", "due_at"],
                name="clock_running_by_metric",
                condition=models.Q(met_at=None, stopped_at=None, due_at__isnull=False),
            ),
            # What ended in a period: the measures, and what a shift still owed at its end.
            models.Index(
                fields=["metric", "met_at"],
                name="clock_met",
                condition=models.Q(met_at__isnull=False),
            ),
            models.Index(
                fields=["metric", "stopped_at"],
                name="clock_stopped",
                condition=models.Q(stopped_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def ended_at(self) -> datetime | None:
        """None while it runs."""
        return self.met_at or self.stopped_at

    @property
    def missed_by(self) -> timedelta:
        """By how much an ended clock was late; it no longer grows."""
        if self.worked_seconds is None or self.target_seconds is None:
            return timedelta()
        return timedelta(seconds=max(0, self.worked_seconds - self.target_seconds))


class ClockPause(models.Model):
    """While it is somebody else's turn the clock stands still. An open pause has no end."""

    id = ids.IdField()
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="pauses", verbose_name=_("clock"))
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True)
    why = models.CharField(_("why"), max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="clock_pause_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["clock"], condition=models.Q(until=None), name="clock_pause_is_open_once"
            ),
        ]

    def __str__(self) -> str:
        return self.why
