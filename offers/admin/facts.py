"""The sheet of facts of an offer: what staff knows beside what the network lists."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from cashback.lib.admin import NOTHING, StaffAdmin, amount, link, page_of
from cashback.lib.walls import SHARED
from offers.admin.facts_forms import ExclusionForm, FactsForm, RateFactsForm
from offers.models import Offer, OfferExclusion, OfferFacts, RateFacts


def sheet_of(offer: Offer) -> SafeString:
    """A link to what is known of the offer, or to a new sheet."""
    if facts := getattr(offer, "facts", None):
        return link(page_of(OfferFacts, facts.pk), _("what is known beside the listing"))
    new = reverse("admin:offers_offerfacts_add", query={"offer": str(offer.pk)})
    return link(new, _("write down what is known"))


class ExclusionInline(TabularInline):
    model = OfferExclusion
    form = ExclusionForm
    fields = ["text_ru", "text_en"]
    ordering = ["pk"]
    extra = 1


class _RatesOfTheOffer(BaseInlineFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "offer": getattr(self.instance, "offer", None)}


class RateFactsInline(TabularInline):
    model = RateFacts
    form = RateFactsForm
    formset = _RatesOfTheOffer
    fields = ["rate_external_id", "group_ru", "group_en", "customer", "coupon", "channel"]
    ordering = ["pk"]
    extra = 1


class _OfferSelect(AutocompleteSelect):
    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """What is no id, and was refused by the form, is shown as nothing chosen: no row can be asked for it."""
        return super().optgroups(name, [each for each in value if _is_id(each)], attrs)


def _is_id(text: str) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


@admin.register(OfferFacts)
class OfferFactsAdmin(StaffAdmin):
    wall = SHARED
    form = FactsForm
    fieldsets = [
        (None, {"fields": ["offer"]}),
        (_("How cashback is counted"), {"fields": ["deductions", "cap", "confirms_after"]}),
        (
            _("What counts"),
            {
                "fields": [
                    "is_for_new_customers",
                    ("counts_in_app", "counts_on_mobile_site"),
                    "counts_with_other_codes",
                ]
            },
        ),
        (_("Claims"), {"fields": ["takes_claims", ("claim_after_days", "claim_until_days")]}),
        (_("Good to know"), {"fields": ["note_ru", "note_en"]}),
    ]
    autocomplete_fields = ["offer"]
    list_display = [
        "offer",
        "most",
        "takes_claims",
        "counts_in_app",
        "is_for_new_customers",
        "changed_at",
    ]
    list_filter = ["takes_claims", "counts_in_app", "is_for_new_customers"]
    list_select_related = ["offer"]
    search_fields = ["offer__name", "offer__merchant__domain"]
    ordering = ["offer__name", "pk"]

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "offer":
            kwargs["widget"] = _OfferSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: OfferFacts | None = None) -> list[str]:
        """The sheet stays with its offer."""
        return ["offer"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: OfferFacts | None) -> list[type[TabularInline]]:
        """Lines follow once the sheet is there: its offer says which rates there are."""
        return [ExclusionInline, RateFactsInline] if obj else []

    def response_add(
        self, request: HttpRequest, obj: OfferFacts, post_url_continue: str | None = None
    ) -> HttpResponse:
        """A new sheet stays open, for its lines."""
        request.POST = request.POST.copy()
        request.POST["_continue"] = "1"
        return super().response_add(request, obj, post_url_continue)

    @display(description=_("Most commission for one order"))
    def cap(self, facts: OfferFacts) -> str:
        """For those who only look: the form's field of this name is not theirs."""
        return self.most(facts)

    @display(description=_("most commission for one order"), ordering="cap_minor")
    def most(self, facts: OfferFacts) -> str:
        return amount(facts.cap_minor, facts.offer.currency) if facts.cap_minor else NOTHING
