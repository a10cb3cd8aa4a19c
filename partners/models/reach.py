from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner


class StaffReach(models.Model):
    """A member of staff who works for these partners only, and sees nothing of any other; with none listed, of nobody.
    Who has no such row works for all."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="reach",
        verbose_name=_("staff account"),
    )
    partners = models.ManyToManyField(Partner, blank=True, related_name="+", verbose_name=_("partners"))

    class Meta:
        verbose_name = _("reach of a member of staff")
        verbose_name_plural = _("reach of staff")

    def __str__(self) -> str:
        return str(self.user)
