from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids


class Team(models.Model):
    """Agents who share queues, shifts and opening hours."""

    id = ids.IdField()
    name = models.CharField(_("name"), max_length=80, unique=True)
    # None: the team works round the clock.
    calendar = models.ForeignKey(
        "clocks.Calendar", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("calendar")
    )
    # Where a ticket goes that nobody has routed.
    is_default = models.BooleanField(_("takes what nobody else does"), default=False)
    late_minutes = models.PositiveSmallIntegerField(
        _("late arrivals, minutes"),
        default=20,
        validators=[MaxValueValidator(120)],
        help_text=_("What comes so shortly before a shift ends belongs to the next one."),
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="team_default_is_one",
                violation_error_message=_(
                    "Another team takes what nobody else does: take it off there first."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Presence(models.TextChoices):
    ONLINE = "online", _("online")
    AWAY = "away", _("away")
    OFFLINE = "offline", _("offline")


class Role(models.TextChoices):
    """How much goodwill one may give, and whose excuses one may approve."""

    AGENT = "agent", _("agent")
    LEAD = "lead", _("team lead")
    OWNER = "owner", _("owner")


class Agent(models.Model):
    """A member of staff who answers shoppers. Their work is never deleted with them."""

    id = ids.IdField()
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="agent", verbose_name=_("staff account")
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="agents", verbose_name=_("team"))
    name = models.CharField(_("name shown to shoppers"), max_length=80)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.AGENT)
    # Empty: every language.
    languages = ArrayField(
        models.CharField(max_length=8), default=list, blank=True, verbose_name=_("languages")
    )
    most_open = models.PositiveSmallIntegerField(
        _("most open tickets"), default=30, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    presence = models.CharField(
        _("presence"), max_length=10, choices=Presence.choices, default=Presence.OFFLINE
    )
    presence_since = models.DateTimeField(_("since"), null=True, editable=False)
    last_assigned_at = models.DateTimeField(_("last assigned"), null=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(presence__in=Presence.values), name="agent_presence_is_known"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="agent_role_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_lead(self) -> bool:
        return self.role in (Role.LEAD, Role.OWNER)


class PresenceChange(models.Model):
    """An agent came, stepped away or left: the log behind `Agent.presence`."""

    id = ids.IdField()
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="presence_changes", verbose_name=_("agent"))
    presence = models.CharField(_("presence"), max_length=10, choices=Presence.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("presence change")
        verbose_name_plural = _("presence changes")
        indexes = [models.Index(fields=["agent", "-at"], name="presence_by_agent")]

    def __str__(self) -> str:
        return f"{self.presence} {self.at:%Y-%m-%d %H:%M}"
