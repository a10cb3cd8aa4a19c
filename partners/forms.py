"""What staff type about partners and storefronts, and what of it is refused."""

import re
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from cashback.lib.money import InvalidMoney, check_currency
from partners import theme
from partners.models import Partner, Storefront

# They end up in a header, so nothing but these characters may pass.
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,180}(:\d{1,5})?")


class LinesField(forms.CharField):
    """A list of short texts, typed one to a line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in super().to_python(value).splitlines() if line.strip()]


class PartnerForm(forms.ModelForm):
    class Meta:
        model = Partner
        fields = ("name", "slug", "sso_public_key", "is_active")

    def clean_sso_public_key(self) -> str:
        pem: str = self.cleaned_data["sso_public_key"]
        if pem:
            try:
                is_ed25519 = isinstance(load_pem_public_key(pem.encode()), Ed25519PublicKey)
            except (ValueError, UnsupportedAlgorithm):
                is_ed25519 = False
            if not is_ed25519:
                raise forms.ValidationError(_("This is not the PEM of an Ed25519 public key."))
        return pem


class StorefrontForm(forms.ModelForm):
    embed_origins = LinesField(
        label=_("Embed origins"),
        required=False,
        help_text=_("Whose pages may show it in a frame: one to a line, such as https://www.acorn.example."),
    )

    class Meta:
        model = Storefront
        fields = (
            "partner",
            "name",
            "slug",
            "host",
            "currency",
            "locale",
            "shopper_percent",
            "partner_percent",
            "credit_on",
            "theme",
            "embed_origins",
            "is_active",
        )

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].lower().removesuffix(".")
        if host and not _HOST.fullmatch(host):
            raise forms.ValidationError(_("Write the name alone, without https:// and without a path."))
        return host

    def clean_currency(self) -> str:
        try:
            return check_currency(self.cleaned_data["currency"].upper())
        except InvalidMoney as error:
            raise forms.ValidationError(_("This is not an ISO 4217 currency, such as RUB or USD.")) from error

    def clean_theme(self) -> dict[str, str]:
        tokens = self.cleaned_data["theme"] or {}
        theme.validate(tokens)
        return tokens

    def clean_embed_origins(self) -> list[str]:
        origins = [origin.lower().rstrip("/") for origin in self.cleaned_data["embed_origins"]]
        if wrong := [origin for origin in origins if not _ORIGIN.fullmatch(origin)]:
            raise forms.ValidationError(
                _("No origin: %(origins)s. An origin is https://, a host name and perhaps a port."),
                params={"origins": ", ".join(wrong)},
            )
        return origins

    def clean(self) -> dict[str, Any]:
        facts = super().clean()
        parts = [facts.get("shopper_percent"), facts.get("partner_percent")]
        if None not in parts and sum(parts) > 100:
            self.add_error("partner_percent", _("The two parts are more than the whole commission."))
        return facts
