from datetime import datetime

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner
from support.desk.models import Agent, Team


class ShiftQuerySet(models.QuerySet["Shift"]):
    def running(self, at: datetime) -> "ShiftQuerySet":
        """[starts, ends): a shift that has just ended runs no more."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def to_close(self, at: datetime) -> "ShiftQuerySet":
        """Those that have ended and were not frozen yet."""
        closed = ShiftClose.objects.filter(shift=models.OuterRef("pk"))
        return self.filter(~models.Exists(closed), ends_at__lte=at)

    def earliest_first(self) -> "ShiftQuerySet":
        return self.order_by("starts_at", "ends_at", "pk")


class Shift(models.Model):
    """Who works from when to when. Shifts of a team may overlap, and a night goes over midnight."""

    id = ids.IdField()
    team = models.ForeignKey(Team, models.PROTECT, related_name="shifts", verbose_name=_("team"))
    name = models.CharField(_("name"), max_length=60)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    agents = models.ManyToManyField(
        Agent, through="ShiftMember", related_name="shifts", verbose_name=_("agents")
    )

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["team", "name", "starts_at"], name="shift_is_planned_once"),
        ]
        indexes = [
            models.Index(fields=["team", "ends_at"], name="shift_by_team"),
            models.Index(fields=["ends_at"], name="shift_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.starts_at:%Y-%m-%d %H:%M}"


class ShiftMember(models.Model):
    """An agent is on the shift: they earn its zero, or lose it, with all the others."""

    id = ids.IdField()
    shift = models.ForeignKey(Shift, models.CASCADE, related_name="members", verbose_name=_("shift"))
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="memberships", verbose_name=_("agent"))

    class Meta:
        verbose_name = _("agent on a shift")
        verbose_name_plural = _("agents on shifts")
        constraints = [
            models.UniqueConstraint(fields=["shift", "agent"], name="shift_has_an_agent_once"),
        ]

    def __str__(self) -> str:
        return str(self.agent)


class RotaTemplate(models.Model):
    """One line of the usual week: on this weekday, in the team's time zone, these agents work from when to when.
    What ends no later than it starts ends on the next day."""

    id = ids.IdField()
    team = models.ForeignKey(Team, models.PROTECT, related_name="rota", verbose_name=_("team"))
    name = models.CharField(_("name"), max_length=60)
    # Monday is 0.
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))
    agents = models.ManyToManyField(Agent, blank=True, related_name="+", verbose_name=_("agents"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("line of the rota")
        verbose_name_plural = _("rota")
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="rota_line_is_on_a_weekday"),
            models.UniqueConstraint(fields=["team", "name", "weekday"], name="rota_line_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.weekday}"


class Owed(models.TextChoices):
    """What we may owe somebody, and nobody else can give."""

    ANSWER = "answer", _("an answer")
    CLAIM = "claim", _("a decision on a claim")
    PASS_ON = "pass_on", _("a network's answer to pass on")
    UPDATE = "update", _("word of how it stands")
    GOODWILL = "goodwill", _("a second pair of eyes on goodwill")
    MAIL = "mail", _("mail that did not arrive")


class Thing(models.TextChoices):
    TICKET = "ticket", _("ticket")
    CLAIM = "claim", _("claim")
    INQUIRY = "inquiry", _("inquiry")
    GRANT = "grant", _("goodwill")
    MESSAGE = "message", _("message")


class ShiftCloseQuerySet(models.QuerySet["ShiftClose"]):
    def judged(self) -> "ShiftCloseQuerySet":
        """With `is_zero`, whether nothing was left over but late arrivals and what an approved excuse covers, and
        `is_complete`, whether the next shift has all of it: as the frozen rows say."""
        items = ShiftCloseItem.objects.filter(close=models.OuterRef("pk"))
        return self.annotate(
            is_zero=~models.Exists(items.unexcused()),
            is_complete=~models.Exists(items.filter(hand_over=None)),
        )

    def of_period(self, since: datetime, until: datetime) -> "ShiftCloseQuerySet":
        """Of the shifts that ended in [since, until)."""
        return self.filter(shift__ends_at__gte=since, shift__ends_at__lt=until)

    def latest_first(self) -> "ShiftCloseQuerySet":
        return self.order_by("-shift__ends_at", "-pk")


class ShiftClose(models.Model):
    """What was owed at the end of a shift, frozen. Never edited, whatever becomes of it later: pay depends on it."""

    id = ids.IdField()
    shift = models.OneToOneField(Shift, models.PROTECT, related_name="close", verbose_name=_("shift"))
    # The shift's end, which the items tell of, and when they were written down.
    as_of = models.DateTimeField(_("as of"))
    closed_at = models.DateTimeField(_("frozen"))
    owed = models.IntegerField(_("owed"))
    late_arrivals = models.IntegerField(_("late arrivals"))

    objects = ShiftCloseQuerySet.as_manager()

    class Meta:
        verbose_name = _("close of a shift")
        verbose_name_plural = _("closes of shifts")

    def __str__(self) -> str:
        return str(self.shift)


class ShiftCloseItemQuerySet(models.QuerySet["ShiftCloseItem"]):
    def counted(self) -> "ShiftCloseItemQuerySet":
        """Without late arrivals, which belong to the next shift."""
        return self.filter(is_late_arrival=False)

    def unexcused(self) -> "ShiftCloseItemQuerySet":
        approved = Excuse.objects.filter(item=models.OuterRef("pk"), approved_by__isnull=False)
        return self.counted().filter(~models.Exists(approved))

    def oldest_first(self) -> "ShiftCloseItemQuerySet":
        return self.order_by("is_late_arrival", "owed_since", "pk")


class ShiftCloseItem(models.Model):
    """One thing that was owed, as it was then. Plain ids: it tells the past and follows nothing."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    close = models.ForeignKey(ShiftClose, models.PROTECT, related_name="items", verbose_name=_("close"))
    kind = models.CharField(_("owed"), max_length=10, choices=Owed.choices)
    what = models.CharField(_("what"), max_length=10, choices=Thing.choices)
    what_id = models.UUIDField(_("its id"))
    # Everything hangs on a ticket: where one goes to see it.
    ticket_id = models.UUIDField(_("ticket"))
    number = models.CharField(_("number"), max_length=24)
    title = models.CharField(_("title"), max_length=200)
    # None: nobody had it.
    owner = models.ForeignKey(Agent, models.PROTECT, null=True, related_name="+", verbose_name=_("owner"))
    owed_since = models.DateTimeField(_("owed since"))
    minutes = models.IntegerField(_("minutes"))
    is_late_arrival = models.BooleanField(_("late arrival"))

    objects = ShiftCloseItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("left over at the end of a shift")
        verbose_name_plural = _("left over at the end of shifts")
        constraints = [
            models.UniqueConstraint(fields=["close", "kind", "what_id"], name="shift_owes_a_thing_once"),
            models.CheckConstraint(condition=models.Q(kind__in=Owed.values), name="shift_owes_a_known_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.kind}"


class Excuse(models.Model):
    """Why a thing that was left over is not held against the shift; it counts once somebody else approved it."""

    id = ids.IdField()
    item = models.ForeignKey(ShiftCloseItem, models.PROTECT, related_name="excuses", verbose_name=_("item"))
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(Agent, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    approved_by = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    refused_by = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="+", verbose_name=_("refused by")
    )
    refused_at = models.DateTimeField(_("refused"), null=True)

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("asked_by")),
                name="excuse_is_approved_by_somebody_else",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="excuse_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | models.Q(refused_by=None),
                name="excuse_is_decided_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None, approved_at=None)
                | models.Q(approved_by__isnull=False, approved_at__isnull=False),
                name="excuse_approved_has_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(refused_by=None, refused_at=None)
                | models.Q(refused_by__isnull=False, refused_at__isnull=False),
                name="excuse_refused_has_its_time",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(refused_by=None), name="excuse_of_an_item_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def is_open(self) -> bool:
        return self.approved_by_id is None and self.refused_by_id is None


class HandOver(models.Model):
    """Who of the next shift has a thing from here on, and what they should know of it."""

    id = ids.IdField()
    item = models.OneToOneField(
        ShiftCloseItem, models.PROTECT, related_name="hand_over", verbose_name=_("item")
    )
    to_shift = models.ForeignKey(Shift, models.PROTECT, related_name="taken_over", verbose_name=_("to"))
    to_agent = models.ForeignKey(Agent, models.PROTECT, related_name="+", verbose_name=_("new owner"))
    note = models.CharField(_("note"), max_length=1000)
    by = models.ForeignKey(Agent, models.PROTECT, related_name="+", verbose_name=_("handed over by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(condition=~models.Q(note=""), name="hand_over_has_a_note"),
        ]

    def __str__(self) -> str:
        return self.note[:60]
