from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import Link, Panel, StaffAdmin, button, link_to, list_of, page_of
from partners import services
from partners.admin.keys import KeyButtons
from partners.forms import PartnerForm
from partners.models import Partner, Storefront


@admin.register(Partner)
class PartnerAdmin(KeyButtons, StaffAdmin):
    wall = "pk"
    form = PartnerForm
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_active"]}),
        (_("Sign-on"), {"fields": ["sign_on_secret", "sso_public_key"]}),
    ]
    list_display = ["name", "slug", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "slug"]
    ordering = ["name", "pk"]
    buttons = ["make_api_key", "open_sandbox", "make_new_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        # The slug is the issuer of every launch token: a partner's code holds it.
        return ["sign_on_secret", "slug"] if obj else ["sign_on_secret"]

    def get_panels(self, request: HttpRequest, row: Partner) -> list[Panel]:
        storefronts = row.storefronts.order_by("name", "pk")
        return [
            Panel(
                title=_("Storefronts"),
                headers=[_("name"), _("currency"), _("active")],
                rows=[
                    [link_to(shown), shown.currency, _("yes") if shown.is_active else _("no")]
                    for shown in storefronts
                ],
                more_url=list_of(Storefront, partner__id__exact=row.pk),
            ),
            self.keys_panel(row),
        ]

    @display(description=_("sign-on secret"))
    def sign_on_secret(self, partner: Partner) -> str:
        if partner._state.adding:
            return _("It is made with the partner. Make a new one to have it shown, once.")
        return _("Set. It is shown once, when it is made; make a new one if the partner has lost it.")

    @button(
        _("Make a new sign-on secret"),
        permission="partners.change_partner",
        warning=_("Launch tokens signed with the present secret are refused from that moment on."),
    )
    def make_new_secret(self, request: HttpRequest, partner: Partner) -> HttpResponse:
        return self.show_once(
            request,
            secret=services.renew_sso_secret(partner=partner),
            title=_("A new sign-on secret for %(partner)s") % {"partner": partner},
            label=_("Sign-on secret"),
            advice=_("Hand it to the partner over a safe channel. The one before it opens nothing any more."),
            back=Link(_("Back to the partner"), page_of(Partner, partner.pk)),
        )
