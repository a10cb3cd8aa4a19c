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

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [models.Index(fields=["partner", "id"], name="outbox_by_partner")]

    def __str__(self) -> str:
        return f"{self.type} {ids.suffix(self.pk)}"
