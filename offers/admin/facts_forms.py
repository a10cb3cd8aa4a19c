"""What staff type about an offer, and what of it is refused."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
)

from cashback.lib.money import Money, to_minor
from offers.models import Deduction, Offer, OfferExclusion, OfferFacts, RateFacts

_LARGEST_CAP = Decimal(10**10)


class FactsForm(forms.ModelForm):
    deductions = forms.MultipleChoiceField(
        label=_("Not counted"),
        choices=Deduction.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Parts of the order's amount that the percentage is not taken from."),
    )
    cap = forms.DecimalField(
        label=_("Most commission for one order"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=_LARGEST_CAP,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("In the offer's currency, as the network pays it. Shoppers see their part of it."),
    )

    class Meta:
        model = OfferFacts
        fields = (
            "offer",
            "deductions",
            "takes_claims",
            "claim_after_days",
            "claim_until_days",
            "counts_in_app",
            "counts_on_mobile_site",
            "counts_with_other_codes",
            "is_for_new_customers",
            "confirms_after",
            "note_ru",
            "note_en",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.cap_minor:
            cap = Money(self.instance.cap_minor, self.instance.offer.currency)
            self.initial["cap"] = cap.as_decimal()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        after, until = cleaned.get("claim_after_days"), cleaned.get("claim_until_days")
        if after and until and until < after:
            self.add_error("claim_until_days", _("Claims cannot end before they begin."))
        offer: Offer | None = cleaned.get("offer") or getattr(self.instance, "offer", None)
        if "cap" in cleaned and offer:
            cap = cleaned["cap"]
            self.instance.cap_minor = None if cap is None else to_minor(cap, offer.currency)
            if self.instance.cap_minor == 0:
                self.add_error("cap", _("This is less than the currency's smallest coin."))
        return cleaned


class ExclusionForm(forms.ModelForm):
    class Meta:
        model = OfferExclusion
        fields = ("text_ru", "text_en")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not (cleaned.get("text_ru") or cleaned.get("text_en")):
            raise forms.ValidationError(_("Say in one language at least what is excluded."))
        return cleaned


class RateFactsForm(forms.ModelForm):
    """Beside the sheet of facts of an offer: one of its rates is chosen."""

    rate_external_id = forms.ChoiceField(label=_("Rate"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = RateFacts
        fields = ("rate_external_id", "group_ru", "group_en", "customer", "coupon", "channel")

    def __init__(self, *args: Any, offer: Offer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rates = offer.rates.current().order_by("name", "pk") if offer else ()
        known = {rate.external_id: f"{rate.name} ({rate.external_id})" for rate in rates}
        # A rate that the network has dropped keeps its facts: it may come back.
        if self.instance.rate_external_id:
            known.setdefault(self.instance.rate_external_id, self.instance.rate_external_id)
        self.fields["rate_external_id"].choices = [("", "—"), *known.items()]
