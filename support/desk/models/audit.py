from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids


class AuditEvent(models.Model):
    """Who changed which row, from what to what: written by the database itself, whoever writes to it, and never
    edited. See support.desk.audit."""

    class Action(models.TextChoices):
        INSERT = "insert", _("added")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("deleted")

    id = ids.IdField()
    # None: the service itself, or a shopper.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    acting_as = models.CharField(_("as"), max_length=80, blank=True)
    # The table's name in the database, and the row's key in it.
    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.CharField(_("row"), max_length=64)
    action = models.CharField(_("what"), max_length=6, choices=Action.choices)
    # Of the columns that changed; what nobody should read here (an address, blanked words) stands as "•••".
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True)
    # The database's own clock: no caller can move it.
    at = models.DateTimeField(_("at"))
    # Whose wall it is behind; None: of the house. A plain id: the row outlives what it tells of.
    about_partner_id = models.UUIDField(_("partner"), null=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(fields=["table_name", "row_id", "-id"], name="audit_by_row"),
            models.Index(fields=["user", "-id"], name="audit_by_user"),
            models.Index(fields=["about_partner_id", "-id"], name="audit_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.action} {self.at:%Y-%m-%d %H:%M}"
