from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models import Partner


class Macro(models.Model):
    """A ready answer, with what it does to the case. Its words are kept in versions: what did we tell them then?"""

    id = ids.IdField()
    name = models.CharField(_("name"), max_length=80, unique=True)
    # Empty: offered for every partner.
    for_partners = models.ManyToManyField(
        Partner, blank=True, related_name="+", verbose_name=_("only for partners")
    )
    # Categories of ticket it is offered for; empty: all.
    categories = models.JSONField(_("for categories"), default=list, blank=True)
    # [{"do": "solve"}, {"do": "tag", "tag": "…"}, {"do": "snooze", "days": 3}, …]; support.desk.macros knows the verbs.
    actions = models.JSONField(_("actions"), default=list, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")

    def __str__(self) -> str:
        return self.name


class MacroVersion(models.Model):
    """The words of a macro from a moment on: {"ru": "…{claim.no}…", "en": "…"}."""

    id = ids.IdField()
    macro = models.ForeignKey(Macro, models.PROTECT, related_name="versions", verbose_name=_("macro"))
    number = models.IntegerField(_("version"))
    texts = models.JSONField(_("texts"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("macro version")
        verbose_name_plural = _("macro versions")
        constraints = [
            models.UniqueConstraint(fields=["macro", "number"], name="macro_version_number_is_one_text"),
        ]

    def __str__(self) -> str:
        return f"{self.macro}, {self.number}"
