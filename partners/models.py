import secrets

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.crypto import EncryptedTextField
from partners import theme


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


class CreditOn(models.TextChoices):
    APPROVED = "approved", _("when the network confirms")
    PAID = "paid", _("when the network has paid us")


class StorefrontQuerySet(models.QuerySet["Storefront"]):
    def open(self) -> "StorefrontQuerySet":
        return self.filter(is_active=True, partner__is_active=True).select_related("partner")


class Storefront(models.Model):
    """One branded shop window of a partner: its catalogue, split, currency, language and address."""

    id = ids.IdField()
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="storefronts", verbose_name=_("partner")
    )
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    host = models.CharField(
        _("host name"),
        max_length=253,
        blank=True,
        help_text=_("The partner's own, e.g. cashback.acorn.example."),
    )
    currency = models.CharField(_("currency"), max_length=3)
    locale = models.CharField(_("language"), max_length=8, choices=[("ru", "Русский"), ("en", "English")])
    shopper_percent = models.DecimalField(
        _("shopper's part, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Of the commission. What the two parts leave stays with us."),
    )
    partner_percent = models.DecimalField(
        _("partner's part, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    credit_on = models.CharField(
        _("credit"), max_length=10, choices=CreditOn.choices, default=CreditOn.APPROVED
    )
    theme = models.JSONField(_("theme"), default=dict, blank=True)
    theme_digest = models.CharField(max_length=16, editable=False, db_index=True)
    # Origins (scheme://host:port) whose pages may show this storefront in a frame.
    embed_origins = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, verbose_name=_("embed origins")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = StorefrontQuerySet.as_manager()

    class Meta:
        verbose_name = _("storefront")
        verbose_name_plural = _("storefronts")
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=~models.Q(host=""), name="storefront_host_names_one_storefront"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    shopper_percent__gte=0,
                    partner_percent__gte=0,
                    shopper_percent__lte=100 - models.F("partner_percent"),
                ),
                name="storefront_split_leaves_the_house_no_debt",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_on__in=CreditOn.values), name="storefront_credits_on_a_known_event"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.theme_digest = theme.digest(self.theme)
        self.host = self.host.lower().removesuffix(".")
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "theme_digest"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        theme.validate(self.theme)


class Shopper(models.Model):
    """A person as the partner names them. We keep the partner's own id, never an e-mail in its place."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="shoppers", verbose_name=_("partner"))
    storefront = models.ForeignKey(
        Storefront, models.PROTECT, related_name="shoppers", verbose_name=_("storefront")
    )
    external_id = models.CharField(_("partner's shopper id"), max_length=128)
    locale = models.CharField(_("language"), max_length=8, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)

    class Meta:
        verbose_name = _("shopper")
        verbose_name_plural = _("shoppers")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "storefront", "external_id"], name="shopper_external_id_names_one_shopper"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def public_id(self) -> str:
        return ids.public("shp", self.pk)


class SpentLaunchToken(models.Model):
    """A launch token that has been used: its `jti` opens nothing a second time."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    jti = models.CharField(max_length=128)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "jti"], name="launch_token_opens_once"),
        ]

    def __str__(self) -> str:
        return self.jti


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
