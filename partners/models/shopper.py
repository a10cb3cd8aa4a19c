from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models.partner import Partner
from partners.models.storefront import Storefront


class Shopper(models.Model):
    """A person as the partner names them. We keep the partner's own id, never an e-mail in its place."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="shoppers", verbose_name=_("partner"))
    storefront = models.ForeignKey(
        Storefront, models.PROTECT, related_name="shoppers", verbose_name=_("storefront")
    )
    external_id = models.CharField(_("partner's shopper id"), max_length=128)
    # What the partner said of them at the last launch, and what they chose here; the latter counts.
    locale = models.CharField(_("language"), max_length=8, blank=True)
    chosen_locale = models.CharField(_("language chosen"), max_length=8, blank=True)
    # Where notices go, once it is confirmed; for turnkey sign-in also who they are.
    email = models.EmailField(_("e-mail"), blank=True)
    email_confirmed_at = models.DateTimeField(_("e-mail confirmed"), null=True, editable=False)
    signs_in_by_email = models.BooleanField(_("signs in by e-mail"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    # Kept by the database, whoever changes them (migration 0007).
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    # Their personal data is gone; what the ledger says of them stays, under a pseudonym.
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)
    # They turned out to be this one, who has all that was theirs; here nothing is left.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("merged into")
    )

    class Meta:
        verbose_name = _("shopper")
        verbose_name_plural = _("shoppers")
        indexes = [models.Index(fields=["partner", "updated_at"], name="shopper_by_change")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "storefront", "external_id"], name="shopper_external_id_names_one_shopper"
            ),
            models.UniqueConstraint(
                fields=["storefront", "email"],
                condition=models.Q(signs_in_by_email=True),
                name="shopper_email_signs_in_one_shopper",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at=None) | models.Q(email="", signs_in_by_email=False),
                name="shopper_erased_has_no_email",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(erased_at__isnull=False),
                name="shopper_merged_is_erased",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def public_id(self) -> str:
        return ids.public("shp", self.pk)


class SpentLaunchToken(models.Model):
    """A partner-minted launch token that has been used: its `jti` opens nothing a second time."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    jti = models.CharField(max_length=128)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "jti"], name="launch_token_opens_once"),
        ]

    def __str__(self) -> str:
        return self.jti


class LaunchToken(models.Model):
    """A launch token that we minted at a partner's request (`POST embed-sessions`); kept as its SHA-256 only."""

    digest = models.CharField(max_length=64, primary_key=True)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=128)
    locale = models.CharField(max_length=8, blank=True)
    # Where the partner said that it will be used; "" is anywhere.
    return_origin = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.digest[:8]


class PilotShopper(models.Model):
    """Somebody who may use a storefront before it is opened: the partner's own shopper id, or an e-mail."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(
        Storefront, models.CASCADE, related_name="pilot_shoppers", verbose_name=_("storefront")
    )
    # In lower case.
    name = models.CharField(_("shopper id or e-mail"), max_length=254)

    class Meta:
        verbose_name = _("pilot shopper")
        verbose_name_plural = _("pilot shoppers")
        constraints = [
            models.UniqueConstraint(fields=["storefront", "name"], name="pilot_shopper_is_listed_once"),
        ]

    def __str__(self) -> str:
        return self.name


class MailCode(models.Model):
    """A one-time code sent by e-mail; kept as a keyed hash only. The newest of an address is the one that counts."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("sign in")
        CONFIRM = "confirm", _("confirm an address")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="+")
    # Whose address is to be confirmed; nobody's when somebody signs in.
    shopper = models.ForeignKey(Shopper, models.CASCADE, null=True, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    email = models.EmailField()
    digest = models.CharField(max_length=64)
    tries = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["storefront", "email", "-created_at"], name="mail_code_by_address")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%Y-%m-%d %H:%M}"
