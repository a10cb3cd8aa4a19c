import secrets
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
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
    # Whose test keys open this one: a partner apart, so that whatever keeps partners from each other keeps what they
    # try out from what is real.
    sandbox_of = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="sandbox",
        verbose_name=_("sandbox of"),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    def __str__(self) -> str:
        return self.name


class Scope(models.TextChoices):
    """What a key may do. Whoever only shows the catalogue needs no key that reads purchases."""

    CATALOGUE_READ = "catalogue:read", _("read the catalogue")
    CLICKS_READ = "clicks:read", _("read clicks")
    CLICKS_WRITE = "clicks:write", _("make clicks")
    TRANSACTIONS_READ = "transactions:read", _("read transactions and balances")
    SHOPPERS_READ = "shoppers:read", _("read shoppers")
    SHOPPERS_WRITE = "shoppers:write", _("make, merge and erase shoppers")
    CLAIMS_READ = "claims:read", _("read claims")
    CLAIMS_WRITE = "claims:write", _("make claims and write in them")
    EVENTS_READ = "events:read", _("read events")
    WEBHOOKS_READ = "webhooks:read", _("read webhook endpoints")
    WEBHOOKS_WRITE = "webhooks:write", _("change webhook endpoints")
    STATISTICS_READ = "statistics:read", _("read statistics")
    EMBED_WRITE = "embed:write", _("make embed sessions")


class ApiKey(models.Model):
    """A partner's server, as it names itself: `cb_live_<id>_<secret>`. The secret is kept as its SHA-256 only."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="api_keys", verbose_name=_("partner"))
    name = models.CharField(_("name"), max_length=80, help_text=_("Which of the partner's servers has it."))
    secret_digest = models.CharField(max_length=64, editable=False)
    is_test = models.BooleanField(_("test key"), default=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    allowed_networks = ArrayField(
        models.CharField(max_length=43),
        verbose_name=_("allowed networks"),
        blank=True,
        default=list,
        help_text=_("Addresses or networks that may use it, with commas between them; empty: all."),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
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

    def is_in_use(self, *, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class StoredAnswer(models.Model):
    """What a write with an `Idempotency-Key` was answered: the same write again is answered the same, and does nothing.
    An answer may hold a secret, such as a launch token, so it is kept like one."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    # Of the address and of what was sent there.
    digest = models.CharField(max_length=64)
    answer = EncryptedTextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "key"], name="idempotency_key_has_one_answer"),
        ]

    def __str__(self) -> str:
        return self.key
