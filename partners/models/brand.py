"""What a storefront says and shows of its partner, beside the theme's tokens."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from partners.models.partner import Partner
from partners.models.storefront import Storefront


class BrandImage(models.Model):
    """A partner's logo, re-encoded by us and served from our own host under its digest."""

    class Kind(models.TextChoices):
        LOGO_LIGHT = "logo_light", _("logo on light ground")
        LOGO_DARK = "logo_dark", _("logo on dark ground")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(
        Storefront, models.CASCADE, related_name="images", verbose_name=_("storefront")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    digest = models.CharField(max_length=16, db_index=True)
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)
    width = models.IntegerField()
    height = models.IntegerField()

    class Meta:
        verbose_name = _("brand image")
        verbose_name_plural = _("brand images")
        constraints = [
            models.UniqueConstraint(fields=["storefront", "kind"], name="brand_image_is_one_of_its_kind"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class StorefrontText(models.Model):
    """A text of the partner's own in one language. Where there is none, ours stands."""

    class Name(models.TextChoices):
        NAME = "name", _("name")
        HEADLINE = "headline", _("headline")
        HOW_IT_WORKS = "how_it_works", _("how it works")
        SUPPORT = "support", _("support contact")

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(
        Storefront, models.CASCADE, related_name="texts", verbose_name=_("storefront")
    )
    name = models.CharField(_("text"), max_length=20, choices=Name.choices)
    language = models.CharField(_("language"), max_length=8)
    text = models.TextField(_("words"))

    class Meta:
        verbose_name = _("storefront text")
        verbose_name_plural = _("storefront texts")
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "name", "language"], name="storefront_text_is_said_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class TermsVersion(models.Model):
    """The storefront's terms as announced on a day, in force from another. Never edited: a change is a new version."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    storefront = models.ForeignKey(
        Storefront, models.PROTECT, related_name="terms_versions", verbose_name=_("storefront")
    )
    number = models.IntegerField(_("version"))
    # {"ru": "…", "en": "…"}; plain text with blank lines between paragraphs.
    texts = models.JSONField(_("texts"))
    summary = models.JSONField(_("what changed"), default=dict, blank=True)
    announced_at = models.DateTimeField(_("announced"))
    takes_effect_at = models.DateTimeField(_("in force from"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("terms version")
        verbose_name_plural = _("terms versions")
        constraints = [
            models.UniqueConstraint(fields=["storefront", "number"], name="terms_version_number_is_one_text"),
            models.CheckConstraint(
                condition=models.Q(takes_effect_at__gte=models.F("announced_at")),
                name="terms_are_announced_before_they_take_effect",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.storefront}, {self.number}"


class Sighting(models.Model):
    """A step of a partner's integration, as it last went: the checklist is read from these."""

    id = ids.IdField()
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    storefront = models.ForeignKey(Storefront, models.CASCADE, related_name="sightings")
    # Such as frame_loaded, token_refused, signed_on, cookie_kept, cookie_refused.
    step = models.CharField(max_length=40)
    # The host page's, where the step has one.
    origin = models.CharField(max_length=200, blank=True)
    # A stable code of what went wrong; "" when it worked.
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField()
    times = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["storefront", "step", "origin", "code"], name="sighting_is_kept_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.code}".strip()
