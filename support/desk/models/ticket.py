from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner, Shopper, Storefront
from support.desk.models.people import Agent, Team


class Channel(models.TextChoices):
    STOREFRONT = "storefront", _("storefront")
    EMAIL = "email", _("e-mail")
    API = "api", _("partner's API")
    AGENT = "agent", _("agent")


class Category(models.TextChoices):
    UNTRACKED = "untracked", _("purchase is missing")
    WRONG_AMOUNT = "wrong_amount", _("wrong amount")
    DECLINED = "declined", _("purchase was declined")
    LATE_CONFIRM = "late_confirm", _("confirmation is late")
    PAYOUT_PROBLEM = "payout_problem", _("payout")
    OTHER = "other", _("other question")


class Priority(models.TextChoices):
    LOW = "low", _("low")
    NORMAL = "normal", _("normal")
    HIGH = "high", _("high")
    URGENT = "urgent", _("urgent")


class TicketStatus(models.TextChoices):
    """Whose turn it is."""

    NEW = "new", _("new")
    OPEN = "open", _("open")
    PENDING = "pending", _("waiting for the shopper")
    HOLD = "hold", _("waiting for the network")
    SOLVED = "solved", _("solved")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def unsolved(self) -> "TicketQuerySet":
        return self.exclude(status=TicketStatus.SOLVED).filter(merged_into=None)

    def owed(self) -> "TicketQuerySet":
        """Those whose last public word is the shopper's: we owe an answer."""
        return self.unsolved().exclude(owed_since=None)

    def awake(self, *, at) -> "TicketQuerySet":
        return self.filter(models.Q(snoozed_until=None) | models.Q(snoozed_until__lte=at))

    def most_urgent_first(self) -> "TicketQuerySet":
        return self.order_by(models.F("next_due_at").asc(nulls_last=True), "pk")


class Ticket(models.Model):
    """A conversation with one shopper. What it is about may be a claim; an answered ticket closes no claim."""

    id = ids.IdField()
    # T-10042: what people say on the phone. From the sequence desk_ticket_number.
    number = models.BigIntegerField(
        _("number"),
        unique=True,
        editable=False,
        db_default=models.Func(
            models.Value("desk_ticket_number"), function="nextval", output_field=models.BigIntegerField()
        ),
    )
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tickets", verbose_name=_("partner"))
    storefront = models.ForeignKey(
        Storefront, models.PROTECT, related_name="tickets", verbose_name=_("storefront")
    )
    # None: somebody wrote whom we don't know (yet), from `requester_email`.
    shopper = models.ForeignKey(
        Shopper, models.PROTECT, null=True, related_name="tickets", verbose_name=_("shopper")
    )
    requester_email = models.EmailField(_("from"), blank=True)
    requester_name = models.CharField(_("name"), max_length=120, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    category = models.CharField(
        _("category"), max_length=20, choices=Category.choices, default=Category.OTHER
    )
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority.choices, default=Priority.NORMAL
    )
    status = models.CharField(
        _("status"), max_length=10, choices=TicketStatus.choices, default=TicketStatus.NEW
    )
    language = models.CharField(_("language"), max_length=8)
    team = models.ForeignKey(Team, models.PROTECT, related_name="tickets", verbose_name=_("team"))
    assignee = models.ForeignKey(
        Agent, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("assignee")
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("tags"))
    # Rises with every change; who sends with an older one is told of the conflict.
    version = models.IntegerField(default=1, editable=False)
    # A resolution cycle: from the first word (or a reopening) to solved.
    cycle = models.IntegerField(_("cycle"), default=1, editable=False)
    # Whether a person of ours is wanted. A ticket that triage alone has answered needs nobody.
    needs_person = models.BooleanField(_("needs a person"), default=True)
    # The shopper's earliest word that no person of ours has answered in public; None: nothing is owed.
    owed_since = models.DateTimeField(_("owed since"), null=True, editable=False)
    last_customer_at = models.DateTimeField(_("shopper's last word"), null=True, editable=False)
    last_agent_at = models.DateTimeField(_("our last word"), null=True, editable=False)
    # The earliest running clock's due time (support.clocks keeps the truth; this orders the queue).
    next_due_at = models.DateTimeField(_("due"), null=True, editable=False)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, editable=False)
    reopened_count = models.IntegerField(_("reopened"), default=0, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    created_at = models.DateTimeField(_("created"), editable=False)
    updated_at = models.DateTimeField(_("updated"), editable=False)
    solved_at = models.DateTimeField(_("solved"), null=True, editable=False)
    # Kept by a trigger from the subject, the order's number and the messages, in Russian and plain words.
    search = SearchVectorField(null=True, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TicketStatus.values), name="ticket_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(category__in=Category.values), name="ticket_category_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status=TicketStatus.SOLVED) | ~models.Q(solved_at=None),
                name="ticket_solved_has_its_time",
            ),
        ]
        indexes = [
            # A page of any queue is a range of it, whichever team's or partner's.
            models.Index(
                fields=["next_due_at", "id"], name="ticket_by_due", condition=~models.Q(status="solved")
            ),
            # What nobody has is asked for at each ring of the doorbell, and is little beside what somebody has.
            models.Index(
                fields=["next_due_at", "id"],
                name="ticket_waiting",
                condition=models.Q(assignee=None, needs_person=True) & ~models.Q(status="solved"),
            ),
            models.Index(
                fields=["assignee", "next_due_at", "id"],
                name="ticket_by_assignee",
                condition=~models.Q(status="solved"),
            ),
            models.Index(
                fields=["owed_since", "id"], name="ticket_owed", condition=models.Q(owed_since__isnull=False)
            ),
            models.Index(fields=["shopper", "-id"], name="ticket_by_shopper"),
            models.Index(fields=["requester_email", "-id"], name="ticket_by_address"),
            GinIndex(fields=["search"], name="ticket_search"),
        ]

    def __str__(self) -> str:
        return self.public_number

    @property
    def public_number(self) -> str:
        return f"T-{self.number}"

    @property
    def is_solved(self) -> bool:
        return self.status == TicketStatus.SOLVED


