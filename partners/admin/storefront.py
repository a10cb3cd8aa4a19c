from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import NOTHING, Link, Panel, StaffAdmin, link, moment
from partners import pilot_list, storefronts, terms
from partners.admin.look import look_urls
from partners.admin.terms import terms_urls
from partners.embed import checklist
from partners.forms import StorefrontForm
from partners.models import Storefront


@admin.register(Storefront)
class StorefrontAdmin(StaffAdmin):
    form = StorefrontForm
    fieldsets = [
        (None, {"fields": ["partner", "name", "slug", "address", "is_active"]}),
        (_("Language, money and time"), {"fields": ["locale", "currency", "time_zone"]}),
        (_("Split"), {"fields": [("shopper_percent", "partner_percent"), "credit_on"]}),
        (_("Address and frame"), {"fields": ["host", "embed_origins"]}),
        (_("Who may come in"), {"fields": ["has_email_sign_in", "is_pilot", "pilot_list"]}),
        (
            _("Shopping"),
            {"fields": ["ships_to", ("has_interstitial", "interstitial_seconds"), "terms_notice_days"]},
        ),
    ]
    list_display = ["name", "partner", "currency", "locale", "split", "credit_on", "is_active", "address"]
    list_filter = ["is_active", "partner"]
    list_select_related = ["partner"]
    search_fields = ["name", "slug", "host", "partner__name"]
    ordering = ["name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Storefront | None = None) -> list[str]:
        # Balances are in the currency, links hold the slug, and shoppers belong to the partner.
        return ["address", "partner", "slug", "currency"] if obj else ["address"]

    def get_urls(self) -> list[URLPattern]:
        return look_urls(self) + terms_urls(self) + super().get_urls()

    def get_links(self, request: HttpRequest, row: Storefront) -> Iterable[Link]:
        """The pages of its own that a storefront has beside its facts."""
        if self.has_change_permission(request, row):
            yield Link(_("Look and texts"), reverse("admin:partners_storefront_look", args=[row.pk]))
            yield Link(_("Announce new terms"), reverse("admin:partners_storefront_terms", args=[row.pk]))
            # Its address is a key for thirty days: staff hand it to the partner's developer.
            yield Link(_("Integration checklist"), checklist.address(row))

    def get_panels(self, request: HttpRequest, row: Storefront) -> list[Panel]:
        versions = list(row.terms_versions.order_by("number"))
        holds = terms.in_force(versions, at=timezone.now())
        return [
            Panel(
                title=_("Terms"),
                headers=[_("version"), _("announced"), _("in force from"), _("state")],
                rows=[
                    [
                        link(reverse("admin:partners_termsversion_change", args=[each.pk]), each.number),
                        moment(each.announced_at),
                        moment(each.takes_effect_at),
                        _("in force") if each == holds else "",
                    ]
                    for each in reversed(versions)
                ],
            )
        ]

    def save_model(self, request: HttpRequest, obj: Storefront, form: ModelForm, change: bool) -> None:
        """Of a storefront that there is, only what this form holds: its look and dress are written elsewhere."""
        fields = {field.name for field in Storefront._meta.concrete_fields}
        obj.save(update_fields=sorted(fields & set(form.cleaned_data)) if change else None)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        pilot_list.write(storefront=form.instance, names=form.cleaned_data["pilot_list"])

    @display(description=_("pilot shoppers"))
    def pilot_list(self, storefront: Storefront) -> str:
        """For those who only look: the form's field of this name is not theirs."""
        return "\n".join(pilot_list.read(storefront)) or NOTHING

    @display(description=_("page"))
    def address(self, storefront: Storefront) -> str | SafeString:
        if not storefront.slug:
            return "–"
        return format_html(
            '<a class="text-link" href="{}" target="_blank" rel="noopener">{}</a>',
            storefronts.address(storefront),
            _("Open storefront"),
        )

    @display(description=_("shopper / partner / we, %"))
    def split(self, storefront: Storefront) -> str:
        shopper, partner = storefront.shopper_percent, storefront.partner_percent
        return " / ".join(f"{part.normalize():f}" for part in (shopper, partner, 100 - shopper - partner))
