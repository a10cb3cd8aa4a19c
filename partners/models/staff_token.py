from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids


class StaffToken(models.Model):
    """What a script of a member of staff calls the operator's API with, `cb_staff_<id>_<secret>`. It may do what its
    user may. The secret is kept as its SHA-256 only."""

    id = ids.IdField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("staff account")
    )
    name = models.CharField(_("name"), max_length=80)
    secret_digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"))
    # To the minute.
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("staff token")
        verbose_name_plural = _("staff tokens")

    def __str__(self) -> str:
        return f"{self.name} ({self.label})"

    @property
    def label(self) -> str:
        """What may be shown of it: everything but the secret."""
        return f"cb_staff_{ids.suffix(self.pk)}"

    def is_in_use(self, *, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at