class TicketEvent(models.Model):
    """What happened to a ticket and who did it; never edited. The measures are computed from these alone."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        WROTE = "wrote", _("shopper wrote")
        REPLIED = "replied", _("replied")
        AUTO_REPLIED = "auto_replied", _("answered by itself")
        NOTED = "noted", _("noted")
        ASSIGNED = "assigned", _("assigned")
        STATUS = "status", _("status changed")
        SOLVED = "solved", _("solved")
        REOPENED = "reopened", _("reopened")
        MERGED = "merged", _("merged")
        SNOOZED = "snoozed", _("snoozed")
        WOKEN = "woken", _("woken")
        CHANGED = "changed", _("changed")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", verbose_name=_("ticket"))
    cycle = models.IntegerField(_("cycle"))
    kind = models.CharField(_("what"), max_length=14, choices=Kind.choices)
    # None: the shopper or the service itself.
    agent = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="events", verbose_name=_("agent")
    )
    facts = models.JSONField(_("facts"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("ticket event")
        verbose_name_plural = _("ticket events")
        indexes = [
            models.Index(fields=["ticket", "id"], name="ticket_event_by_ticket"),
            models.Index(fields=["kind", "at"], name="ticket_event_by_kind"),
            models.Index(fields=["agent", "at"], name="ticket_event_by_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class SavedView(models.Model):
    """A queue as an agent likes it: filters by name, for themselves or for the team."""

    id = ids.IdField()
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="views", verbose_name=_("agent"))
    name = models.CharField(_("name"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict)
    is_shared = models.BooleanField(_("shared with the team"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["agent", "name"], name="saved_view_has_one_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """A reply that was not sent yet: saved while it is written, and kept when somebody else was quicker."""

    id = ids.IdField()
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="drafts", verbose_name=_("ticket"))
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="drafts", verbose_name=_("agent"))
    text = models.TextField(_("text"))
    # The ticket's version that the agent was looking at.
    base_version = models.IntegerField()
    is_conflicted = models.BooleanField(default=False)
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "agent"], name="draft_is_one_per_agent_and_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} {self.saved_at:%Y-%m-%d %H:%M}"
