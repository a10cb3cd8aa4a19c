"""What staff type about partners and storefronts, and what of it is refused."""

import re
import zoneinfo
from datetime import datetime
from functools import cache
from ipaddress import ip_network
from typing import Any

from babel import Locale
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from cashback.lib.money import InvalidMoney, check_currency
from partners import pilot_list
from partners.models import ApiKey, Partner, Scope, Storefront

# They end up in a header, so nothing but these characters may pass.
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PLACE = re.compile(r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,180}(:\d{1,5})?")


_LONGEST_NAME = 254


@cache
def _time_zones() -> list[str]:
    """UTC, and the zones named after a place."""
    return ["UTC", *sorted(name for name in zoneinfo.available_timezones() if _PLACE.match(name))]


@cache
def _countries() -> frozenset[str]:
    # Babel knows regions too, such as the euro zone; EU and UN are no countries that anything is sent to.
    known = {code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", code)}
    return frozenset(known - {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"})


class LinesField(forms.CharField):
    """A list of short texts, typed one to a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})

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


class KeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        initial=Scope.values,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What it may do."),
    )
    allowed_networks = LinesField(
        label=_("Allowed networks"),
        required=False,
        help_text=_("Whose servers may use it: one to a line, such as 203.0.113.0/24. Empty is no limit."),
    )

    class Meta:
        model = ApiKey
        fields = ("partner", "name", "scopes", "allowed_networks", "expires_at")

    def clean_expires_at(self) -> datetime | None:
        ends_at: datetime | None = self.cleaned_data["expires_at"]
        if ends_at and ends_at <= timezone.now() and self.instance._state.adding:
            raise forms.ValidationError(_("A new key ends in the future."))
        return ends_at

    def clean_allowed_networks(self) -> list[str]:
        networks: list[str] = self.cleaned_data["allowed_networks"]
        try:
            return [str(ip_network(network)) for network in networks]
        except ValueError as error:
            raise forms.ValidationError(_("No network: %(error)s."), params={"error": error}) from error


class StorefrontForm(forms.ModelForm):
    embed_origins = LinesField(
        label=_("Embed origins"),
        required=False,
        help_text=_("Whose pages may show it in a frame: one to a line, such as https://www.acorn.example."),
    )
    locale = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name) for name in _time_zones()],
        widget=UnfoldAdminSelectWidget,
        help_text=_("Whose days are meant."),
    )
    ships_to = LinesField(
        label=_("Ships to"),
        required=False,
        help_text=_("Two-letter codes of countries, such as KZ. Empty is no limit."),
    )
    pilot_list = LinesField(
        label=_("Pilot shoppers"),
        required=False,
        help_text=_(
            "One to a line: the partner's own shopper id, or an e-mail. They count while the pilot lasts."
        ),
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
            "embed_origins",
            "time_zone",
            "ships_to",
            "is_pilot",
            "has_email_sign_in",
            "has_interstitial",
            "interstitial_seconds",
            "terms_notice_days",
            "is_active",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["pilot_list"] = pilot_list.read(self.instance)

    def clean_ships_to(self) -> list[str]:
        codes = [
            code.upper()
            for line in self.cleaned_data["ships_to"]
            for code in re.split(r"[\s,;]+", line)
            if code
        ]
        if wrong := [code for code in codes if code not in _countries()]:
            raise forms.ValidationError(
                _("No country of ISO 3166: %(codes)s."), params={"codes": ", ".join(wrong)[:200]}
            )
        return list(dict.fromkeys(codes))

    def clean_pilot_list(self) -> list[str]:
        names: list[str] = self.cleaned_data["pilot_list"]
        if wrong := [name for name in names if len(name) > _LONGEST_NAME]:
            raise forms.ValidationError(_("Too long: %(name)s."), params={"name": wrong[0][:60] + "…"})
        return names

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].lower().removesuffix(".")
        if host and not _HOST.fullmatch(host):
            raise forms.ValidationError(_("Write the name alone, without https:// and without a path."))
        if host in settings.OWN_HOSTS:
            raise forms.ValidationError(_("This name is our own: the staff's pages are on it."))
        return host

    def clean_currency(self) -> str:
        try:
            return check_currency(self.cleaned_data["currency"].upper())
        except InvalidMoney as error:
            raise forms.ValidationError(_("This is not an ISO 4217 currency, such as RUB or USD.")) from error

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
