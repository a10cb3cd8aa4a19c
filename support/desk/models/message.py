from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner
from support.desk.models.people import Agent
from support.desk.models.ticket import Channel, Ticket


class StoredFile(models.Model):
    """A file as we keep it: sniffed, capped, an image re-encoded without its metadata. Served by permission only."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    # Of the bytes as they came: the same receipt on two claims is noticed though it was re-encoded.
    original_sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=80)
    size = models.IntegerField(_("size, bytes"))
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return ids.public("fil", self.pk)


class Direction(models.TextChoices):
    IN = "in", _("from the shopper")
    OUT = "out", _("from us")


class Author(models.TextChoices):
    SHOPPER = "shopper", _("shopper")
    AGENT = "agent", _("agent")
    SYSTEM = "system", _("service")


class Delivery(models.TextChoices):
    """Of a message to a shopper who reads mail; the storefront shows every public message at once."""

    NONE = "none", _("shown in the storefront")
    QUEUED = "queued", _("to be sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not sent")
    BOUNCED = "bounced", _("came back")


class MessageQuerySet(models.QuerySet["Message"]):
    def public(self) -> "MessageQuerySet":
        return self.filter(is_internal=False)

    def in_order(self) -> "MessageQuerySet":
        return self.order_by("pk")


class Message(models.Model):
    """One word of the conversation. Append-only: a redaction blanks the text and says why in a row of its own."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket"))
    cycle = models.IntegerField(_("cycle"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    is_internal = models.BooleanField(_("internal note"), default=False)
    author = models.CharField(_("author"), max_length=8, choices=Author.choices)
    agent = models.ForeignKey(
        Agent, models.PROTECT, null=True, related_name="messages", verbose_name=_("agent")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    text = models.TextField(_("text"))
    # Sanitised; only of mail that came as HTML.
    html = models.TextField(blank=True)
    # RFC 5322 ids, with their angle brackets; ours are made when a message is sent.
    message_id = models.CharField(max_length=250, blank=True, db_index=True)
    in_reply_to = models.CharField(max_length=250, blank=True)
    delivery = models.CharField(_("delivery"), max_length=8, choices=Delivery.choices, default=Delivery.NONE)
    delivery_error = models.CharField(max_length=300, blank=True)
    macro_version = models.ForeignKey(
        "desk.MacroVersion", models.PROTECT, null=True, related_name="messages", verbose_name=_("macro")
    )
    created_at = models.DateTimeField(_("at"))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(author=Author.AGENT) | ~models.Q(agent=None),
                name="message_of_an_agent_names_them",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_internal=True, direction=Direction.IN),
                name="message_from_outside_is_never_internal",
            ),
            models.UniqueConstraint(
                fields=["message_id"], condition=~models.Q(message_id=""), name="message_id_names_one_message"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="message_by_ticket"),
            models.Index(
                fields=["created_at"], name="message_to_send", condition=models.Q(delivery="queued")
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def public_id(self) -> str:
        return ids.public("msg", self.pk)


class Attachment(models.Model):
    """A file that came with a message."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    message = models.ForeignKey(
        Message, models.PROTECT, related_name="attachments", verbose_name=_("message")
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="attachments", verbose_name=_("file"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "file"], name="attachment_hangs_once_on_a_message"),
        ]

    def __str__(self) -> str:
        return str(self.file)


class Redaction(models.Model):
    """Why a message's text was blanked, and by whom."""

    id = ids.IdField()
    message = models.OneToOneField(
        Message, models.PROTECT, related_name="redaction", verbose_name=_("message")
    )
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+", verbose_name=_("agent"))
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))

    def __str__(self) -> str:
        return self.reason


class Mention(models.Model):
    """An internal note named a colleague with @."""

    id = ids.IdField()
    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions", verbose_name=_("message"))
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="mentions", verbose_name=_("agent"))
    seen_at = models.DateTimeField(_("seen"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "agent"], name="mention_is_made_once_in_a_message"),
        ]

    def __str__(self) -> str:
        return str(self.agent)
