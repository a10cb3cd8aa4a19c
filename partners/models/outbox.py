import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models.partner import Partner


class OutboxEvent(models.Model):
    """Something that happened, written in the transaction that made it true. Webhooks and notices derive from it."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("partner"))
    type = models.CharField(_("type"), max_length=60)
    subject_id = models.UUIDField(_("subject"))
    payload = models.JSONField(_("payload"))
    occurred_at = models.DateTimeField(_("occurred"))
    # The database transaction that wrote it. Ids are given before a commit and so become visible out of order; a
    # reader goes by this (partners.outbox).
    xact = models.BigIntegerField(
        editable=False,
        db_default=models.Func(
            template="pg_current_xact_id()::text::bigint", output_field=models.BigIntegerField()
        ),
    )

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [
            models.Index(fields=["partner", "id"], name="outbox_by_partner"),
            # An erasure looks for all that was said of a subject.
            models.Index(fields=["subject_id"], name="outbox_by_subject"),
            models.Index(fields=["xact", "id"], name="outbox_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {ids.suffix(self.pk)}"


class OutboxCursor(models.Model):
    """How far a reader of the outbox has come: the transaction, and in it the event, that it read last."""

    reader = models.CharField(max_length=40, primary_key=True)
    xact = models.BigIntegerField(default=0)
    event_id = models.UUIDField(default=uuid.UUID(int=0))

    def __str__(self) -> str:
        return f"{self.reader} {self.xact}"
