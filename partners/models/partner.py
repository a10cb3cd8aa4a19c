import secrets

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.crypto import EncryptedTextField


def new_secret() -> str:
    """256 bits: long enough for HS256, which PyJWT refuses with less."""
    return secrets.token_urlsafe(32)


class Partner(models.Model):
    """A bank, telecom, portal or employer whose shoppers use our storefronts."""

    id = ids.IdField()
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    # Signs launch tokens; see contracts.md. Shown to staff once, when it is made.
    sso_secret = EncryptedTextField(_("sign-on secret"), default=new_secret)
    sso_public_key = models.TextField(
        _("sign-on public key"),
        blank=True,
        help_text=_("PEM of an Ed25519 key, for partners who sign with EdDSA."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A partner's server, as it names itself: `cb_live_<id>_<secret>`. The secret is kept as its SHA-256 only."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="api_keys", verbose_name=_("partner"))
    name = models.CharField(_("name"), max_length=80, help_text=_("Which of the partner's servers has it."))
    secret_digest = models.CharField(max_length=64, editable=False)
    is_test = models.BooleanField(_("test key"), default=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    # To the minute: a write at every call would cost more than the call.
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.label})"

    @property
    def label(self) -> str:
        """What may be shown of it: everything but the secret."""
        return f"cb_{'test' if self.is_test else 'live'}_{ids.suffix(self.pk)}"
